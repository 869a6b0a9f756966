#include "liblb/io/backend_driver.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "liblb/io/random_sip_key.hpp"

namespace hapair::lb {

BackendDriver::BackendDriver(Context& context, BackendSettings settings, std::size_t index,
                             const std::shared_ptr<BackendDriver>& before)
    : context_(context),
      mac_(settings.cookie_key),
      backend_(std::move(settings), context.now(), before ? &before->backend_ : nullptr),
      rate_limiter_(before && before->backend_.settings().rate_limits ==
                                  backend_.settings().rate_limits
                        ? before->rate_limiter_
                        : std::make_shared<std::optional<RateLimiter>>()),
      http2_(before ? &before->http2_ : nullptr),
      before_(before),
      index_(index),
      queue_task_(event::Callback<>::to<&BackendDriver::serve_queue>(this)),
      errors_task_(event::Callback<>::to<&BackendDriver::report_errors>(this)),
      ends_task_(event::Callback<>::to<&BackendDriver::end_sessions>(this)),
      errors_(backend_.size()),
      timer_(context.loop, event::Priority::kTraffic,
             event::Callback<>::to<&BackendDriver::on_timer>(this)) {
  backend_.set_queue_keeper(this);
  backend_.set_watch(this);
  const BackendSettings& own = backend_.settings();
  if (own.cookie || own.stick) {
    backend_.set_persistence(std::make_unique<Persistence>(
        own.name, own.cookie, own.stick, static_cast<PersistenceHost&>(*this), random_sip_key(),
        before ? before->backend_.persistence() : nullptr));
  }
  if (!own.rate_limits.empty() && !*rate_limiter_) {
    rate_limiter_->emplace(base::concat("backend:", own.name), own.rate_limits, random_sip_key());
  }
  for (std::size_t i = 0; i < backend_.size(); ++i) {
    pools_.push_back(make_pool(i));
  }
  if (backend_.settings().outlier) {
    outliers_.emplace(*backend_.settings().outlier, backend_.size(), context.now());
  }
  arm(context.now());
}

base::WallTime BackendDriver::wall_now() const {
  return event::wall_now() + (context_.now() - context_.loop.callback_time());
}

std::unique_ptr<ConnectionPool> BackendDriver::make_pool(std::size_t server) {
  const ServerSettings& settings = backend_.server(server).settings();
  speaks_http2_ = speaks_http2_ || settings.protocols.http2;
  return std::make_unique<ConnectionPool>(context_, backend_.settings(), settings, http2_);
}

std::size_t BackendDriver::add_server(ServerSettings settings,
                                      std::shared_ptr<tls::ClientContext> tls) {
  const std::size_t place = backend_.add_server(std::move(settings), context_.now());
  if (place == pools_.size()) {
    pools_.emplace_back();
    errors_.emplace_back();
  }
  pools_[place] = make_pool(place);
  errors_[place].reset();
  if (tls) pools_[place]->use_tls(std::move(tls));
  if (outliers_) outliers_->add(place);
  return place;
}

void BackendDriver::remove_server(std::size_t server) {
  if (const auto before = before_.lock()) {
    // What still runs on the generation before must not go to it anew, either.
    const auto place = before->backend_.place_of(backend_.server(server).settings());
    if (place) before->remove_server(*place);
  }
  backend_.remove_server(server, context_.now());
  update_keeping(server);
}

std::optional<std::size_t> BackendDriver::reserved_at(const ClientSide& client) const {
  if (!context_.reserves_connections || !shares_connections()) return std::nullopt;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (pools_[i]->has_own(client)) return i;
  }
  return std::nullopt;
}

void BackendDriver::update_keeping(std::size_t server) {
  const Server& of = backend_.server(server);
  pools_.at(server)->keep(!of.removed() && !retired_ && (of.usable() || backend_.panics()));
}

void BackendDriver::set_health(std::size_t server, ServerHealth health, base::Instant now) {
  if (const auto before = before_.lock()) {
    // What still runs on the generation before must not go to servers that are down, either.
    const auto place = before->backend_.place_of(backend_.server(server).settings());
    if (place) before->set_health(*place, health, now);
  }
  backend_.set_health(server, std::move(health), now);
  const Server& changed = backend_.server(server);
  update_keeping(server);
  // What the others wait for is in the timer already.
  if (!changed.ramp().climbs(now)) return;
  const base::Instant step = changed.ramp().next_step(now);
  if (!timer_.armed() || step < timer_.deadline()) timer_.arm_at(step);
}

void BackendDriver::advance(base::Instant now) {
  backend_.advance(now);
  if (outliers_ && now >= outliers_->deadline()) compare(now);
  arm(now);
}

void BackendDriver::arm(base::Instant now) {
  auto next = backend_.next_step(now);
  if (outliers_) next = next ? std::min(*next, outliers_->deadline()) : outliers_->deadline();
  if (next) timer_.arm_at(*next);
}

void BackendDriver::compare(base::Instant now) {
  const bool window = outliers_->window_ends(now);
  std::vector<WindowCounts> counts;
  std::vector<bool> open;
  for (std::size_t i = 0; i < backend_.size(); ++i) {
    Server& server = backend_.server(i);
    counts.push_back(window ? std::exchange(server.window, {}) : WindowCounts{});
    open.push_back(server.standing() == Standing::kUp);
  }
  for (OutlierDetector::Change& change : outliers_->on_time(counts, open, now)) {
    if (observer_ == nullptr) continue;
    observer_->on_outlier(index_, change.server, change.phase, std::move(change.reason));
  }
}

void BackendDriver::on_error_limit(std::size_t server, Met last) {
  errors_[server] = last;
  context_.work.add(errors_task_);
}

void BackendDriver::report_errors() noexcept {
  for (std::size_t i = 0; i < errors_.size(); ++i) {
    const std::optional<Met> last = std::exchange(errors_[i], std::nullopt);
    if (last && observer_ != nullptr) observer_->on_error_limit(index_, i, *last);
  }
}

void BackendDriver::on_panic(bool begins) {
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (pools_[i]) update_keeping(i);
  }
  if (observer_ != nullptr) observer_->on_panic(index_, begins);
}

void BackendDriver::on_marked_down(std::size_t /*server*/) {
  if (backend_.settings().close_sessions) context_.work.add(ends_task_);
}

void BackendDriver::end_sessions() noexcept {
  unsigned left = kEndsAtOnce;
  for (std::size_t i = 0; i < backend_.size(); ++i) {
    Server& server = backend_.server(i);
    if (server.standing() != Standing::kDown && server.standing() != Standing::kOut) continue;
    if (backend_.panics()) continue;
    while (!server.sessions.empty()) {
      if (left-- == 0) {
        context_.work.add(ends_task_);
        return;
      }
      server.sessions.pop()->on_server_down(context_.now());
    }
  }
}

}  // namespace hapair::lb
