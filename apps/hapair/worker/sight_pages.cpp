#include "apps/hapair/worker/sight_pages.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "apps/hapair/control/documents.hpp"
#include "apps/hapair/control/json_write.hpp"
#include "apps/hapair/control/router.hpp"
#include "apps/hapair/web/assets.hpp"
#include "apps/hapair/web/page_target.hpp"
#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/metrics_job.hpp"
#include "apps/hapair/worker/sight.hpp"
#include "common/base/text.hpp"
#include "common/net/random_number.hpp"
#include "liblb/core/stats_csv.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::worker {
namespace {

using base::concat;
using lb::Page;

constexpr std::string_view kHealthSignPath = "/healthz";
constexpr std::string_view kReadyPath = "/readyz";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kNextField = "X-Hapair-Next";

/// Nullopt: the target is not the page's. Else what stands behind its URI.
std::optional<std::string_view> suffix_of(const lb::FrontendSettings& frontend,
                                          std::string_view target) {
  if (!frontend.stats_uri || !target.starts_with(*frontend.stats_uri)) return std::nullopt;
  const std::string_view suffix = target.substr(frontend.stats_uri->size());
  if (!suffix.empty() && suffix.front() != ';') return std::nullopt;
  return suffix;
}

/// The admin listener's, where a query counts for nothing.
std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

void guard(Page& page) {
  page.fields.insert(page.fields.end(), {{"X-Content-Type-Options", "nosniff"},
                                         {"Referrer-Policy", "no-referrer"},
                                         {"Cross-Origin-Resource-Policy", "same-origin"}});
}

Page page_of(control::ControlAnswer answer) {
  Page page{.status = answer.status,
            .type = std::string(answer.content_type),
            .body = std::move(answer.body)};
  if (!answer.allow.empty()) page.fields.emplace_back("Allow", answer.allow);
  guard(page);
  return page;
}

/// One that is whole from the start.
class WholePage final : public lb::PageInMaking {
 public:
  explicit WholePage(Page page) : page_(std::move(page)) {}
  bool step() override { return true; }
  Page take() override { return std::move(page_); }

 private:
  Page page_;
};

/// One that is made in pieces.
class PiecedPage final : public lb::PageInMaking {
 public:
  PiecedPage(std::unique_ptr<control::PiecedDocument> document, std::string_view type)
      : document_(std::move(document)) {
    page_.type = type;
  }
  bool step() override {
    if (!document_->prepare()) return false;
    const std::string piece = document_->next();
    page_.body += piece;
    return piece.empty();
  }
  Page take() override {
    guard(page_);
    return std::move(page_);
  }

 private:
  std::unique_ptr<control::PiecedDocument> document_;
  Page page_;
};

/// HAProxy's columns, of what is gathered in parts.
class StatsJob final : public control::PiecedDocument {
 public:
  explicit StatsJob(const lb::Engine& engine) : engine_(engine) {}
  bool prepare() override {
    if (!document_ && engine_.add_stats(stats_, place_, MetricsJob::kPart)) {
      document_.emplace(std::move(stats_));
    }
    return document_.has_value();
  }
  std::string next() override { return document_->next(); }

 private:
  const lb::Engine& engine_;
  lb::StatsSnapshot stats_;
  lb::StatsPlace place_;
  std::optional<control::StatsDocument> document_;  ///< once all was gathered
};

/// The live document, and around it perhaps the page.
class LivePage final : public lb::PageInMaking {
 public:
  struct Terms {
    bool html = false;
    std::string run{};
    std::uint64_t since = 0;
    std::string token{};  ///< for orders; empty: there are none
  };
  LivePage(Sight& sight, Terms terms) : sight_(sight), terms_(std::move(terms)) {}

  bool step() override {
    if (!sight_.ready()) {
      sight_.hurry();
      return false;
    }
    if (generation_ != sight_.generation()) {
      begin();
      return false;
    }
    if (tables_) {
      const std::string piece = tables_->next();
      if (piece.empty()) tables_.reset();
      page_.body += piece;
      return false;
    }
    if (!document_) {  // which begins with all of the pair
      document_ = sight_.document(terms_.run, terms_.since);
      return false;
    }
    return document_->step();
  }

