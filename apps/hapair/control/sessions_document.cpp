#include "apps/hapair/control/sessions_document.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;
using Mark = lb::SessionBook::Mark;

/// What there is to say while nothing is known yet: JSON takes blanks before its first brace.
constexpr std::string_view kNothingYet = " ";

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double in_seconds(base::Duration duration) {
  return std::round(static_cast<double>(duration.count()) / 1e6) / 1e3;
}

Json session_json(const lb::SessionView& view) {
  return {{"id", view.id.to_string()},
          {"client", view.client.to_string()},
          {"frontend", view.frontend},
          {"backend", text_or_null(view.backend)},
          {"server", text_or_null(view.server)},
          {"protocol", text_or_null(to_text(view.protocol))},
          {"tls", view.tls},
          {"state", to_text(view.state)},
          {"age_seconds", in_seconds(view.age)},
          {"idle_seconds", view.idle ? Json(in_seconds(*view.idle)) : Json(nullptr)},
          {"requests", view.requests},
          {"method", text_or_null(view.method)},
          {"path", text_or_null(view.path)},
          {"bytes", {{"in", view.bytes_in}, {"out", view.bytes_out}}}};
}

bool is_older(const Mark& a, const Mark& b) {
  return std::tie(a.since, a.id.place) < std::tie(b.since, b.id.place);
}

}  // namespace

std::string render_closed(std::size_t closed) { return text_of({{"closed", closed}}); }

SessionsDocument::SessionsDocument(const SessionsFacts& facts, lb::SessionFilter filter)
    : book_(facts.book), node_(facts.node), now_(facts.now), filter_(std::move(filter)) {}

void SessionsDocument::look() {
  std::vector<Mark> marks;
  book_.find(place_, kLookedAt, filter_, marks);
  place_ += kLookedAt;
  matching_ += marks.size();
  for (const Mark& mark : marks) {
    if (found_.size() == kMaxTold) {
      if (!is_older(mark, found_.front())) continue;
      std::ranges::pop_heap(found_, is_older);
      found_.pop_back();
    }
    found_.push_back(mark);
    std::ranges::push_heap(found_, is_older);
  }
}

std::string SessionsDocument::begin() {
  begun_ = true;
  std::ranges::sort_heap(found_, is_older);
  return head_text({{"node", node_},
                    {"time", base::format_wall_time(now_)},
                    {"total", book_.count()},
                    {"matching", matching_}},
                   "sessions");
}

std::string SessionsDocument::next() {
  if (ended_) return {};
  if (!begun_) {
    look();
    return place_ < book_.places() ? std::string(kNothingYet) : begin();
  }
  std::string piece;
  const std::size_t end = std::min(told_ + kToldAtOnce, found_.size());
  for (; told_ < end; ++told_) {
    const auto view = book_.view(found_[told_].id);
    if (!view) continue;  // it has ended meanwhile
    piece += std::exchange(any_, true) ? ",\n    " : "\n    ";
    piece += line_of(session_json(*view));
  }
  if (told_ < found_.size()) return piece.empty() ? std::string(kNothingYet) : piece;
  ended_ = true;
  return piece + (any_ ? "\n  ]\n}\n" : "]\n}\n");
}

ClosedDocument::ClosedDocument(lb::SessionBook& book, lb::SessionFilter filter)
    : book_(book), filter_(std::move(filter)), end_(book.places()) {}

std::string ClosedDocument::next() {
  if (ended_) return {};
  if (found_.empty() && place_ < end_) {
    book_.find(place_, std::min(SessionsDocument::kLookedAt, end_ - place_), filter_, found_);
    place_ += SessionsDocument::kLookedAt;
  }
  for (std::size_t i = 0; i < kClosedAtOnce && !found_.empty(); ++i) {
    if (book_.close(found_.back().id)) ++closed_;
    found_.pop_back();
  }
  if (!found_.empty() || place_ < end_) return std::string(kNothingYet);
  ended_ = true;
  return render_closed(closed_);
}

}  // namespace hapair::control
