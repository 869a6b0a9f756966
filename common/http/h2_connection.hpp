// One HTTP/2 connection without its transport (RFC 9113): bytes come in and become events of the
// connection and its streams; what is submitted comes out as bytes. Frames and header compression
// are nghttp2's, and this is the only place that includes it; what the fields of a message may say
// is judged elsewhere (h2_request.hpp), so that it does not depend on the library's version.
//
// Flow control is the owner's: what was received counts as taken only once consume() says so, and
// a body is asked for only while there is room for it on both sides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/h2_error.hpp"
#include "common/http/h2_request.hpp"

struct nghttp2_session;

namespace hapair::http {

using StreamId = std::int32_t;

/// The bytes that an HTTP/2 client begins with (RFC 9113, section 3.4).
inline constexpr std::string_view kH2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What one side offers the other in its SETTINGS frame.
struct H2Settings {
  std::uint32_t max_streams = 100;               ///< the peer's, open at once
  std::uint32_t stream_window = 64 * 1024;       ///< bytes of a body on their way to us
  std::uint32_t connection_window = 256 * 1024;  ///< of all bodies together; from 65535 on
  std::uint32_t max_header_list = 16 * 1024;     ///< bytes of a head
  bool extended_connect = false;                 ///< RFC 8441
};

/// Frames that cost their sender little and us something.
enum class H2Frame : std::uint8_t {
  kReset,
  kPing,
  kSettings,
  kEmptyData,  ///< DATA without data, and not the end
  kPriority,
  kHeadPieces,  ///< of one head, more than any would need
};

/// One stream's events, in the order in which they come. No call destroys the handler or calls
/// receive() or produce().
class H2StreamHandler {
 public:
  virtual void on_field(std::string_view name, std::string_view value) = 0;
  /// A head or trailers are complete. `end`: nothing follows.
  virtual void on_head(bool end) = 0;
  /// Bytes of the body; they lie in what receive() was given.
  virtual void on_data(std::string_view bytes) = 0;
  /// The body has ended.
  virtual void on_end() = 0;
  /// The peer lets more of a body be sent.
  virtual void on_window() = 0;

  /// A part of the body that is to be sent.
  struct Part {
    std::size_t size = 0;  ///< with neither size nor end: nothing for now, until resume()
    bool end = false;
    bool trailers = false;  ///< with `end`: trailers follow; they are submitted within the call
  };
  /// Asked for up to `room` bytes.
  [[nodiscard]] virtual Part next_part(std::size_t room) = 0;
  /// Copies the part: `out` is as long as it.
  virtual void copy_part(std::span<std::uint8_t> out) = 0;
  /// A frame of this stream is among the bytes produced; `end`: its last. A reset must wait for it.
  virtual void on_sent(std::size_t bytes, bool end) = 0;

  /// The stream is over, and this its last event. `error`: why, when it was not in order.
  virtual void on_closed(H2Error error) = 0;

 protected:
  ~H2StreamHandler() = default;
};

class H2ConnectionHandler {
 public:
  /// A client begins a stream; nullptr refuses it.
  [[nodiscard]] virtual H2StreamHandler* on_stream(StreamId id) = 0;
  /// The peer lets more be sent on all streams.
  virtual void on_window() = 0;
  virtual void on_frame(H2Frame frame) = 0;
  virtual void on_ping_answer() = 0;
  /// We have reset a stream, or the library has for us.
  virtual void on_reset_sent(H2Error error) = 0;
  /// We end the connection, as the peer broke its rules.
  virtual void on_fault(H2Error error, std::string_view why) = 0;
  /// The peer begins no further streams, or takes none: those above `last` were not looked at.
  virtual void on_goaway(StreamId last, H2Error error) = 0;

 protected:
  ~H2ConnectionHandler() = default;
};

class H2Connection {
 public:
  enum class Role : std::uint8_t { kServer, kClient };

