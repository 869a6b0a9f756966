#include "apps/hapair/worker/alert_wiring.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/hapair/alerts/alert_text.hpp"
#include "apps/hapair/alerts/smtp_dialog.hpp"
#include "apps/hapair/alerts/webhook_dialog.hpp"
#include "apps/hapair/version.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

using Outcome = alerts::DeliveryHandler::Outcome;

bool is_any_of(std::string_view id, std::initializer_list<std::string_view> ids) {
  return std::ranges::find(ids, id) != ids.end();
}

alerts::QueueSettings queue_settings(const config::Alert& alert) {
  return {
      .capacity = alert.queue, .tries = alert.tries, .retry = alert.retry, .group = alert.group};
}

alerts::ReceiverSettings receiver_settings(const config::Alert& alert, const config::Model& model) {
  const config::Resolver& resolver = model.resolvers[alert.resolver];
  return {.address = alert.address,
          .host = alert.host,
          .port = alert.port,
          .hosts = nullptr,
          .dns = {.nameservers = resolver.nameservers,
                  .timeout = resolver.timeout,
                  .tries = resolver.tries},
          .tls = nullptr,
          .starttls = alert.security == config::MailSecurity::kStartTls,
          .timeout = alert.timeout};
}

}  // namespace

bool wants(const config::Alert& alert, const base::JournalEvent& event) {
  if (event.id == "check-state") {
    if (event.from == "unknown" && event.to == "up") return false;
    const bool server = event.subject.find('/') != std::string::npos;
    return server ? alert.servers : alert.targets;
  }
  if (is_any_of(event.id, {"server-added", "server-removed", "name-resolved", "name-kept",
                           "name-unresolved"})) {
    return alert.servers;
  }
  if (event.id == "backend-state") return alert.backends && !event.from.empty();
  if (event.id == "vrrp-transition") {
    return alert.vips && !(event.from == "initialize" && event.to == "backup");
  }
  return alert.vips && event.id == "vip-lost";
}

alerts::Alert alert_of(const base::JournalEvent& event) {
  return {.number = event.number,
          .id = event.id,
          .subject = event.subject,
          .from = event.from,
          .to = event.to,
          .cause = event.cause,
          .wall = event.wall};
}

/// One receiver with its queue and the attempt that is under way.
class AlertWiring::Receiver final : alerts::DeliveryHandler {
 public:
  Receiver(AlertWiring& wiring, const config::Alert& alert, alerts::ReceiverSettings settings)
      : wiring_(wiring),
        alert_(alert),
        settings_(std::move(settings)),
        queue_(queue_settings(alert)),
        due_(wiring.loop_, event::Priority::kCheck,
             event::Callback<>::to<&Receiver::on_due>(this)) {}

  void hear(const base::JournalEvent& event) {
    if (!wants(alert_, event)) return;
    queue_.add(alert_of(event), wiring_.loop_.now());
    follow_queue();
  }

  [[nodiscard]] const config::Alert& alert() const { return alert_; }
  /// To be spoken to as before, with the same terms.
  [[nodiscard]] bool speaks_as(const alerts::ReceiverSettings& settings) const {
    return settings_.dns.nameservers == settings.dns.nameservers &&
           settings_.dns.timeout == settings.dns.timeout &&
           settings_.dns.tries == settings.dns.tries && settings_.tls == settings.tls;
  }

  [[nodiscard]] View view() const {
    return {.alert = &alert_, .queue = &queue_, .fault = fault_, .last = last_};
  }

 private:
  void follow_queue() {
    if (const auto due = queue_.due()) {
      due_.arm_at(*due);
    } else {
      due_.cancel();
    }
  }

  void on_due() noexcept {
    const std::vector<alerts::Alert> batch = queue_.begin(wiring_.loop_.now());
    if (batch.empty()) return follow_queue();
    dialog_ = make_dialog(batch);
    alerts::DeliveryHandler& handler = *this;
    delivery_.emplace(wiring_.loop_, settings_, *dialog_, handler);
  }

