#include "apps/hapair/guardian/guardian_client.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <variant>

#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

/// Reads a descriptor from its start without moving its offset, which all its holders share.
base::Result<std::string> read_all(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return base::os_fail("model envelope");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got =
        ::pread(fd, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return base::os_fail("model envelope", got < 0 ? errno : ENODATA);
    done += static_cast<std::size_t>(got);
  }
  return text;
}

/// It names something by its place in the grants.
bool is_by_index(const Reply& reply) {
  return std::visit(
      [](const auto& it) {
        return requires { it.group; } || requires { it.interface; } || requires { it.target; };
      },
      reply);
}

/// News of interfaces and targets, which come at any time: all of it is told anew to a worker that
/// is ready.
bool is_told_again(const Reply& reply) {
  return std::holds_alternative<LinkState>(reply) || std::holds_alternative<TargetFound>(reply) ||
         std::holds_alternative<EchoSocket>(reply);
}

std::uint16_t narrow(std::size_t index) { return static_cast<std::uint16_t>(index); }

}  // namespace

GuardianClient::GuardianClient(event::EventLoop& loop, net::SeqpacketChannel channel,
                               const SharedPage& page, GuardianEvents& events, base::Logger& log)
    : channel_(std::move(channel)),
      page_(page),
      events_(events),
      log_(log),
      watch_(loop, event::Priority::kControl,
             event::Callback<event::FdEvents>::to<&GuardianClient::on_readable>(this)),
      broken_(loop, event::Priority::kControl,
              event::Callback<>::to<&GuardianClient::on_broken>(this)) {}

