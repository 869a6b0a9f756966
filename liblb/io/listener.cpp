#include "liblb/io/listener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb {

Listener::Listener(event::EventLoop& loop, const base::Logger& log, ListenerOwner& owner,
                   BindSettings settings, const Listener* before)
    : counted_(before ? before->counted_ : std::make_shared<TrafficCounters>()),
      counters(*counted_),
      log_(log),
      owner_(owner),
      settings_(std::move(settings)),
      loop_(loop),
      watch_(loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&Listener::on_readable>(this)),
      shortage_timer_(loop, event::Priority::kTraffic,
                      event::Callback<>::to<&Listener::on_shortage_over>(this)) {}

bool Listener::expects_proxy(const base::IpAddress& peer) const {
  if (!settings_.accept_proxy) return false;
  const auto& from = settings_.accept_proxy->from;
  return from.empty() || std::ranges::any_of(from, [&](const base::Prefix& prefix) {
           return prefix.contains(peer);
         });
}

base::Result<void> Listener::open() {
  if (open_ || !settings_.socket) return {};
  end_drain();
  if (auto listening = listen(); !listening) {
    return std::unexpected(listening.error().within(name()));
  }
  open_ = true;
  update_watch();
  return {};
}

void Listener::close() {
  if (!open_) return;
  open_ = false;
  update_watch();
  // The address of a quiet one may be here for a moment yet: clients go on waiting for the next
  // node instead of being refused.
  if (quieter_ == nullptr) stop_listening();
}

void Listener::stop_listening() {
  // On a listening TCP socket this undoes listen(); the port stays bound (as it was asked for by
  // number) and listen() may come again.
  ::shutdown(settings_.socket.get(), SHUT_RD);
}

void Listener::take_over(Listener& other) {
  const bool open = std::exchange(other.open_, false);
  if (other.quiet_) other.end_drain();
  other.update_watch();
  settings_.socket = std::move(other.settings_.socket);
  accept_failures_ = other.accept_failures_;
  handshakes_ = other.handshakes_;
  if (!open) return;
  open_ = true;  // it listens already
  if (const auto opened = listen(); !opened) {
    log_.warning("listen-failed", name(), opened.error().message);
  }
  update_watch();
}

base::Result<void> Listener::listen() {
  if (const auto& alive = settings_.keep_alive) {
    net::set_keep_alive(settings_.socket.get(), alive->idle, alive->interval, alive->count);
  }
  return net::start_listening(settings_.socket.get(), settings_.backlog);
}

void Listener::begin_drain() {
  draining_ = true;
  old_sessions_ = sessions_;
}

void Listener::end_drain() {
  draining_ = false;
  old_sessions_ = 0;
  quiet_ = false;
  if (auto* quieter = std::exchange(quieter_, nullptr)) {
    if (!open_) stop_listening();
    quieter->set_quiet(settings_.socket.get(), false);
  }
  update_watch();
}

void Listener::go_quiet(SocketQuieter* quieter) {
  if (quiet_) return;
  quiet_ = true;
  if (open_ && quieter != nullptr && settings_.group) {
    quieter_ = quieter;
    quieter->set_quiet(settings_.socket.get(), true);
  }
  update_watch();
}

void Listener::pause() {
  paused_ = true;
  update_watch();
}

void Listener::resume() {
  paused_ = false;
  update_watch();
}

void Listener::hold(bool on) {
  held_ = on;
  update_watch();
}

void Listener::give_away() {
  open_ = false;
  update_watch();
  shortage_timer_.cancel();
  settings_.socket.reset();
}

void Listener::update_watch() {
  const bool accepts = !quiet_ || quieter_ != nullptr;
  const bool wanted = open_ && accepts && !paused_ && !held_ && !shortage_timer_.armed();
  if (wanted == watch_.started()) return;
  if (!wanted) {
    watch_.stop();
  } else if (auto started = watch_.start_reading(settings_.socket.get()); !started) {
    wait_out_shortage(started.error());
  }
}

void Listener::wait_out_shortage(const base::Error& error) {
  ++accept_failures_;
  if (const auto held_back = shortages_.pass(loop_.callback_time())) {
    log_.error("accept-failed", name(),
               base::concat(error.message, "; clients wait until there is one (", *held_back,
                            " more such failures since the last such line)"));
  }
  shortage_timer_.arm_after(kShortagePause);
}

void Listener::on_readable(event::FdEvents /*events*/) noexcept {
  for (unsigned i = 0; i < settings_.accepts_per_turn && watch_.started(); ++i) {
    auto accepted = net::accept_one(settings_.socket.get());
    if (!accepted) {
      wait_out_shortage(accepted.error());
      update_watch();
      return;
    }
    if (!*accepted) return;
    if (handshakes_.wants_next()) {
      if (const auto trip = net::round_trip_of((*accepted)->fd.get())) handshakes_.add(*trip);
    }
    owner_.on_accepted(*this, std::move(**accepted));
  }
}

}  // namespace hapair::lb
