#include "liblb/io/page_visit.hpp"

#include <utility>
#include <vector>

#include "common/http/reply.hpp"
#include "liblb/io/engine_surroundings.hpp"
#include "liblb/io/inquiry_desk.hpp"
#include "liblb/io/regex_pattern.hpp"

namespace hapair::lb {
namespace {

Page busy_page() {
  return {.status = 503,
          .body = "Too many pages are under way; ask again in a moment.\n",
          .fields = {{"Retry-After", "1"}}};
}

/// One rule for all requests.
std::unique_ptr<const rules::RuleList> only_for(const PageUsers& users) {
  std::vector<rules::Rule> list(1);
  list.front().actions.emplace_back(
      rules::BasicAuth{.users = users.list, .realm = users.realm, .pass = true});
  return std::make_unique<const rules::RuleList>(std::move(list), RegexPatterns());
}

}  // namespace

void VisitEnd::operator()(PageVisit* visit) const { std::unique_ptr<PageVisit>(visit).reset(); }

LocalPages::Access PageVisit::find(Frontend& frontend, std::string_view target) {
  if (!frontend.settings().shows_pages()) return LocalPages::Access::kNone;
  const LocalPages* const pages = frontend.owner().pages();
  return pages == nullptr ? LocalPages::Access::kNone : pages->find(frontend.settings(), target);
}

VisitHandle PageVisit::begin(const Terms& terms) {
  auto made = std::unique_ptr<PageVisit>(new PageVisit(terms, *terms.frontend.owner().pages()));
  VisitHandle visit(made.release());
  visit->hear();
  return visit;
}

PageVisit::PageVisit(const Terms& terms, LocalPages& pages)
    : terms_(terms), pages_(pages), task_(event::Callback<>::to<&PageVisit::work>(this)) {
  const std::optional<PageUsers>& users = terms_.frontend.settings().pages.users;
  if (terms_.access == LocalPages::Access::kUsers && users) rules_ = only_for(*users);
  judge_.begin(terms_.head);
}

void PageVisit::hear() {
  const EngineSurroundings surroundings(terms_.frontend.owner());
  while (rules_ && judge_.verdict().passes()) {
    judge_.hear(*rules_, terms_.connection, surroundings);
    if (judge_.verdict().kind != rules::Verdict::Kind::kOpen) break;
    inquiry_ = begin_inquiry({.context = terms_.context,
                              .frontend = terms_.frontend,
                              .connection = terms_.connection,
                              .origin = terms_.origin,
                              .judge = judge_,
                              .asker = *this});
    if (inquiry_) return;
  }
  terms_.context.work.add(task_);
}

void PageVisit::on_answer() {
  const auto answered = std::move(inquiry_);
  hear();
}

void PageVisit::work() noexcept {
  if (refused()) return terms_.asker.on_answer();
  const bool counts = terms_.access == LocalPages::Access::kUsers;
  if (counts && !place_) place_ = take_page_place(terms_.context.pages, kMaxPages);
  if (counts && !place_) {
    page_ = busy_page();
  } else {
    if (!making_) {
      making_ = pages_.make({.frontend = terms_.frontend.settings(),
                             .request = terms_.head,
                             .user = judge_.user(),
                             .has_body = terms_.has_body});
    }
    if (!making_->step()) {
      (void)terms_.context.loop.now();  // whoever asks the time lets the loop end its turn
      terms_.context.work.add(task_);
      return;
    }
    page_ = making_->take();
  }
  terms_.asker.on_answer();
}

std::string PageVisit::render(bool close) const {
  http::Reply reply{.status = page_->status,
                    .content_type = page_->type,
                    .body = page_->body,
                    .fields = {},
                    .close = close,
                    .head_only = terms_.head.method == http::Method::kHead,
                    .client = terms_.head.version};
  for (const auto& [name, value] : page_->fields) reply.fields.push_back({name, value});
  return http::render(reply);
}

}  // namespace hapair::lb
