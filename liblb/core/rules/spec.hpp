// The rules of a frontend or backend as plain values: what a request must be, and what is then
// done. RuleList compiles them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "liblb/core/rate_of.hpp"
#include "liblb/core/rules/pattern.hpp"

namespace hapair::lb::rules {

/// The Host, in lower case without its port: names, and "*.example.com" for all below one.
struct HostTest {
  std::vector<std::string> names{};

  bool operator==(const HostTest&) const = default;
};

/// How a text is compared. kPattern: with a regular expression.
enum class Compare : std::uint8_t { kPresent, kEquals, kPrefix, kSuffix, kContains, kPattern };

/// The path in its normal form, without the query (see http::normal_path()).
struct PathTest {
  Compare how = Compare::kEquals;  ///< not kPresent
  std::vector<std::string> texts{};
  PatternText pattern{};

  bool operator==(const PathTest&) const = default;
};

struct MethodTest {
  std::vector<std::string> names{};  ///< case counts

  bool operator==(const MethodTest&) const = default;
};

/// Where a named value of the request stands.
enum class Place : std::uint8_t { kHeader, kQuery, kCookie };

/// Some value of that name compares so. Names of header fields have no case.
struct ValueTest {
  Place place = Place::kHeader;
  std::string name{};
  Compare how = Compare::kPresent;
  std::vector<std::string> texts{};
  PatternText pattern{};

  bool operator==(const ValueTest&) const = default;
};

/// The client's address is in one of these networks.
struct SourceTest {
  std::vector<base::Prefix> networks{};

  bool operator==(const SourceTest&) const = default;
};

/// The port that the client connected to.
struct PortTest {
  std::vector<std::uint16_t> ports{};

  bool operator==(const PortTest&) const = default;
};

/// What holds of the client's connection; absent: whatever.
struct TlsTest {
  std::optional<bool> used{};
  std::vector<std::string> server_names{};  ///< as in HostTest; empty: any
  std::vector<std::string> versions{};      ///< "TLSv1.3"; empty: any
  std::vector<std::string> protocols{};     ///< of ALPN: one of them; empty: any
  std::optional<bool> certificate{};        ///< it has shown a certificate that was found good

  bool operator==(const TlsTest&) const = default;
};

/// In UTC. From `from` up to `until`, or over midnight where `until` is earlier.
struct TimeTest {
  std::uint8_t days = 0x7f;  ///< a bit for each day on which it begins, bit 0: Sunday
  std::chrono::minutes from{0};
  std::chrono::minutes until{24 * 60};

  bool operator==(const TimeTest&) const = default;
};

/// So many servers of the backend take traffic at least.
struct HealthTest {
  std::size_t backend = 0;
  std::size_t at_least = 1;

  bool operator==(const HealthTest&) const = default;
};

/// A table knows of more than so many of the request's client.
struct RateTest {
  std::size_t table = 0;
  RateOf of = RateOf::kRequests;
  std::uint64_t over = 0;

  bool operator==(const RateTest&) const = default;
};

/// A map by its name, and by its place on the Shelf once the rules are built.
struct MapName {
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  std::string name{};
  std::size_t place = kNowhere;

  bool operator==(const MapName&) const = default;
};

/// What a text of an action is made of: plain text and, in between, what the request says.
enum class Variable : std::uint8_t {
  kText,
  kClientAddress,
  kHost,
  kPath,    ///< in its normal form
  kQuery,   ///< as it came, without "?"
  kTarget,  ///< path and query as they came, but for slashes in front, of which there is one
  kMethod,
  kScheme,
  kServerName,  ///< that the client asked for under TLS
  kHeader,
  kCookie,
  kParameter,  ///< of the query, decoded; as a key of maps only
};
struct TemplatePart {
  Variable what = Variable::kText;
  std::string text{};  ///< or the name of the header field, cookie or parameter
  /// Given: in place of what the request says the value that this map has for it; nothing where
  /// there is none.
  std::optional<MapName> map{};

  bool operator==(const TemplatePart&) const = default;
};
using Template = std::vector<TemplatePart>;

/// The map has a key for that.
struct MapTest {
  TemplatePart in{};  ///< with a map

  bool operator==(const MapTest&) const = default;
};

struct Match;

struct AnyOf {
  std::vector<Match> of;

  bool operator==(const AnyOf& other) const;
};
struct Not {
  std::vector<Match> of;  ///< exactly one

  bool operator==(const Not& other) const;
};

using Test = std::variant<HostTest, PathTest, MethodTest, ValueTest, SourceTest, PortTest, TlsTest,
                          TimeTest, HealthTest, RateTest, MapTest, AnyOf, Not>;

/// All of these hold; none: it always does.
struct Match {
  std::vector<Test> all{};