  Page take() override {
    if (terms_.html) {
      page_.type = kHtml;
      const std::string& text = document_->text();
      page_.body.reserve(page_.body.size() + web::kPageMiddle.size() + text.size() +
                         web::kPageEnd.size());
      page_.body += web::kPageMiddle;
      page_.body += text;
      page_.body += web::kPageEnd;
      page_.fields.emplace_back("Content-Security-Policy", web::kPagePolicy);
      page_.fields.emplace_back("X-Frame-Options", "DENY");
    } else {
      page_.type = control::ControlAnswer::kJson;
      page_.body = document_->text();
    }
    const auto next = std::chrono::ceil<std::chrono::milliseconds>(sight_.next_in());
    page_.fields.emplace_back(kNextField, concat(next.count()));
    if (!terms_.token.empty()) {
      page_.fields.emplace_back(web::OrderGuard::kField, terms_.token);
    }
    guard(page_);
    return std::move(page_);
  }

 private:
  /// From nothing, or again, as the traffic has changed.
  void begin() {
    generation_ = sight_.generation();
    document_.reset();
    page_.body.clear();
    if (!terms_.html) return;
    page_.body = web::kPageHead;
    tables_ = sight_.tables();
  }

  Sight& sight_;
  Terms terms_;
  std::optional<std::uint64_t> generation_;
  std::unique_ptr<control::PiecedDocument> tables_;
  std::shared_ptr<Sight::Document> document_;
  Page page_;
};

bool only_asks(const http::RequestHead& request) {
  return request.method == http::Method::kGet || request.method == http::Method::kHead;
}

Page wrong_method(std::string_view allow) {
  control::ControlAnswer answer = control::error_answer(
      405, "wrong_method", "this page does not take the method", concat("use ", allow));
  answer.allow = allow;
  return page_of(std::move(answer));
}

/// As it may be logged: whoever asks may name anything.
std::string subject_of(const web::PageOrder& order) {
  constexpr std::size_t kMostOfName = 64;
  if (!order.vip.empty()) return base::printable(order.vip, kMostOfName);
  return concat(base::printable(order.backend, kMostOfName), "/",
                base::printable(order.server, kMostOfName));
}

/// An order for a VIP; nullopt: it is done.
std::optional<control::ControlAnswer> move_vip(control::ControlActions& actions,
                                               const web::PageOrder& order,
                                               const std::string& who) {
  using Outcome = control::StepDown::Outcome;
  const auto unknown = [&] {
    return control::error_answer(404, "unknown_vip",
                                 concat("there is no VIP '", base::printable(order.vip, 64), "'"),
                                 "load the page anew");
  };
  if (order.word == "maintenance" || order.word == "ready") {
    const auto done = actions.set_maintenance(order.vip, order.word == "maintenance", who);
    return done ? std::nullopt : std::optional(unknown());
  }
  if (order.word != "step-down") {
    return control::error_answer(
        400, "bad_order", concat("'", base::printable(order.word, 40), "' is no order for a VIP"),
        "use step-down, maintenance or ready");
  }
  switch (actions.step_down(order.vip, true, who).outcome) {
    case Outcome::kUnknownVip:
      return unknown();
    case Outcome::kNotMaster:
      return control::error_answer(409, "not_master",
                                   concat("this node is not master of ", order.vip),
                                   "give the order on the page of the node that is");
    case Outcome::kNoPeer:
      return control::error_answer(
          409, "no_peer", concat("no peer says that it could take over ", order.vip),
          "see what the peer lacks; to give the VIP up all the same, use maintenance");
    case Outcome::kDone:
      break;
  }
  return std::nullopt;
}

Page unknown_path(const lb::FrontendSettings& admin, std::string_view path) {
  const std::string_view page = admin.stats_uri ? "/, " : "";
  const std::string_view metrics = admin.pages.metrics.empty() ? "" : "/metrics, ";
  return page_of(control::error_answer(
      404, "unknown_path", concat("there is nothing at ", base::printable(path)),
      concat("use one of ", page, metrics, kHealthSignPath, ", ", kReadyPath)));
}

std::optional<control::ControlAnswer> move_server(control::ControlActions& actions,
                                                  const web::PageOrder& order,
                                                  const std::string& who) {
  const auto word = check::parse_order(order.word);
  if (!word) {
    return control::error_answer(
        400, "bad_order",
        concat("'", base::printable(order.word, 40), "' is no order for a server"),
        "use ready, drain, maintenance, force-up or force-down");
  }
  const auto done = actions.set_server_state(order.backend, order.server, *word, who);
  if (done) return std::nullopt;
  return control::error_answer(404, "unknown_server", done.error().message, "load the page anew");
}

}  // namespace

SightPages::SightPages(const SightParts& parts) : parts_(parts), guard_(net::random_key()) {}

const web::OrderGuard& SightPages::order_guard() {
  if (!guard_.has_key()) guard_ = web::OrderGuard(net::random_key());
  return guard_;
}

