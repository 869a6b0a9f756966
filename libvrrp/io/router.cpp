#include "libvrrp/io/router.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "libvrrp/core/neighbourhood.hpp"

namespace hapair::vrrp {

Router::Router(event::EventLoop& loop, std::size_t group, const GroupSettings& settings,
               Fitness fitness, AdvertReceiver& receiver, VipPort& port, RouterListener& listener,
               const base::Logger& logger, base::Journal& journal)
    : loop_(loop),
      group_(group),
      settings_(settings),
      receiver_(receiver),
      port_(port),
      listener_(listener),
      logger_(logger),
      journal_(journal),
      election_(settings, std::move(fitness)),
      authenticator_(settings.key),
      checks_(settings, &authenticator_),
      checksums_(settings),
      announcements_(settings.announce),
      deadline_(loop, event::Priority::kVrrp, event::Callback<>::to<&Router::on_deadline>(this)),
      announce_timer_(loop, event::Priority::kVrrp,
                      event::Callback<>::to<&Router::on_announce_due>(this)) {
  receiver_.add(settings_.vrid, *this);
}

Router::~Router() { receiver_.remove(settings_.vrid); }

void Router::start() { perform(election_.on_start(loop_.now())); }

void Router::resign(std::string_view why) {
  if (!frozen_) perform(election_.on_shutdown(why));
}

void Router::freeze() {
  frozen_ = true;
  deadline_.cancel();
  announce_timer_.cancel();
}

void Router::thaw() {
  if (!std::exchange(frozen_, false)) return;
  if (const auto deadline = election_.memory().deadline) deadline_.arm_at(*deadline);
  announce(0);
}

void Router::resume(const RouterMemory& memory) {
  history_ = memory.history;
  while (history_.size() > kHistory) history_.pop_front();
  times_master_ = memory.times_master;
  figures_ = memory.figures;
  perform(election_.resume(memory.election, loop_.now()));
  // Tells the switches once more, and goes on with the announcements that are made again and again.
  if (is_master()) announce(announcements_.start(loop_.now()));
}

void Router::set_fitness(const Fitness& fitness) {
  if (frozen_) return;
  const Fitness before = election_.fitness();
  const bool changed = before.priority != fitness.priority || before.verdict != fitness.verdict;
  if (changed) {
    note("vrrp-priority", base::concat(before.priority, " (", to_string(before.verdict), ")"),
         base::concat(fitness.priority, " (", to_string(fitness.verdict), ")"), fitness.reason);
  }
  const base::Journal::Cause cause(
      journal_, changed ? journal_.last("vrrp-priority", settings_.name) : std::nullopt);
  perform(election_.on_fitness(fitness, loop_.now()));
  if (before.priority == fitness.priority) return;
  std::string message = base::concat("priority ", before.priority, " -> ", fitness.priority);
  if (!fitness.reason.empty()) message += base::concat(": ", fitness.reason);
  logger_.info("vrrp-priority", settings_.name, message);
}

void Router::use(std::size_t group, const GroupSettings& settings) {
  const bool peers = settings.unicast != settings_.unicast || settings.peers != settings_.peers;
  group_ = group;
  settings_ = settings;
  authenticator_ = HmacAuthenticator(settings.key);
  checks_.use(settings);
  if (peers) checksums_ = ChecksumChoice(settings);
  announcements_.use(settings.announce);
  election_.on_sending(port_.sending(group_));
  perform(election_.on_settings(settings, loop_.now()));
}

bool Router::held_elsewhere(const base::IpAddress& address) const {
  return election_.state() == State::kBackup &&
         std::ranges::find(advertised_, address) != advertised_.end();
}

void Router::grant() {
  if (!frozen_) perform(election_.on_grant(loop_.now()));
}

void Router::step_down(std::string_view why) {
  if (!frozen_) perform(election_.on_step_down(why, loop_.now()));
}

void Router::give_way(std::string_view why) {
  if (!frozen_) perform(election_.on_give_way(why, loop_.now()));
}

void Router::on_datagram(const Datagram& datagram) noexcept {
  const auto decoded = checks_.accept(datagram);
  if (!decoded) {
    on_dropped(decoded.error(), datagram.source);
    return;
  }
  const base::Instant now = loop_.now();
  peers_.heard(*decoded, datagram.source, now);
  ++figures_.adverts;
  if (decoded->advert.priority == 0) ++figures_.farewells;
  if (advertised_ != decoded->advert.addresses) advertised_ = decoded->advert.addresses;
  if (const auto alarm = about_stranger(settings_, datagram.source, receiver_.vrids())) {
    perform(*alarm);
  }
  if (signs(settings_.signatures) && !decoded->is_signed) {
    perform(Alarm{AlarmKind::kUnsignedPeer,
                  base::concat(datagram.source.to_string(),
                               " does not sign its adverts; it is heeded because the mode is "
                               "permissive, and so is anybody else on this network")});
  }
  // First of all: what this advert makes us send is for its sender to understand.
  if (const auto order = checksums_.on_advert(*decoded, datagram.source, now)) perform(*order);
  election_.on_sending(port_.sending(group_));
  perform(election_.on_advert(decoded->advert, datagram.source, now));
}

/// Before silence is taken for death, the socket is looked at once more: an advert in there moves
/// the deadline, and then the timer is armed again.
void Router::on_deadline() noexcept {
  lateness_.record(loop_.now() - deadline_.deadline());
  receiver_.drain();
  if (deadline_.armed()) return;
  election_.on_sending(port_.sending(group_));
  perform(election_.on_deadline(loop_.now()));
}

void Router::on_announce_due() noexcept { announce(announcements_.on_deadline(loop_.now())); }

void Router::announce(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) port_.announce(group_);
  if (const auto next = announcements_.next()) {
    announce_timer_.arm_at(*next);
  } else {
    announce_timer_.cancel();
  }
}

