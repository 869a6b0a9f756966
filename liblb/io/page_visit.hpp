// A request for a page that is made here: its user is found out where the frontend has a list of
// those who may, then the page is made, a piece a turn. Of whichever version of HTTP the request
// is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/inquiry.hpp"
#include "liblb/io/local_pages.hpp"
#include "liblb/io/page_place.hpp"
#include "liblb/io/visit_handle.hpp"

namespace hapair::lb {

class PageVisit final : private Asker {
 public:
  /// So many pages may be under way at once, in an engine; of others is said that.
  static constexpr std::size_t kMaxPages = 64;

  /// All of them outlive it, the facts and the head included.
  struct Terms {
    Context& context;
    Frontend& frontend;
    LocalPages::Access access;  ///< what find() said of it
    const rules::ConnectionFacts& connection;
    RequestOrigin origin;
    const http::RequestHead& head;
    bool has_body = false;
    Asker& asker;  ///< is told when there is an answer, in a call of its own
  };

  /// Who may have the page that the frontend has at a target; kNone: it has none there. To be asked
  /// before the terms are gathered: most frontends have no page at all.
  [[nodiscard]] static LocalPages::Access find(Frontend& frontend, std::string_view target);
  /// Of a page that is there. Never null.
  [[nodiscard]] static VisitHandle begin(const Terms& terms);
  PageVisit(const PageVisit&) = delete;
  PageVisit& operator=(const PageVisit&) = delete;
  ~PageVisit() = default;

  // Once the asker was told:
  /// Who asked may not have it: the judge says how.
  [[nodiscard]] bool refused() const { return !judge_.verdict().passes(); }
  [[nodiscard]] const rules::Judge& judge() const { return judge_; }
  [[nodiscard]] int status() const { return page_->status; }
  /// The whole response. `close`: the connection ends with it.
  [[nodiscard]] std::string render(bool close) const;
  /// To be kept until the response is sent. Null: there is nothing to keep.
  [[nodiscard]] PagePlace take_place() { return std::move(place_); }

 private:
  PageVisit(const Terms& terms, LocalPages& pages);

  /// Takes the request on to where somebody must be asked, or to the verdict.
  void hear();
  void on_answer() override;
  [[nodiscard]] const ClientEnds* ends() override { return terms_.asker.ends(); }
  void work() noexcept;

  Terms terms_;
  LocalPages& pages_;
  PagePlace place_;
  std::unique_ptr<const rules::RuleList> rules_;  ///< null: the page is for all
  rules::Judge judge_;
  std::unique_ptr<Inquiry> inquiry_;
  std::unique_ptr<PageInMaking> making_;
  std::optional<Page> page_;
  Task task_;
};

}  // namespace hapair::lb
