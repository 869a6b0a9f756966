// The two sides of an exchange, as interfaces: a client and a server that speak some version of
// HTTP over some transport. liblb/io implements them.
//
// Rules for both: a call never calls back into the exchange before it returns. What goes wrong in a
// call (a broken connection) is reported later, from the side's own event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/framing.hpp"
#include "common/http/head.hpp"
#include "common/http/head_writer.hpp"

namespace hapair::net {
class Pipe;
}

namespace hapair::lb {

class Exchange;

/// Payload in the order it is to be sent. The bytes stay the sender's: what was not accepted is
/// offered again.
using Pieces = std::span<const std::string_view>;

[[nodiscard]] constexpr std::size_t size_of(Pieces pieces) {
  std::size_t total = 0;
  for (std::string_view piece : pieces) total += piece.size();
  return total;
}

/// Payload that stays in the kernel; only liblb/io looks inside. A side that cannot pass it on says
/// so with takes_pipes(), and is offered pieces only.
struct PipedBytes {
  net::Pipe& pipe;
  std::size_t size;  ///< bytes in it, not 0; what is not accepted stays in it
};

/// Both ends of a client's connection.
struct ClientEnds {
  base::Endpoint client;
  base::Endpoint local;  ///< where the client connected to
};

/// How an exchange ended for the client.
enum class Ending : std::uint8_t {
  kComplete,  ///< both messages are whole: the connection may carry the next exchange
  kClose,     ///< the response is whole, but the request was not read to its end
  kCut,       ///< the response cannot be finished; the client must be able to tell
};

/// The client's side: one HTTP/1 connection between two waits, or one HTTP/2 stream.
class ClientSide {
 public:
  /// Takes an interim (1xx) or the final head, to be sent with what follows or by flush(). False:
  /// no room now; offer it again after Exchange::on_client_ready(). With a `body` that is a tunnel
  /// the client's bytes behind its request are offered as they are, up to its FIN.
  [[nodiscard]] virtual bool send_head(const http::ResponseHead& head,
                                       const http::BodyFraming& body) = 0;
  /// Sends payload; `end` says that nothing follows it. Returns how many bytes were accepted; the
  /// end is accepted with the last byte.
  [[nodiscard]] virtual std::size_t send_body(Pieces pieces, bool end) = 0;
  /// The same for payload in a pipe.
  [[nodiscard]] virtual std::size_t send_piped(const PipedBytes& /*bytes*/, bool /*end*/) {
    return 0;
  }
  [[nodiscard]] virtual bool takes_pipes() const { return false; }
  /// Whose side it is: another one may stand before it.
  [[nodiscard]] virtual const ClientSide& identity() const { return *this; }
  /// Lines with CRLF that go out with the end of the body, where its framing has a place for them.
  /// To be set before the end is sent.
  virtual void set_trailers(std::string_view lines) = 0;
  virtual void flush() = 0;
  /// Forgets the final head, of which nothing has left yet. False: some of it has.
  [[nodiscard]] virtual bool take_back_head() = 0;
  /// Answers with an error page of ours; nothing was sent before.
  virtual void send_error(int status) = 0;

  /// The request's body may be offered (again).
  virtual void resume_request() = 0;
  /// Exchange::on_deadline() is wanted at that time; replaces what was wanted before.
  virtual void set_deadline(base::Instant deadline) = 0;
  /// The last word of an exchange: it may be destroyed.
  virtual void end_exchange(Ending ending) = 0;

 protected:
  ~ClientSide() = default;
};

/// A client's side that can be given the end of a body for good.
class RestKeeper : public ClientSide {
 public:
  /// The rest of a chunked body and its end: always accepted, and sent when there is room. What was
  /// offered before and not accepted comes first in it.
  virtual void send_rest(std::string bytes) = 0;

 protected:
  ~RestKeeper() = default;
};

/// One attempt on a server's side.
class ServerSide {
 public:
  /// True when the connection stands. A new one becomes ready with Exchange::on_connected().
  [[nodiscard]] virtual bool ready() const = 0;
  /// True when the connection carried another exchange before, or was begun for another one.
  [[nodiscard]] virtual bool reused() const = 0;

  /// True when the server may still say of a request that was sent that it has not looked at it.
  [[nodiscard]] virtual bool may_refuse() const { return false; }

  /// As for the client's side. False: no room now; send it again after Exchange::on_server_ready().
  [[nodiscard]] virtual bool send_head(const http::RequestHead& head,
                                       const http::RequestPlan& plan) = 0;
  [[nodiscard]] virtual std::size_t send_body(Pieces pieces, bool end) = 0;
  /// The same for payload in a pipe.
  [[nodiscard]] virtual std::size_t send_piped(const PipedBytes& /*bytes*/, bool /*end*/) {
    return 0;
  }
  [[nodiscard]] virtual bool takes_pipes() const { return false; }
  virtual void set_trailers(std::string_view lines) = 0;
  virtual void flush() = 0;

  /// The response may be offered (again).
  virtual void resume_response() = 0;
  /// The exchange is over for this side: no more calls. The connection is closed; a tunnel whose
  /// end was not sent is reset.
  virtual void abandon() = 0;

 protected:
  ~ServerSide() = default;
};

/// Why a connection failed before it was begun.
enum class ConnectFailure : std::uint8_t {
  kRefused,    ///< the network has no way there
  kExhausted,  ///< this node lacks a descriptor, a port, memory, or the address to leave from
};

/// Gives connections to a backend's servers.
class Connector {
 public:
  enum class From : std::uint8_t {
    kNew,
    kOwn,     ///< a kept connection that the same client used before, or a new one
    kProven,  ///< a kept one that was used again before, or a new one
    kAny,     ///< a kept connection if there is one
  };
  struct Wanted {
    From from = From::kAny;
    bool checked = false;  ///< a kept one only after a look that it still stands
    const ClientSide* client = nullptr;
    bool websocket = false;  ///< the request opens one
    /// Of connections that carry several exchanges at once, one that was begun at that time or
    /// later is as good as a new one.
    base::Instant since{};

    bool operator==(const Wanted&) const = default;
  };

  /// A connection that stands or is being made.
  [[nodiscard]] virtual std::expected<ServerSide*, ConnectFailure> connect(
      Exchange& exchange, std::size_t server, const Wanted& wanted) = 0;
  /// The server to which a connection of shared ones was set aside for that client.
  [[nodiscard]] virtual std::optional<std::size_t> reserved_at(const ClientSide& /*client*/) const {
    return std::nullopt;
  }

 protected:
  ~Connector() = default;
};

}  // namespace hapair::lb
