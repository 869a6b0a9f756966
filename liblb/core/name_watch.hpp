// A server that the file gives by name: from the answers of the DNS and the time to the servers
// that there are, one for each address. Asks again when an answer has run out; keeps the last good
// one while none comes. An address that has gone leaves at once where another one serves; where
// none does, the newcomers first get the time to pass their checks. Pure.
//
// Decided in rounds: all questions of a name are asked, and its servers changed once all answers
// are there.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {

/// Which of a host's addresses are used.
enum class AddressChoice : std::uint8_t {
  kPreferIpv4,  ///< its IPv6 addresses only where it has none of IPv4
  kPreferIpv6,
  kOnlyIpv4,
  kOnlyIpv6,
  kBoth,
};

enum class NameRecord : std::uint8_t { kIpv4, kIpv6, kService };

/// "A", "AAAA", "SRV".
[[nodiscard]] std::string_view to_string(NameRecord record);

struct NameQuestion {
  std::string name;
  NameRecord record = NameRecord::kIpv4;
  auto operator<=>(const NameQuestion&) const = default;
};

/// A host that offers a service (RFC 2782).
struct ServiceHost {
  std::string name;  ///< empty: the service is not offered
  std::uint16_t port = 0;
  std::uint16_t priority = 0;  ///< lower goes first
  std::uint16_t weight = 0;
};

struct NameAnswer {
  enum class Kind : std::uint8_t {
    kData,
    kNone,    ///< there is no such name, or nothing of this type
    kFailed,  ///< nobody could say
  };
  Kind kind = Kind::kFailed;
  std::vector<base::IpAddress> addresses{};
  std::vector<ServiceHost> services{};
  base::Duration ttl{};  ///< the answer's; not of a failure
  std::string text{};    ///< in words, where there are no data: "no such name"
};

struct NameSettings {
  std::string name;          ///< of a host, or of a service
  bool service = false;      ///< asked for by SRV, which tells ports, priorities and weights
  std::uint16_t port = 0;    ///< of a host's servers
  std::uint32_t weight = 1;  ///< likewise
  AddressChoice choice = AddressChoice::kPreferIpv4;
  std::size_t slots = 16;  ///< so many servers at most, beside those that are leaving

  base::Duration min_ttl = std::chrono::seconds(1);  ///< above 0; no answer is asked for earlier
  base::Duration max_ttl = std::chrono::minutes(5);  ///< none holds longer
  base::Duration retry = std::chrono::seconds(1);    ///< after a failure; doubles up to kMaxRetry
  base::Duration hold_failed = std::chrono::hours(24);  ///< a good answer, while none comes
  base::Duration hold_none = std::chrono::seconds(30);  ///< servers, once there is no such name
  base::Duration hold_gone{};                           ///< a server, once its address has gone
  base::Duration handover = std::chrono::seconds(10);   ///< until a newcomer has to serve

  /// Such addresses are no servers: they are our own.
  std::vector<base::IpAddress> refused{};
};

enum class NameState : std::uint8_t {
  kResolving,  ///< there is no server: no answer yet, or none with an address for too long
  kResolved,
  kKept,  ///< the servers are those of an earlier answer
};

/// "resolving", "resolved", "kept".
[[nodiscard]] std::string_view to_string(NameState state);

// What is to be done, in order.

struct AskName {
  NameQuestion question;
};
/// `slot` counts from 1 and names the server as long as it is there.
struct AddNamed {
  unsigned slot = 0;
  base::Endpoint endpoint;
  std::uint32_t weight = 1;  ///< 1 to 256
  std::uint16_t tier = 0;    ///< 0: of the best priority
};
struct WeighNamed {
  unsigned slot = 0;
  std::uint32_t weight = 1;
  std::uint16_t tier = 0;
};
struct RemoveNamed {
  unsigned slot = 0;
  std::string why;
};
/// The state, or the reason for it, has changed.
struct TellName {
  NameState state = NameState::kResolving;
  std::string why;
};
/// There are more addresses than slots, or no longer.
struct TellOverflow {
  std::size_t addresses = 0;
};
using NameEffect = std::variant<AskName, AddNamed, WeighNamed, RemoveNamed, TellName, TellOverflow>;
using NameEffects = std::vector<NameEffect>;