lb::LocalPages::Access SightPages::find(const lb::FrontendSettings& frontend,
                                        std::string_view target) const {
  if (suffix_of(frontend, target)) return Access::kUsers;
  const bool admin = frontend.pages.health;
  const std::string_view path = admin ? path_of(target) : target;
  if (!frontend.pages.metrics.empty() && path == frontend.pages.metrics) return Access::kUsers;
  return admin ? Access::kOpen : Access::kNone;  // it has no servers that might know the rest
}

std::unique_ptr<lb::PageInMaking> SightPages::make(const lb::PageCall& call) {
  const std::string_view target = call.request.path;
  const auto suffix = suffix_of(call.frontend, target);
  if (suffix) return make_page(call, *suffix);
  const std::string_view path = call.frontend.pages.health ? path_of(target) : target;
  const bool metrics = path == call.frontend.pages.metrics;
  if (!metrics && path != kHealthSignPath && path != kReadyPath) {
    return std::make_unique<WholePage>(unknown_path(call.frontend, path));
  }
  if (!only_asks(call.request)) return std::make_unique<WholePage>(wrong_method("GET, HEAD"));
  if (metrics) {
    return std::make_unique<PiecedPage>(parts_.status.metrics_document(), control::kMetricsType);
  }
  if (path == kHealthSignPath) {
    return std::make_unique<WholePage>(page_of({200, control::render_health_sign(), {}}));
  }
  const control::Readiness found = parts_.status.readiness();
  return std::make_unique<WholePage>(
      page_of({found.status(), control::render_readiness(found), {}}));
}

std::unique_ptr<lb::PageInMaking> SightPages::make_page(const lb::PageCall& call,
                                                        std::string_view suffix) {
  using What = web::PageTarget::What;
  auto target = web::parse_page_target(suffix);
  if (!target) {
    return std::make_unique<WholePage>(page_of(control::error_answer(
        400, "bad_target", target.error().message, "docs/api.md says what the page takes")));
  }
  if (target->what == What::kOrder) return std::make_unique<WholePage>(obey(call, target->order));
  if (!only_asks(call.request)) return std::make_unique<WholePage>(wrong_method("GET, HEAD"));
  if (target->what == What::kCsv) {
    return std::make_unique<PiecedPage>(std::make_unique<StatsJob>(parts_.engine),
                                        lb::kStatsCsvContentType);
  }
  LivePage::Terms terms{.html = target->what == What::kPage,
                        .run = std::move(target->run),
                        .since = target->since.value_or(0)};
  if (call.frontend.pages.admin && !call.user.empty()) {
    terms.token = order_guard().token_of(call.user);
  }
  return std::make_unique<LivePage>(parts_.sight, std::move(terms));
}

lb::Page SightPages::obey(const lb::PageCall& call, const web::PageOrder& order) {
  if (call.request.method != http::Method::kPost) return wrong_method("POST");
  if (!call.frontend.pages.admin) {
    return page_of(control::error_answer(403, "no_orders", "this page takes no orders",
                                         "use `hapair` on the node, or set \"admin\": true "
                                         "beside \"users\" in the configuration"));
  }
  if (call.has_body) {
    return page_of(control::error_answer(400, "bad_order", "an order has no body",
                                         "name all in the target, and send none"));
  }
  if (const auto fine = order_guard().check(call.request, call.user); !fine) {
    parts_.log.warning("page-order-refused", subject_of(order),
                       concat(base::printable(order.word, 40), " by user '",
                              base::printable(call.user, 64), "': ", fine.error().message));
    return page_of(control::error_answer(403, "forged_order", fine.error().message,
                                         "give the order on the page itself"));
  }
  if (!takes_orders_) {
    return page_of(control::error_answer(503, "replaced",
                                         "another process serves in this one's place by now",
                                         "give the order again, on another connection"));
  }
  const std::string who = concat("user ", base::printable(call.user, 64), " on the page");
  const std::string text = concat(base::printable(order.word, 40), ", ordered by ", who);
  auto refused = order.vip.empty() ? move_server(parts_.actions, order, who)
                                   : move_vip(parts_.actions, order, who);
  if (refused) return page_of(*std::move(refused));
  parts_.log.info("page-order", subject_of(order), text);
  note(parts_.journal, parts_.loop, "page-order", subject_of(order), order.word,
       concat("ordered by ", who));
  return page_of(
      {200, control::text_of({{"done", order.word}, {"subject", subject_of(order)}}), {}});
}

}  // namespace hapair::worker
