#include "apps/hapair/control/server.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/socket.hpp"
#include "common/net/socket_stream.hpp"

namespace hapair::control {
namespace {

constexpr int kAcceptsPerTurn = 8;

}  // namespace

struct ControlServer::Connection {
  Connection(ControlServer& server, net::UniqueFd fd, net::PeerCredentials who)
      : stream(server.loop_, event::Priority::kControl, std::move(fd)),
        session(server.loop_, stream, server.router_, std::move(who), server) {}

  net::SocketStream stream;
  Session session;
};

ControlServer::ControlServer(event::EventLoop& loop, const base::Logger& log,
                             net::UniqueFd listener, const StatusSource& status,
                             ControlActions& actions, base::Journal& journal,
                             std::optional<WriteGroup> write_group)
    : loop_(loop),
      log_(log),
      journal_(journal),
      listener_(std::move(listener)),
      router_(status, actions, std::move(write_group)),
      accept_watch_(loop, event::Priority::kControl,
                    event::Callback<event::FdEvents>::to<&ControlServer::on_acceptable>(this)),
      accept_pause_(loop, event::Priority::kControl,
                    event::Callback<>::to<&ControlServer::on_pause_over>(this)),
      sweep_(loop, event::Priority::kControl, event::Callback<>::to<&ControlServer::sweep>(this)) {
  journal_.listen(*this);
}

ControlServer::~ControlServer() { journal_.forget(*this); }

base::Result<void> ControlServer::start() { return accept_watch_.start_reading(listener_.get()); }

void ControlServer::hold() {
  accept_watch_.stop();
  accept_pause_.cancel();
}

void ControlServer::on_acceptable(event::FdEvents) noexcept {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = accept();
    if (!accepted) {
      log_.error("control-accept", "control",
                 base::concat("no connection can be accepted: ", accepted.error().message,
                              "; trying again in ", base::format_duration(kAcceptPause)));
      accept_watch_.stop();
      accept_pause_.arm_after(kAcceptPause);
      return;
    }
    if (!*accepted) return;
    serve(std::move((*accepted)->fd));
  }
}

base::Result<std::optional<net::Accepted>> ControlServer::accept() {
  auto accepted = net::accept_one(listener_.get());
  if (accepted || !spare_.give_up()) return accepted;
  return net::accept_one(listener_.get());
}

void ControlServer::on_pause_over() noexcept {
  spare_.renew();
  if (const auto started = start(); !started) {
    log_.error("control-accept", "control", started.error().message);
    accept_pause_.arm_after(kAcceptPause);
  }
}

void ControlServer::serve(net::UniqueFd connection) {
  auto who = net::peer_credentials(connection.get());
  if (!who) {
    log_refusal(
        base::concat("a connection is refused, its user is not known: ", who.error().message));
    return;
  }
  if (!has_place()) {
    log_refusal(base::concat("a connection of ", describe(*who), " is refused: ", kMaxConnections,
                             " are busy already"));
    return;
  }
  auto& added = connections_.emplace_back(
      std::make_unique<Connection>(*this, std::move(connection), std::move(*who)));
  if (const auto started = added->stream.start(added->session.handler()); !started) {
    log_refusal(started.error().message);
    connections_.pop_back();
  }
}

bool ControlServer::has_place() {
  const auto open = std::ranges::count_if(
      connections_, [](const auto& connection) { return !connection->session.over(); });
  if (static_cast<std::size_t>(open) < kMaxConnections) return true;
  const auto oldest = std::ranges::find_if(
      connections_, [](const auto& connection) { return connection->session.idle(); });
  if (oldest == connections_.end()) return false;
  (*oldest)->session.give_way();
  return true;
}

bool ControlServer::admits_follower() const noexcept {
  const auto followers = std::ranges::count_if(
      connections_, [](const auto& connection) { return connection->session.follows(); });
  return static_cast<std::size_t>(followers) < kMaxFollowers;
}

void ControlServer::on_journal_event(const base::JournalEvent& /*event*/) noexcept {
  for (const auto& connection : connections_) connection->session.on_news();
}

void ControlServer::log_refusal(std::string_view what) {
  const auto held_back = refusals_.pass(loop_.now());
  if (!held_back) return;
  log_.warning("control-refused", "control",
               *held_back == 0 ? std::string(what)
                               : base::concat(what, " (and ", *held_back, " more like it before)"));
}

void ControlServer::sweep() noexcept {
  connections_.remove_if([](const auto& connection) { return connection->session.over(); });
  spare_.renew();
}

}  // namespace hapair::control