  bool operator==(const Match&) const = default;
};

inline bool AnyOf::operator==(const AnyOf& other) const { return of == other.of; }
inline bool Not::operator==(const Not& other) const { return of == other.of; }

// What does not end the list. Matches see the request as it came, whatever rules before have made
// of it.

enum class FieldChange : std::uint8_t { kSet, kAdd, kRemove, kReplace };

/// Of the request on its way to the server, or of the server's response.
struct EditField {
  bool response = false;
  FieldChange change = FieldChange::kSet;
  std::string name{};
  Template value{};       ///< kSet, kAdd; kReplace: with "\1"
  PatternText pattern{};  ///< kReplace: in each value; requests only

  bool operator==(const EditField&) const = default;
};
struct RewritePath {
  std::string prefix{};   ///< is taken off, and
  PatternText pattern{};  ///< instead: the match is replaced
  std::string with{};     ///< put in front, or in place of the match

  bool operator==(const RewritePath&) const = default;
};
struct SetPath {
  Template to{};

  bool operator==(const SetPath&) const = default;
};
struct SetQuery {
  Template to{};  ///< without "?"; when nothing comes out there is no query

  bool operator==(const SetQuery&) const = default;
};
/// 0: the backend's.
struct SetTimeouts {
  base::Duration connect{0};
  base::Duration queue{0};
  base::Duration server{0};

  bool operator==(const SetTimeouts&) const = default;
};
/// Of those who wait in a backend's queue, the lowest go first; 0 without a word.
struct SetPriority {
  int priority = 0;

  bool operator==(const SetPriority&) const = default;
};
/// A value for the access log: see Captures.
struct Capture {
  std::string name{};
  Template from{};               ///< of the request; or
  std::string response_field{};  ///< the name of a field of the response
  std::size_t length = 64;       ///< so many bytes are kept

  bool operator==(const Capture&) const = default;
};
// What must be found out before the request goes on, and may refuse it:

/// Only for those who have a password (RFC 7617).
struct BasicAuth {
  std::size_t users = 0;  ///< the list's place among the engine's
  std::string realm{};
  bool pass = true;  ///< servers see the Authorization field

  bool operator==(const BasicAuth&) const = default;
};
/// Only where a server of that backend says so of the request.
struct ForwardAuth {
  std::size_t backend = 0;
  std::string target{};                        ///< "/verify?full"
  std::vector<std::string> request_fields{};   ///< names of those that it sees, besides its own
  std::vector<std::string> response_fields{};  ///< names of its own that the request goes on with
  base::Duration timeout = std::chrono::seconds(2);  ///< for the whole of its answer

  bool operator==(const ForwardAuth&) const = default;
};

// What ends it:

struct UseBackend {
  std::size_t backend = 0;

  bool operator==(const UseBackend&) const = default;
};
/// Of that backend, as long as it is usable; else the backend chooses.
struct UseServer {
  std::size_t backend = 0;
  std::size_t server = 0;

  bool operator==(const UseServer&) const = default;
};
/// The backend that a map names. Where it names none it is the other one, or else the list goes on.
struct UseMapped {
  TemplatePart in{};  ///< with a map whose values are backends
  std::optional<std::size_t> otherwise{};
  std::vector<std::size_t> choices{};  ///< that the map may name, now or later

  bool operator==(const UseMapped&) const = default;
};
struct Redirect {
  int status = 302;     ///< 301, 302, 303, 307 or 308
  Template location{};  ///< of the whole

  bool operator==(const Redirect&) const = default;
};
/// An error page.
struct Deny {
  int status = 403;

  bool operator==(const Deny&) const = default;
};
struct Answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body{};
  std::optional<std::size_t> file{};  ///< the body's place on the Shelf, in place of `body`

  bool operator==(const Answer&) const = default;
};
/// Denied, but late.
struct Tarpit {
  base::Duration delay = std::chrono::seconds(10);
  int status = 500;

  bool operator==(const Tarpit&) const = default;
};
/// The connection ends without a word.
struct SilentDrop {
  bool operator==(const SilentDrop&) const = default;
};
/// The default backend, and no further rule.
struct Accept {
  bool operator==(const Accept&) const = default;
};

using Action = std::variant<EditField, RewritePath, SetPath, SetQuery, SetTimeouts, SetPriority,
                            Capture, BasicAuth, ForwardAuth, UseBackend, UseServer, UseMapped,
                            Redirect, Deny, Answer, Tarpit, SilentDrop, Accept>;

/// Where the action sends a request, whatever maps hold; nullopt: it sends it nowhere.
[[nodiscard]] inline std::optional<std::size_t> backend_of(const Action& action) {
  if (const auto* use = std::get_if<UseBackend>(&action)) return use->backend;
  if (const auto* use = std::get_if<UseServer>(&action)) return use->backend;
  return std::nullopt;
}

struct Rule {
  Match match{};
  std::vector<Action> actions{};  ///< at least one; only the last may end the list

  bool operator==(const Rule&) const = default;
};

}  // namespace hapair::lb::rules
