// A check that talks: what is said over a connection, and what must come back. Each protocol is one
// small machine that is shown bytes and answers with a Move; a Conversation holds what has come and
// plays the machine to its end. Pure: whoever owns the connection reads, writes and keeps time.
//
// What comes is hostile: a machine is total over any bytes, in any pieces, and what is kept of them
// is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "libcheck/core/result.hpp"

namespace hapair::check {

/// What came of a dialogue; its duration is the driver's to add.
struct Finding {
  CheckCode code = CheckCode::kL7BadResponse;
  std::uint16_t status = 0;  ///< the protocol's own number (SMTP's reply, MySQL's error); 0: none
  std::string info{};        ///< fit for a log line
  std::optional<AgentWord> agent{};  ///< of an agent
};

/// What a dialogue does about what it was shown.
struct Move {
  std::size_t consumed = 0;  ///< bytes that it need not see again
  std::string send{};        ///< bytes for the server; beside a finding they take leave
  std::optional<Finding> finding{};
  bool secure = false;  ///< all that follows goes under TLS: shake hands, then on_secured()
};

/// One protocol, for one connection.
class Dialogue {
 public:
  virtual ~Dialogue() = default;

  /// The connection stands: what is said first, if it is not the server's turn.
  [[nodiscard]] virtual Move open() = 0;
  /// Looks at everything that has come and was not consumed, which is never empty. A move that does
  /// nothing waits for more.
  [[nodiscard]] virtual Move read(base::Bytes pending) = 0;
  /// The connection has changed over to TLS as it wanted: what is said first then.
  [[nodiscard]] virtual Move on_secured() { return {}; }
  /// The server has said all that it had to say, `pending` of it not consumed.
  [[nodiscard]] virtual Finding on_eof(base::Bytes pending);
  /// What it waits for, as in "no <awaited> in time": "greeting".
  [[nodiscard]] virtual std::string awaited() const = 0;
  /// Nobody waits any longer. L7TOUT and what was awaited, unless silence means something.
  [[nodiscard]] virtual Finding on_timeout();
};

/// A dialogue under way. It keeps bytes only where a message has come in part.
class Conversation {
 public:
  /// Bytes that may wait to be understood: an answer that needs more is refused.
  static constexpr std::size_t kMaxPending = 16 * 1024;
  /// Bytes that a server may send in all.
  static constexpr std::size_t kMaxReceived = 256 * 1024;

  explicit Conversation(std::unique_ptr<Dialogue> dialogue) : dialogue_(std::move(dialogue)) {}

  struct Reply {
    std::string send{};
    std::optional<Finding> finding{};
    bool secure = false;  ///< as in Move
  };

  [[nodiscard]] Reply open();
  [[nodiscard]] Reply secured();
  /// These bytes have come; not after the finding.
  [[nodiscard]] Reply take(base::Bytes piece);
  [[nodiscard]] Finding on_eof();
  [[nodiscard]] Finding on_timeout() { return dialogue_->on_timeout(); }

 private:
  void add(base::Bytes bytes, Reply& reply);
  /// Shows the dialogue what waits to be understood; yields how much of it need not be seen again.
  std::size_t show(base::Bytes waiting, Reply& reply);

  std::unique_ptr<Dialogue> dialogue_;
  std::vector<std::uint8_t> pending_;
  std::size_t received_ = 0;
};

// What machines have in common.

/// The server's words, fit for a log line and cut to CheckResult::kMaxInfo.
[[nodiscard]] std::string shown(base::Bytes bytes);
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] Finding passed(std::string info = {}, std::uint16_t status = 0);
/// Well-formed, but not what a healthy server says.
[[nodiscard]] Finding refused(std::string info, std::uint16_t status = 0);
/// Not the protocol.
[[nodiscard]] Finding malformed(std::string info);

/// A line at the start of `pending` without its end (LF or CR LF); nullopt: it has not all come.
struct Line {
  std::string_view text;
  std::size_t bytes = 0;  ///< with its end
};
[[nodiscard]] std::optional<Line> first_line(base::Bytes pending);

}  // namespace hapair::check
