// The client connections of an engine, for people and programs: what each is doing, as plain
// values, and who can be asked for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {

/// More of a request's method or path is not told.
inline constexpr std::size_t kMaxToldMethod = 32;
inline constexpr std::size_t kMaxToldPath = 256;

/// Names a client connection as long as it lives, and no other one after it: where it is kept, and
/// how many were kept there before it.
struct SessionId {
  std::uint32_t place = 0;
  std::uint32_t generation = 0;

  /// "12-3".
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static std::optional<SessionId> parse(std::string_view text);

  bool operator==(const SessionId&) const = default;
};

struct SessionView {
  enum class Protocol : std::uint8_t { kUnknown, kHttp1, kHttp2, kTcp, kWebSocket };
  enum class State : std::uint8_t {
    kOpening,     ///< a handshake or the first bytes say what it is
    kIdle,        ///< no request is under way
    kHead,        ///< a request's head is coming in
    kHeld,        ///< by a rule, which answers late, or while somebody is asked
    kQueued,      ///< waits for a server with room
    kConnecting,  ///< to a server
    kRequest,     ///< the server gets the request
    kWaiting,     ///< for the server's response
    kResponse,    ///< the client gets the response
    kTunnel,      ///< bytes go both ways
    kClosing,
  };

  SessionId id{};
  base::Duration age{0};
  std::optional<base::Duration> idle{};  ///< since something last came or went; absent: unknown
  base::Endpoint client{};
  std::string frontend{};
  std::string backend{};  ///< empty: none is chosen
  std::string server{};   ///< likewise
  Protocol protocol = Protocol::kUnknown;
  State state = State::kOpening;
  bool tls = false;
  std::size_t requests = 0;  ///< under way; what follows is of the oldest, but the bytes
  std::string method{};
  std::string path{};           ///< without its query, which may hold secrets
  std::uint64_t bytes_in = 0;   ///< from the client, of what is under way
  std::uint64_t bytes_out = 0;  ///< to the client, likewise
};

[[nodiscard]] std::string_view to_text(SessionView::Protocol protocol);
[[nodiscard]] std::string_view to_text(SessionView::State state);

/// Which of them are meant; what is empty or absent means all.
struct SessionFilter {
  std::string frontend{};
  std::optional<base::IpAddress> client{};
  std::string backend{};
  std::string server{};  ///< of the backend; empty: any of them

  [[nodiscard]] bool all() const { return frontend.empty() && !client && backend.empty(); }
};

/// Who knows the sessions. They are looked at a few at a time: thousands of them take longer than
/// one turn of the loop should.
class SessionBook {
 public:
  struct Mark {
    SessionId id{};
    base::Instant since{};  ///< when the connection was accepted
  };

  [[nodiscard]] virtual std::size_t count() const = 0;
  /// There is such a frontend or server.
  [[nodiscard]] virtual bool knows(const SessionFilter& filter) const = 0;
  /// Sessions are kept in places from 0 to this number, of which some are free.
  [[nodiscard]] virtual std::size_t places() const = 0;
  /// Adds those in up to `number` places from `first` on that the filter lets pass.
  virtual void find(std::size_t first, std::size_t number, const SessionFilter& filter,
                    std::vector<Mark>& found) const = 0;
  /// Absent: it is over.
  [[nodiscard]] virtual std::optional<SessionView> view(SessionId id) const = 0;
  /// Ends it: in order where nothing is under way, else by a reset, so that nobody takes what was
  /// cut off for whole. False: it is over already.
  virtual bool close(SessionId id) = 0;

 protected:
  ~SessionBook() = default;
};

}  // namespace hapair::lb
