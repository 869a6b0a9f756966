// The pages that frontends show of this node: the page itself with its CSV and JSON, metrics,
// health; and the orders that the page gives.
#pragma once

#include <memory>
#include <string_view>

#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/web/order_guard.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/io/local_pages.hpp"

namespace hapair::lb {
class Engine;
}

namespace hapair::web {
struct PageOrder;
}

namespace hapair::worker {

class Sight;

/// All of them outlive the pages.
struct SightParts {
  event::EventLoop& loop;
  Sight& sight;
  const lb::Engine& engine;
  const control::StatusSource& status;
  control::ControlActions& actions;
  const base::Logger& log;
  base::Journal& journal;
};

class SightPages final : public lb::LocalPages {
 public:
  explicit SightPages(const SightParts& parts);

  /// Another process serves in this one's place, whose connections are only finished.
  void refuse_orders() { takes_orders_ = false; }

  [[nodiscard]] Access find(const lb::FrontendSettings& frontend,
                            std::string_view target) const override;
  [[nodiscard]] std::unique_ptr<lb::PageInMaking> make(const lb::PageCall& call) override;

 private:
  [[nodiscard]] std::unique_ptr<lb::PageInMaking> make_page(const lb::PageCall& call,
                                                            std::string_view suffix);
  /// With a key, unless the kernel has none to give yet.
  [[nodiscard]] const web::OrderGuard& order_guard();
  [[nodiscard]] lb::Page obey(const lb::PageCall& call, const web::PageOrder& order);

  SightParts parts_;
  web::OrderGuard guard_;
  bool takes_orders_ = true;
};

}  // namespace hapair::worker
