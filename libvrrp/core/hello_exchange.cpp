#include "libvrrp/core/hello_exchange.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::vrrp {

std::string_view to_string(HelloAlarmKind kind) {
  switch (kind) {
    case HelloAlarmKind::kConfigDiffers:
      return "hello-config-differs";
    case HelloAlarmKind::kVersionDiffers:
      return "hello-version-differs";
    case HelloAlarmKind::kClockDiffers:
      return "hello-clock-differs";
  }
  return "unknown";
}

namespace {

constexpr std::uint8_t bit_of(HelloAlarmKind kind) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
}

std::string message_of_end(HelloAlarmKind kind, std::string_view peer) {
  switch (kind) {
    case HelloAlarmKind::kConfigDiffers:
      return base::concat(peer, " runs the same config as this node again");
    case HelloAlarmKind::kVersionDiffers:
      return base::concat(peer, " runs the same version of hapair as this node again");
    case HelloAlarmKind::kClockDiffers:
      return base::concat("the clock of ", peer, " agrees with this node's again");
  }
  return {};
}

}  // namespace

HelloExchange::HelloExchange(HelloSettings settings, std::uint64_t secret_number,
                             const Authenticator& authenticator)
    : settings_(std::move(settings)),
      authenticator_(authenticator),
      session_(secret_number != 0 ? secret_number : 1) {
  for (const std::string& name : settings_.peers) {
    Peer& peer = peers_.emplace_back();
    peer.known.name = name;
    peer.challenge = next_challenge();
  }
}

/// A tag over a number of ours: nobody without the key can tell the next one.
std::uint64_t HelloExchange::next_challenge() {
  base::ByteWriter seed;
  seed.bytes(base::as_bytes("challenge")).u64(session_).u64(++challenges_);
  const AuthTag tag = authenticator_.tag(seed.view());
  return std::max<std::uint64_t>(base::ByteReader(tag).u64(), 1);
}

HelloEffects HelloExchange::on_start(NodeReport report, base::Instant now, base::WallTime wall) {
  started_ = true;
  report_ = std::move(report);
  for (Peer& peer : peers_) {
    peer.due = now;
    peer.known.heard = now;
  }
  return on_deadline(now, wall);
}

HelloEffects HelloExchange::on_report(NodeReport report, base::Instant now, base::WallTime wall) {
  if (report == report_) return {};
  report_ = std::move(report);
  for (Peer& peer : peers_) send_soon(peer, now);
  return on_deadline(now, wall);
}

HelloEffects HelloExchange::on_letter(std::size_t peer, std::optional<DrillNote> letter,
                                      base::Instant now, base::WallTime wall) {
  Peer& to = peers_[peer];
  if (letter == to.letter) return {};
  to.letter = std::move(letter);
  to.letter_due = to.letter_sent ? std::max(now, *to.letter_sent + kMinGap) : now;
  return on_deadline(now, wall);
}

HelloEffects HelloExchange::on_datagram(base::Bytes datagram, base::Instant now,
                                        base::WallTime wall) {
  HelloEffects effects;
  const auto hello = decode_hello(datagram, authenticator_);
  const auto sender = std::ranges::find_if(peers_, [&](const Peer& peer) {
    return hello && hello->to == settings_.node && hello->from == peer.known.name;
  });
  if (sender == peers_.end()) {
    ++drops_.not_ours;
    return effects;
  }
  if (!believe(*sender, *hello, now)) {
    send_due(now, wall, effects);
    return effects;
  }
  const auto index = static_cast<std::size_t>(sender - peers_.begin());
  HelloPeer& known = sender->known;
  if (!known.present) effects.emplace_back(PeerSeen{index});
  known.present = true;
  sender->missed = false;
  if (hello->drill) {
    known.drill = hello->drill;
    ++known.drill_notes;
  } else {
    known.report = hello->report;
  }
  known.heard = now;
  known.ahead = hello->wall - wall;
  ++known.hellos;
  if (!hello->drill) compare(index, effects);
  send_due(now, wall, effects);
  return effects;
}

/// Whoever has not answered our challenge gets it at once, and so does one that has just done so:
/// that is how both ends come to believe each other without waiting for the next turn.
bool HelloExchange::believe(Peer& peer, const Hello& hello, base::Instant now) {
  if (hello.session == peer.session) {
    if (hello.sequence <= peer.sequence) {
      ++drops_.replayed;
      return false;
    }
  } else {
    send_soon(peer, now);
    if (hello.session == 0 || hello.echo != peer.challenge) {
      ++drops_.unproven;
      peer.echo = hello.challenge;
      return false;
    }
    peer.session = hello.session;
    peer.known.drill.reset();
    peer.challenge = next_challenge();
  }
  peer.sequence = hello.sequence;
  peer.echo = hello.challenge;
  return true;
}

void HelloExchange::send_soon(Peer& peer, base::Instant now) {
  peer.due = std::min(peer.due, peer.sent ? std::max(now, *peer.sent + kMinGap) : now);
}