class NameWatch {
 public:
  static constexpr base::Duration kMaxRetry = std::chrono::seconds(30);
  /// A name that has no address is asked for again after this at the latest, whatever its TTL: it
  /// may have been made in the meantime.
  static constexpr base::Duration kMaxNoneTtl = std::chrono::seconds(10);
  /// Hosts of one service that are asked for; the rest are left out.
  static constexpr std::size_t kMaxHosts = 64;
  static constexpr std::uint32_t kMaxWeight = 256;

  explicit NameWatch(NameSettings settings);

  /// Begins; once.
  [[nodiscard]] NameEffects on_start(base::Instant now);
  /// Holds for the answers to come.
  void adjust(std::uint32_t weight, std::vector<base::IpAddress> refused) {
    settings_.weight = weight;
    settings_.refused = std::move(refused);
  }
  /// The answer to a question that was asked; each gets one.
  [[nodiscard]] NameEffects on_answer(const NameQuestion& question, NameAnswer answer,
                                      base::Instant now);
  /// A server that it has added came or went out of use.
  [[nodiscard]] NameEffects on_usable(unsigned slot, bool usable, base::Instant now);
  [[nodiscard]] NameEffects on_time(base::Instant now);

  /// When on_time() is due; nullopt: only an answer can change anything.
  [[nodiscard]] std::optional<base::Instant> due() const;

  [[nodiscard]] const NameSettings& settings() const { return settings_; }
  [[nodiscard]] NameState state() const { return state_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::size_t servers() const { return servers_.size(); }

 private:
  /// What is known in answer to one question.
  struct Known {
    NameAnswer::Kind last = NameAnswer::Kind::kFailed;
    std::vector<base::IpAddress> addresses;  ///< of the last good answer, while it holds
    std::vector<ServiceHost> services;       ///< likewise
    base::Duration ttl{};
    std::string text;
    std::optional<base::Instant> failing_since;
    bool asked = false;  ///< the answer is still out
    std::uint64_t round = 0;
  };
  struct Server {
    unsigned slot = 0;
    base::Endpoint endpoint;
    std::uint32_t weight = 1;
    std::uint16_t tier = 0;
    bool usable = false;
    std::optional<base::Instant> leaving;  ///< since when its address has been gone
  };
  struct Wanted {
    base::Endpoint endpoint;
    std::uint32_t weight = 1;
    std::uint16_t tier = 0;
  };

  void begin_round(NameEffects& effects);
  void ask(const std::string& name, NameRecord record, NameEffects& effects);
  void ask_host(const std::string& name, NameEffects& effects);
  void ask_hosts_of_service(NameEffects& effects);
  void learn(Known& known, NameAnswer answer, base::Instant now);
  void conclude(base::Instant now, NameEffects& effects);
  [[nodiscard]] std::vector<base::IpAddress> addresses_of(const std::string& host) const;
  [[nodiscard]] std::vector<Wanted> wanted() const;
  void want(const std::string& host, const Wanted& as, std::vector<Wanted>& into) const;
  void change_servers(const std::vector<Wanted>& wanted, base::Instant now, NameEffects& effects);
  void keep(Server& server, const Wanted& wanted, NameEffects& effects);
  void add(const Wanted& wanted, NameEffects& effects);
  void remove_all(std::string_view why, NameEffects& effects);
  /// Servers whose time has come go.
  void sweep(base::Instant now, NameEffects& effects);
  [[nodiscard]] base::Instant goes_at(const Server& server) const;
  [[nodiscard]] bool newcomer_serves() const;
  void plan_next(bool failed, bool empty, base::Instant now);
  /// What was known has been kept for as long as it may.
  [[nodiscard]] bool expired(base::Instant now) const;
  /// What went wrong in this round, in words; empty: nothing.
  [[nodiscard]] std::string trouble() const;
  void tell(NameState state, std::string why, NameEffects& effects);

  NameSettings settings_;
  std::map<NameQuestion, Known> known_;
  std::vector<Server> servers_;
  std::uint64_t round_ = 0;
  std::size_t out_ = 0;  ///< answers that are still to come
  std::optional<base::Instant> next_round_;
  std::optional<base::Instant> none_since_;
  base::Duration backoff_;
  std::size_t overflow_ = 0;
  NameState state_ = NameState::kResolving;
  std::string why_ = "not resolved yet";
};

}  // namespace hapair::lb