  [[nodiscard]] std::unique_ptr<alerts::Dialog> make_dialog(
      const std::vector<alerts::Alert>& batch) const {
    const config::Model& model = wiring_.model_;
    const alerts::Sender sender{
        .node = model.node().name, .cluster = model.cluster.name, .version = std::string(kVersion)};
    const base::WallTime now = event::wall_now();
    if (alert_.to.empty()) {
      return std::make_unique<alerts::WebhookDialog>(
          alerts::WebhookRequest{.host = alert_.authority,
                                 .target = alert_.target,
                                 .agent = base::concat("hapair/", kVersion),
                                 .body = alerts::webhook_body(sender, batch, queue_.lost(), now)});
    }
    return std::make_unique<alerts::SmtpDialog>(alerts::SmtpMail{
        .own_name = sender.node,
        .from = alert_.from,
        .to = alert_.to,
        .text = alerts::mail_text(sender,
                                  {.from = alert_.from, .to = alert_.to, .subject = alert_.subject},
                                  batch, queue_.lost(), now),
        .starttls = settings_.starttls,
        .login = alert_.login,
        .password = alert_.password});
  }

  void on_delivery_end(Outcome outcome, std::string reason) noexcept override {
    const base::Instant now = wiring_.loop_.now();
    last_ = event::wall_now();
    const bool failed_before = !fault_.empty();
    if (outcome == Outcome::kDelivered) {
      queue_.on_sent();
      note_delivered(failed_before, reason);
      fault_.clear();
    } else {
      const bool again = queue_.on_failed(outcome == Outcome::kFailed, now);
      note_failed(again, failed_before && fault_ == reason, reason);
      fault_ = std::move(reason);
    }
    delivery_.reset();
    dialog_.reset();
    follow_queue();
  }

  void note_delivered(bool failed_before, const std::string& refused) const {
    if (!refused.empty()) wiring_.log_.warning("alert-refused", alert_.name, refused);
    if (failed_before) wiring_.log_.info("alert-recovered", alert_.name, "messages arrive again");
  }

  /// What fails again and again in the same way is told once; what is lost always.
  void note_failed(bool again, bool known, const std::string& reason) const {
    if (!again) {
      wiring_.log_.error("alert-lost", alert_.name,
                         base::concat("a message was given up (", queue_.lost(),
                                      " changes lost in all): ", reason));
    } else if (!known) {
      wiring_.log_.warning("alert-failed", alert_.name,
                           base::concat(reason, "; it is tried again"));
    }
  }

  AlertWiring& wiring_;
  const config::Alert alert_;
  alerts::ReceiverSettings settings_;
  alerts::AlertQueue queue_;
  std::unique_ptr<alerts::Dialog> dialog_;
  std::optional<alerts::Delivery> delivery_;
  std::string fault_;
  base::WallTime last_{};
  event::Timer due_;
};

AlertWiring::AlertWiring(event::EventLoop& loop, const config::Model& model, const TlsWiring& tls,
                         const base::Logger& log, base::Journal& journal)
    : loop_(loop), model_(model), tls_(tls), log_(log), journal_(journal) {
  follow_change();
  journal_.listen(*this);
}

void AlertWiring::follow_change() {
  std::vector<std::unique_ptr<Receiver>> before = std::exchange(receivers_, {});
  for (std::size_t i = 0; i < model_.alerts.size(); ++i) {
    const config::Alert& alert = model_.alerts[i];
    if (alert.script) continue;  // command_alerts.hpp has those
    alerts::ReceiverSettings settings = receiver_settings(alert, model_);
    settings.tls = tls_.towards_alert(i);
    settings.hosts = &tls_.hosts();
    const auto same = std::ranges::find_if(before, [&](const auto& each) {
      return each && each->alert() == alert && each->speaks_as(settings);
    });
    receivers_.push_back(same != before.end()
                             ? std::move(*same)
                             : std::make_unique<Receiver>(*this, alert, std::move(settings)));
  }
}

AlertWiring::~AlertWiring() { journal_.forget(*this); }

void AlertWiring::on_journal_event(const base::JournalEvent& event) noexcept {
  for (const auto& receiver : receivers_) receiver->hear(event);
}

std::vector<AlertWiring::View> AlertWiring::views() const {
  std::vector<View> views;
  for (const auto& receiver : receivers_) views.push_back(receiver->view());
  return views;
}

}  // namespace hapair::worker