base::Result<GuardianClient::Answer> GuardianClient::ask(const Request& request) {
  if (auto sent = channel_.send(encode_request(request)); !sent) {
    return std::unexpected(sent.error());
  }
  while (true) {
    pollfd wait{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
    const int ready =
        ::poll(&wait, 1,
               static_cast<int>(
                   std::chrono::duration_cast<std::chrono::milliseconds>(kReplyTimeout).count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return base::fail("the guardian does not answer");
    net::Packet packet;
    const auto received = channel_.receive(packet);
    if (!received) return std::unexpected(received.error());
    if (*received == net::SeqpacketChannel::Received::kClosed) {
      return base::fail("the guardian is gone");
    }
    if (*received == net::SeqpacketChannel::Received::kNothing) continue;
    auto reply = decode_reply(packet.bytes);
    if (!reply) return std::unexpected(reply.error());
    if (const auto* refused = std::get_if<Refused>(&*reply)) return base::fail(refused->reason);
    if (std::holds_alternative<Leave>(*reply)) {
      return base::fail("told to leave while starting");
    }
    if (is_told_again(*reply)) continue;
    Answer answer{.reply = std::move(*reply), .fd = {}};
    if (!packet.fds.empty()) answer.fd = std::move(packet.fds.front());
    return answer;
  }
}

base::Result<net::UniqueFd> GuardianClient::ask_for_fd(const Request& request) {
  auto answer = ask(request);
  if (!answer) return std::unexpected(answer.error());
  if (!std::holds_alternative<Opened>(answer->reply) || !answer->fd) {
    return base::fail("the guardian answers something else");
  }
  return std::move(answer->fd);
}

base::Result<ModelReply> GuardianClient::get_model() {
  auto answer = ask(GetModel{});
  if (!answer) return std::unexpected(answer.error());
  auto* here = std::get_if<ModelHere>(&answer->reply);
  if (here == nullptr || !answer->fd) return base::fail("the guardian answers something else");
  auto envelope = read_all(answer->fd.get());
  if (!envelope) return std::unexpected(envelope.error());
  return ModelReply{.node = std::move(here->node),
                    .envelope = std::move(*envelope),
                    .successor = here->successor};
}

base::Result<net::UniqueFd> GuardianClient::open_bind(std::uint16_t bind) {
  return ask_for_fd(OpenBind{bind});
}

base::Result<net::UniqueFd> GuardianClient::open_control() { return ask_for_fd(OpenControl{}); }

base::Result<net::UniqueFd> GuardianClient::open_journal() { return ask_for_fd(OpenJournal{}); }

base::Result<net::UniqueFd> GuardianClient::open_tls_files() { return ask_for_fd(OpenTlsFiles{}); }

base::Result<net::UniqueFd> GuardianClient::open_logs() { return ask_for_fd(OpenLogs{}); }

base::Result<net::UniqueFd> GuardianClient::open_scripts() { return ask_for_fd(OpenScripts{}); }

base::Result<net::UniqueFd> GuardianClient::open_vrrp_receive(std::size_t interface,
                                                              base::Family family) {
  return ask_for_fd(
      OpenVrrpReceive{.interface = narrow(interface), .ipv6 = family == base::Family::kIpv6});
}

base::Result<void> GuardianClient::start() { return watch_.start_reading(channel_.fd()); }

void GuardianClient::ready() { order(WorkerReady{}); }
void GuardianClient::ask_for_scripts() { order(OpenScripts{}); }
void GuardianClient::left() { order(Left{}); }
void GuardianClient::keep_maintenance(std::size_t group, bool on) {
  order(KeepMaintenance{.group = narrow(group), .on = on});
}

void GuardianClient::quiet_socket(int fd, bool on) { order(QuietSocket{on}, {fd}); }

void GuardianClient::look_at_vip(std::size_t group, bool ask) {
  order(LookAtVip{.group = narrow(group), .ask = ask});
}

void GuardianClient::advertise(std::size_t group, std::uint8_t priority, base::Duration interval) {
  order(Advertise{.group = narrow(group), .priority = priority, .interval = interval});
}
void GuardianClient::stop_advertising(std::size_t group, bool resign) {
  order(StopAdvertising{.group = narrow(group), .resign = resign});
}
void GuardianClient::hold(std::size_t group) { order(Hold{narrow(group)}); }
void GuardianClient::release(std::size_t group) { order(Release{narrow(group)}); }
void GuardianClient::announce(std::size_t group) { order(Announce{narrow(group)}); }

void GuardianClient::use_checksum(std::size_t group, std::size_t peer, vrrp::ChecksumForm form) {
  order(UseChecksum{.group = narrow(group), .peer = narrow(peer), .form = form});
}

void GuardianClient::check_target(std::size_t target, std::uint16_t run, bool again) {
  order(CheckTarget{.target = narrow(target), .run = run, .again = again});
}

vrrp::SendingSpan GuardianClient::sending(std::size_t group) const {
  // In this order: a guardian that wakes late says so before it sends again.
  const base::Instant until = page_.last_advert(group);
  return {.since = page_.steady_since(), .until = until};
}

void GuardianClient::order(const Request& request, const std::vector<int>& fds) {
  if (broken_.scheduled()) return;
  const auto sent = channel_.send(encode_request(request), fds);
  if (sent) return;
  // A guardian that does not read has stopped: without it we may not go on.
  log_.error("guardian-unreachable", "worker",
             base::concat(name_of(request), ": ", sent.error().message));
  broken_.schedule();
}

void GuardianClient::ask_for_reload(std::string_view who) {
  order(AskReload{.who = std::string(who)});
}

void GuardianClient::ask_for_check(std::string_view who) {
  order(AskReload{.who = std::string(who), .check = true});
}

void GuardianClient::commit_reload() {
  committed_ = true;
  order(CommitReload{});
}

void GuardianClient::refuse_reload(std::string_view reason) {
  order(RefuseReload{std::string(reason.substr(0, kMaxReason))});
}

void GuardianClient::handle_reload(const Reply& reply, std::vector<net::UniqueFd>& fds) {
  if (std::holds_alternative<ReloadDone>(reply)) {
    committed_ = false;
    return;
  }
  if (reloads_ == nullptr) return;
  if (const auto* failed = std::get_if<ReloadFailed>(&reply)) {
    reloads_->on_reload_failed(*failed);
    return;
  }
  net::UniqueFd fd = fds.empty() ? net::UniqueFd() : std::move(fds.front());
  if (const auto* bind = std::get_if<ReloadBind>(&reply)) {
    reloads_->on_reload_bind(bind->bind, std::move(fd));
  } else if (const auto* receive = std::get_if<ReloadReceive>(&reply)) {
    const auto family = receive->ipv6 ? base::Family::kIpv6 : base::Family::kIpv4;
    reloads_->on_reload_receiver(receive->interface, family, std::move(fd));
  } else if (const auto* channel = std::get_if<ReloadChannel>(&reply)) {
    reloads_->on_reload_channel(channel->to, std::move(fd));
  } else if (const auto* model = std::get_if<ReloadModel>(&reply)) {
    auto envelope = read_all(fd.get()).value_or(std::string());
    if (model->check) {
      reloads_->on_check_model(model->who, std::move(envelope));
    } else {
      reloads_->on_reload_model(model->who, model->scripts, std::move(envelope));
    }
  }
}

void GuardianClient::handle(const Reply& reply, std::vector<net::UniqueFd>& fds) {
  const bool about_reload =
      std::holds_alternative<ReloadBind>(reply) || std::holds_alternative<ReloadReceive>(reply) ||
      std::holds_alternative<ReloadChannel>(reply) || std::holds_alternative<ReloadModel>(reply) ||
      std::holds_alternative<ReloadDone>(reply) || std::holds_alternative<ReloadFailed>(reply);
  if (about_reload) return handle_reload(reply, fds);
  if (committed_ && is_by_index(reply)) return;
  if (const auto* leave = std::get_if<Leave>(&reply)) {
    events_.on_leave(leave->drain);
  } else if (const auto* lost = std::get_if<VipLost>(&reply)) {
    events_.on_vip_lost(lost->group, lost->reason);
  } else if (const auto* routes = std::get_if<RoutesState>(&reply)) {
    events_.on_routes_state(routes->group, routes->fault);
  } else if (const auto* link = std::get_if<LinkState>(&reply)) {
    events_.on_link_state(link->interface, link->carrier, link->addressed);
  } else if (const auto* found = std::get_if<TargetFound>(&reply)) {
    events_.on_target_found(*found);
  } else if (const auto* echo = std::get_if<EchoSocket>(&reply)) {
    if (!fds.empty()) events_.on_echo_socket(echo->target, std::move(fds.front()));
  } else if (const auto* maintained = std::get_if<InMaintenance>(&reply)) {
    events_.on_maintenance(maintained->group);
  } else if (std::holds_alternative<Opened>(reply)) {
    if (!fds.empty()) events_.on_scripts(std::move(fds.front()));
  } else if (const auto* away = std::get_if<GiveAway>(&reply)) {
    events_.on_give_away(*away, fds.empty() ? net::UniqueFd() : std::move(fds.front()));
  } else if (std::holds_alternative<TakeOver>(reply)) {
    if (!fds.empty()) events_.on_take_over(std::move(fds.front()));
  } else if (std::holds_alternative<Serve>(reply)) {
    events_.on_serve();
  } else if (const auto* decided = std::get_if<Decided>(&reply)) {
    events_.on_decision(decided->decision);
  } else if (const auto* seen = std::get_if<VipSeen>(&reply)) {
    events_.on_vip_seen(*seen);
  } else if (const auto* refused = std::get_if<Refused>(&reply)) {
    log_.error("guardian-refused", "worker", refused->reason);
  }
}

void GuardianClient::on_readable(event::FdEvents) noexcept {
  net::Packet packet;
  while (watch_.started()) {
    const auto received = channel_.receive(packet);
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      on_broken();
      return;
    }
    if (*received == net::SeqpacketChannel::Received::kNothing) return;
    if (const auto reply = decode_reply(packet.bytes)) handle(*reply, packet.fds);
  }
}

void GuardianClient::on_broken() noexcept {
  watch_.stop();
  broken_.cancel();
  events_.on_guardian_gone();
}

}  // namespace hapair::guardian
