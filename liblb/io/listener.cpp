#include "liblb/io/listener.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace hapair::lb {

Listener::Listener(event::EventLoop& loop, const base::Logger& log, ListenerOwner& owner,
                   std::string name, net::UniqueFd socket, std::optional<std::size_t> group,
                   std::optional<AcceptProxy> accept_proxy, std::optional<BindTls> tls)
    : log_(log),
      owner_(owner),
      name_(std::move(name)),
      socket_(std::move(socket)),
      group_(group),
      accept_proxy_(std::move(accept_proxy)),
      tls_(tls),
      watch_(loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&Listener::on_readable>(this)),
      shortage_timer_(loop, event::Priority::kTraffic,
                      event::Callback<>::to<&Listener::on_shortage_over>(this)) {}

bool Listener::expects_proxy(const base::IpAddress& peer) const {
  if (!accept_proxy_) return false;
  const auto& from = accept_proxy_->from;
  return from.empty() || std::ranges::any_of(from, [&](const base::Prefix& prefix) {
           return prefix.contains(peer);
         });
}

base::Result<void> Listener::open() {
  if (open_) return {};
  if (auto listening = net::start_listening(socket_.get(), kBacklog); !listening) {
    return std::unexpected(listening.error().within(name_));
  }
  open_ = true;
  update_watch();
  return {};
}

void Listener::close() {
  if (!open_) return;
  open_ = false;
  update_watch();
  // On a listening TCP socket this undoes listen(); the port stays bound (as it was asked for by
  // number) and listen() may come again.
  ::shutdown(socket_.get(), SHUT_RD);
}

void Listener::pause() {
  paused_ = true;
  update_watch();
}

void Listener::resume() {
  paused_ = false;
  update_watch();
}

void Listener::update_watch() {
  const bool wanted = open_ && !paused_ && !shortage_timer_.armed();
  if (wanted == watch_.started()) return;
  if (!wanted) {
    watch_.stop();
  } else if (auto started = watch_.start_reading(socket_.get()); !started) {
    log_.error("accept-failed", name_, started.error().message);
    shortage_timer_.arm_after(kShortagePause);
  }
}

void Listener::on_readable(event::FdEvents /*events*/) noexcept {
  for (int i = 0; i < kAcceptsPerTurn && watch_.started(); ++i) {
    auto accepted = net::accept_one(socket_.get());
    if (!accepted) {
      log_.error("accept-failed", name_, accepted.error().message);
      shortage_timer_.arm_after(kShortagePause);
      update_watch();
      return;
    }
    if (!*accepted) return;
    owner_.on_accepted(*this, std::move(**accepted));
  }
}

}  // namespace hapair::lb