void Router::perform(const ChecksumOrder& order) {
  port_.use_checksum(group_, order.peer, order.form);
  if (!logger_.takes(base::LogLevel::kDebug)) return;
  const std::string to =
      settings_.unicast ? settings_.peers[order.peer].to_string() : "the multicast group";
  logger_.debug("vrrp-checksum", settings_.name,
                base::concat("adverts to ", to,
                             " carry the checksum form heard from there: ", to_string(order.form)));
}

void Router::perform(const Effects& effects) {
  for (const Effect& effect : effects) {
    std::visit([this](const auto& one) { perform(one); }, effect);
  }
}

void Router::perform(const Advertise& order) {
  port_.advertise(group_, order.priority, order.interval);
}

void Router::perform(const StopAdvertising& order) { port_.stop_advertising(group_, order.resign); }

void Router::perform(const AcquireVips& /*order*/) {
  listener_.on_holding(group_);
  port_.hold(group_);
}

void Router::perform(const ReleaseVips& /*order*/) {
  announcements_.stop();
  announce_timer_.cancel();
  port_.release(group_);
}

void Router::perform(const Announce& /*order*/) { announce(announcements_.start(loop_.now())); }

void Router::perform(const ArmDeadline& order) { deadline_.arm_at(order.at); }

void Router::perform(const DisarmDeadline& /*order*/) { deadline_.cancel(); }

void Router::perform(const Claim& /*claim*/) { listener_.on_claim(group_); }

void Router::perform(const Transition& transition) {
  if (history_.size() == kHistory) history_.pop_front();
  history_.push_back(
      {transition.from, transition.to, transition.reason, loop_.now(), event::wall_now()});
  if (transition.to == State::kMaster) ++times_master_;
  count(transition);
  note("vrrp-transition", std::string(to_string(transition.from)),
       std::string(to_string(transition.to)), transition.reason);
  logger_.log(transition.to == State::kFault ? base::LogLevel::kWarning : base::LogLevel::kInfo,
              "vrrp-transition", settings_.name,
              base::concat(to_string(transition.from), " -> ", to_string(transition.to), ": ",
                           transition.reason));
  listener_.on_role(group_, transition.to, transition.reason);
}

void Router::count(const Transition& transition) {
  const auto from = static_cast<std::size_t>(transition.from);
  const auto to = static_cast<std::size_t>(transition.to);
  ++figures_.transitions.at(from).at(to);
  if (transition.to != State::kMaster) return;
  std::optional<base::Instant> heard;
  for (const PeerHeard& peer : peers_.peers()) {
    if (!heard || peer.last_heard > *heard) heard = peer.last_heard;
  }
  // Who fell silent before it was backup this time is not the one that it takes over from.
  const base::Instant since =
      history_.size() > 1 ? history_[history_.size() - 2].at : base::Instant{};
  if (heard && *heard + settings_.advert_interval >= since) {
    figures_.silence.record(loop_.now() - *heard);
  }
}

void Router::perform(const Alarm& alarm) {
  const auto kind = static_cast<std::size_t>(alarm.kind);
  ++alarms_[kind];
  const auto level = is_notice(alarm.kind) ? base::LogLevel::kInfo : base::LogLevel::kWarning;
  if (log_guarded(alarm_guards_[kind], level, to_string(alarm.kind), alarm.message)) {
    note(to_string(alarm.kind), "", "", alarm.message);
  }
}

/// With the figures that an election goes by.
void Router::note(std::string_view id, std::string from, std::string to, std::string cause) {
  const auto shown = [](base::Duration duration) {
    return base::format_duration(std::chrono::round<std::chrono::microseconds>(duration));
  };
  base::JournalEvent event{.id = std::string(id),
                           .subject = settings_.name,
                           .from = std::move(from),
                           .to = std::move(to),
                           .cause = std::move(cause),
                           .at = loop_.now(),
                           .wall = event::wall_now()};
  event.figures = {{"priority", base::concat(election_.priority())},
                   {"verdict", std::string(to_string(election_.fitness().verdict))},
                   {"master_interval", shown(election_.master_interval())},
                   {"master_down_interval", shown(election_.master_down_interval())},
                   {"deadline_lateness_max", shown(lateness_.max())}};
  for (const PeerHeard& peer : peers_.peers()) {
    event.figures.emplace_back(base::concat("peer ", peer.address.to_string()),
                               base::concat("priority ", peer.priority, ", heard ",
                                            shown(loop_.now() - peer.last_heard), " ago"));
  }
  journal_.add(std::move(event));
}

/// Junk is logged; what a node of ours or a stranger has sent in earnest is an alarm.
void Router::on_dropped(DropReason reason, const base::IpAddress& from) {
  if (reason == DropReason::kOwnPacket) return;
  if (const auto alarm = about_refused(settings_, from, reason, receiver_.vrids())) {
    perform(*alarm);
    return;
  }
  log_guarded(drop_guards_[static_cast<std::size_t>(reason)], base::LogLevel::kWarning,
              "vrrp-advert-dropped",
              base::concat("dropped an advert from ", from.to_string(), ": ", explain(reason)));
}

bool Router::log_guarded(base::RepeatGuard& guard, base::LogLevel level, std::string_view id,
                         std::string_view message) {
  const auto held_back = guard.pass(loop_.now());
  if (!held_back) return false;
  if (*held_back == 0) {
    logger_.log(level, id, settings_.name, message);
  } else {
    logger_.log(level, id, settings_.name,
                base::concat(message, " (and ", *held_back, " more like it before)"));
  }
  return true;
}

}  // namespace hapair::vrrp