  /// The settings (and a client's preface) are the first bytes that come out.
  H2Connection(Role role, const H2Settings& settings, H2ConnectionHandler& handler);
  ~H2Connection();
  H2Connection(const H2Connection&) = delete;
  H2Connection& operator=(const H2Connection&) = delete;

  /// Takes bytes in, all of them.
  void receive(std::span<const std::uint8_t> bytes);
  /// Writes frames into `out` as far as they fit; returns how many bytes.
  [[nodiscard]] std::size_t produce(std::span<std::uint8_t> out);
  /// Nothing more can come of it: all that matters was sent and received.
  [[nodiscard]] bool finished() const;
  /// Something waits to be produced.
  [[nodiscard]] bool has_output() const;

  // Of a stream that is not closed:
  void submit_interim(StreamId id, int status, std::span<const H2Field> fields);
  /// `end`: no body follows; else next_part() is asked for it.
  void submit_response(StreamId id, int status, std::span<const H2Field> fields, bool end);
  /// Within next_part().
  void submit_trailers(StreamId id, std::span<const H2Field> fields);
  /// Ends a stream before its time. What was submitted and not produced yet is lost.
  void reset(StreamId id, H2Error error);
  /// next_part() is to be asked (again).
  void resume(StreamId id);
  /// Bytes of its body were taken, or are not wanted any more: as many may follow them. The stream
  /// may be closed.
  void consume(StreamId id, std::size_t bytes);
  /// The two halves of that: as many bytes may follow on all streams together, ...
  void consume_connection(std::size_t bytes);
  /// ... and on this one.
  void consume_stream(StreamId id, std::size_t bytes);
  /// No event of the stream reaches its handler from now on.
  void forget(StreamId id);

  /// Makes a request: `fields` begin with the pseudo-header fields. nullopt: no further stream can
  /// be begun on this connection.
  [[nodiscard]] std::optional<StreamId> submit_request(std::span<const H2Field> fields, bool end,
                                                       H2StreamHandler& handler);
  /// How many streams the peer lets us have at once.
  [[nodiscard]] std::uint32_t peer_max_streams() const;
  /// The peer's SETTINGS have come.
  [[nodiscard]] bool peer_is_known() const { return peer_is_known_; }
  /// The peer takes CONNECT with a protocol (RFC 8441).
  [[nodiscard]] bool peer_takes_protocols() const;

  void ping();
  /// The first step of a graceful end (RFC 9113, section 6.8): what is on its way is still taken.
  void announce_goaway();
  /// The second: no stream that begins after this is looked at.
  void goaway();
  /// Ends the connection for a reason, which outlives it. receive() does nothing more.
  void terminate(H2Error error, std::string_view why);
  /// True while a head has begun and is not complete: its sender is to go on soon.
  [[nodiscard]] bool within_head() const { return head_open_; }

 private:
  friend struct H2Callbacks;
  /// Room that produce() needs to go on: a frame's head and some of its payload.
  static constexpr std::size_t kMinRoom = 256;
  /// So many bytes of frames may a head come in, for each byte that it may have.
  static constexpr std::size_t kHeadFactor = 4;

  void submit_head(StreamId id, int status, std::span<const H2Field> fields, bool interim,
                   bool end);

  H2ConnectionHandler& handler_;
  nghttp2_session* session_ = nullptr;
  std::size_t max_header_list_;
  // Of produce():
  std::uint8_t* out_ = nullptr;
  std::size_t room_ = 0;
  std::span<const std::uint8_t> pending_;  ///< of a frame that did not fit
  std::vector<StreamId> starved_;          ///< to be asked again, as there was no room
  std::string_view why_;                   ///< of terminate()
  // Of receive():
  std::size_t head_bytes_ = 0;  ///< that came since a head began
  bool head_open_ = false;
  bool peer_is_known_ = false;
  bool broken_ = false;  ///< the library refused to go on
};

}  // namespace hapair::http