HelloEffects HelloExchange::on_deadline(base::Instant now, base::WallTime wall) {
  HelloEffects effects;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    if (peer.missed || now - peer.known.heard < patience()) continue;
    peer.missed = true;
    peer.known.present = false;
    effects.emplace_back(PeerLost{i});
  }
  send_due(now, wall, effects);
  return effects;
}

void HelloExchange::send_due(base::Instant now, base::WallTime wall, HelloEffects& effects) {
  if (!started_) return;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    Peer& peer = peers_[i];
    send_letter(i, now, wall, effects);
    if (peer.due > now) continue;
    Hello hello = hello_to(peer, wall);
    hello.report = report_;
    effects.emplace_back(SendHello{i, encode_hello(hello, authenticator_)});
    peer.sent = now;
    peer.due = now + settings_.interval;
  }
}

Hello HelloExchange::hello_to(const Peer& peer, base::WallTime wall) {
  return {.from = settings_.node,
          .to = peer.known.name,
          .session = session_,
          .sequence = ++sequence_,
          .challenge = peer.challenge,
          .echo = peer.echo,
          .wall = wall,
          .report = {}};
}

/// Beside the hellos, never instead of one: a node that knows no letters misses nothing.
void HelloExchange::send_letter(std::size_t index, base::Instant now, base::WallTime wall,
                                HelloEffects& effects) {
  Peer& peer = peers_[index];
  if (!peer.letter || peer.letter_due > now) return;
  Hello hello = hello_to(peer, wall);
  hello.drill = peer.letter;
  effects.emplace_back(SendHello{index, encode_hello(hello, authenticator_)});
  peer.letter_sent = now;
  peer.letter_due = now + kLetterInterval;
}

void HelloExchange::compare(std::size_t index, HelloEffects& effects) {
  const HelloPeer& peer = peers_[index].known;
  const NodeReport& theirs = peer.report;
  tell(index, HelloAlarmKind::kConfigDiffers, theirs.config_hash != report_.config_hash,
       base::concat(peer.name, " runs the config ", theirs.config_hash, ", this node runs ",
                    report_.config_hash),
       effects);
  tell(index, HelloAlarmKind::kVersionDiffers, theirs.version != report_.version,
       base::concat(peer.name, " runs hapair ", theirs.version, ", this node runs ",
                    report_.version),
       effects);
  const bool ahead = peer.ahead > base::Duration::zero();
  const base::Duration apart = ahead ? peer.ahead : -peer.ahead;
  const bool was_apart = told(index, HelloAlarmKind::kClockDiffers);
  tell(index, HelloAlarmKind::kClockDiffers,
       apart > (was_apart ? kClockTolerance / 2 : kClockTolerance),
       base::concat("the clock of ", peer.name, " is ",
                    base::format_duration(std::chrono::round<std::chrono::milliseconds>(apart)),
                    ahead ? " ahead of" : " behind", " this node's"),
       effects);
}

bool HelloExchange::told(std::size_t index, HelloAlarmKind kind) const {
  return (peers_[index].alarms & bit_of(kind)) != 0;
}

void HelloExchange::tell(std::size_t index, HelloAlarmKind kind, bool differs, std::string message,
                         HelloEffects& effects) {
  if (differs == told(index, kind)) return;
  Peer& peer = peers_[index];
  peer.alarms = static_cast<std::uint8_t>(peer.alarms ^ bit_of(kind));
  if (!differs) message = message_of_end(kind, peer.known.name);
  effects.emplace_back(HelloAlarm{kind, index, !differs, std::move(message)});
}

std::optional<base::Instant> HelloExchange::deadline() const {
  std::optional<base::Instant> first;
  const auto consider = [&first](base::Instant at) { first = first ? std::min(*first, at) : at; };
  for (const Peer& peer : peers_) {
    if (!started_) continue;
    consider(peer.due);
    if (peer.letter) consider(peer.letter_due);
    if (!peer.missed) consider(peer.known.heard + patience());
  }
  return first;
}

std::vector<HelloPeer> HelloExchange::peers() const {
  std::vector<HelloPeer> known;
  for (const Peer& peer : peers_) known.push_back(peer.known);
  return known;
}

std::optional<UsableServers> HelloExchange::most_usable(std::string_view vip,
                                                        std::string_view backend) const {
  std::optional<UsableServers> most;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const HelloPeer& peer = peers_[i].known;
    if (!peer.present) continue;
    const auto stand = std::ranges::find(peer.report.vips, vip, &HelloVip::name);
    if (stand == peer.report.vips.end() || stand->verdict == Verdict::kUnfit) continue;
    const auto count = std::ranges::find(peer.report.backends, backend, &HelloBackend::name);
    if (count == peer.report.backends.end()) continue;
    if (!most || count->usable > most->usable) most = UsableServers{i, count->usable};
  }
  return most;
}

}  // namespace hapair::vrrp
