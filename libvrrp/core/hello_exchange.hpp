// One node's side of the hellos between the nodes: when to send, whom to believe, who is there.
// Pure: events with their time in, effects out. Nothing here takes part in an election.
//
// A hello counts once. Within a session its number must grow; a new session is believed only when
// it repeats the challenge last sent to that node, which changes with every session believed. So
// no recording is ever news, not even to a node that has just started, and no clock matters.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/time.hpp"
#include "libvrrp/core/hello.hpp"

namespace hapair::vrrp {

struct HelloSettings {
  std::string node;                ///< our name
  std::vector<std::string> peers;  ///< the other nodes'
  base::Duration interval = std::chrono::seconds(1);
};

struct HelloPeer {
  std::string name;
  bool present = false;              ///< heard within three intervals
  NodeReport report;                 ///< the last one; empty before the first
  base::Instant heard{};             ///< then; when we started before the first
  base::Duration ahead{};            ///< its clock before ours, less the way here
  std::uint64_t hellos = 0;          ///< believed
  std::optional<DrillNote> drill{};  ///< the last one in this session
  std::uint64_t drill_notes = 0;     ///< heard
};

struct SendHello {
  std::size_t peer = 0;
  std::vector<std::uint8_t> datagram;
};

struct PeerSeen {
  std::size_t peer = 0;
};

/// Not heard for three intervals, or in the first three at all.
struct PeerLost {
  std::size_t peer = 0;
};

enum class HelloAlarmKind : std::uint8_t {
  kConfigDiffers,   ///< the nodes run different files
  kVersionDiffers,  ///< a notice: so it is while the nodes are upgraded
  kClockDiffers,    ///< logs of the nodes can't be compared
};

/// "hello-config-differs" and so on: the id of its log record.
[[nodiscard]] std::string_view to_string(HelloAlarmKind kind);

/// Told once, and once when it is over.
struct HelloAlarm {
  HelloAlarmKind kind = HelloAlarmKind::kConfigDiffers;
  std::size_t peer = 0;
  bool over = false;
  std::string message;
};

using HelloEffect = std::variant<SendHello, PeerSeen, PeerLost, HelloAlarm>;
using HelloEffects = std::vector<HelloEffect>;

struct HelloDrops {
  std::uint64_t not_ours = 0;  ///< no hello, or of someone without the key, or for another node
  std::uint64_t unproven = 0;  ///< a session that has not answered our challenge
  std::uint64_t replayed = 0;  ///< a number used before

  [[nodiscard]] std::uint64_t total() const { return not_ours + unproven + replayed; }
};

struct UsableServers {
  std::size_t peer = 0;
  std::uint16_t usable = 0;
};

class HelloExchange {
 public:
  /// Changes are told at once, but no node is sent more than one hello within this.
  static constexpr base::Duration kMinGap = std::chrono::milliseconds(100);
  /// A letter that stands is said again so often: datagrams get lost.
  static constexpr base::Duration kLetterInterval = std::chrono::milliseconds(500);
  /// Beyond this it is told, below the half of it that it is over.
  static constexpr base::Duration kClockTolerance = std::chrono::seconds(2);

  /// `secret_number` never repeats between runs and can't be guessed: the session and, with the
  /// authenticator, the challenges come from it. The authenticator outlives the exchange.
  HelloExchange(HelloSettings settings, std::uint64_t secret_number,
                const Authenticator& authenticator);

  [[nodiscard]] HelloEffects on_start(NodeReport report, base::Instant now, base::WallTime wall);
  /// What we have to say has changed, or not.
  [[nodiscard]] HelloEffects on_report(NodeReport report, base::Instant now, base::WallTime wall);
  /// Beside our hellos that peer is to hear this; nullopt: nothing more. At once where it is new,
  /// but not more than one in kMinGap.
  [[nodiscard]] HelloEffects on_letter(std::size_t peer, std::optional<DrillNote> letter,
                                       base::Instant now, base::WallTime wall);
  [[nodiscard]] HelloEffects on_datagram(base::Bytes datagram, base::Instant now,
                                         base::WallTime wall);
  [[nodiscard]] HelloEffects on_deadline(base::Instant now, base::WallTime wall);
  /// When to call on_deadline(); changes with every call above.
  [[nodiscard]] std::optional<base::Instant> deadline() const;

  [[nodiscard]] std::vector<HelloPeer> peers() const;
  [[nodiscard]] const std::string& peer_name(std::size_t peer) const {
    return peers_[peer].known.name;
  }
  [[nodiscard]] const HelloDrops& drops() const { return drops_; }
  /// The node with the most usable servers of the backend, of those that are there and not unfit
  /// for the VIP; nullopt: none says.
  [[nodiscard]] std::optional<UsableServers> most_usable(std::string_view vip,
                                                         std::string_view backend) const;

 private:
  struct Peer {
    HelloPeer known;
    std::uint64_t session = 0;   ///< that is believed; 0: none
    std::uint64_t sequence = 0;  ///< the last one in it
    std::uint64_t challenge = 0;
    std::uint64_t echo = 0;
    base::Instant due{};  ///< of the next hello to it
    std::optional<base::Instant> sent;
    std::optional<DrillNote> letter{};
    base::Instant letter_due{};  ///< where there is one
    std::optional<base::Instant> letter_sent{};
    bool missed = false;      ///< that was told
    std::uint8_t alarms = 0;  ///< a bit for each kind that was told
  };

  void send_due(base::Instant now, base::WallTime wall, HelloEffects& effects);
  void send_letter(std::size_t index, base::Instant now, base::WallTime wall,
                   HelloEffects& effects);
  [[nodiscard]] Hello hello_to(const Peer& peer, base::WallTime wall);
  void send_soon(Peer& peer, base::Instant now);
  [[nodiscard]] bool believe(Peer& peer, const Hello& hello, base::Instant now);
  void compare(std::size_t index, HelloEffects& effects);
  void tell(std::size_t index, HelloAlarmKind kind, bool differs, std::string message,
            HelloEffects& effects);
  [[nodiscard]] bool told(std::size_t index, HelloAlarmKind kind) const;
  [[nodiscard]] std::uint64_t next_challenge();
  [[nodiscard]] base::Duration patience() const { return 3 * settings_.interval; }

  HelloSettings settings_;
  const Authenticator& authenticator_;
  std::uint64_t session_;
  std::uint64_t challenges_ = 0;
  std::uint64_t sequence_ = 0;
  bool started_ = false;
  NodeReport report_;
  std::vector<Peer> peers_;
  HelloDrops drops_;
};

}  // namespace hapair::vrrp
