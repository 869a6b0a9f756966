// What both ends of HTTP/2 connections have in common: a connection's turns. What is read becomes
// events of its streams; the streams do what these ask for outside the calls of the library; what
// they could not pass on leaves the buffer that is read into; and what all of them have submitted
// leaves together, at the end of the turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/http/h2_connection.hpp"
#include "common/net/byte_stream.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/h2_flood_guard.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/h2_output.hpp"

namespace hapair::lb {

/// A stream, as the turns of its connection see it.
class H2Member {
 public:
  /// Does what the events since the last call ask for. The stream may be over then.
  virtual void settle() = 0;
  /// See H2Body.
  [[nodiscard]] virtual bool keep_body() = 0;

  bool touched = false;  ///< the connection's note: to be settled

 protected:
  ~H2Member() = default;
};

class H2Endpoint : protected http::H2ConnectionHandler, protected net::StreamHandler {
 public:
  H2Endpoint(const H2Endpoint&) = delete;
  H2Endpoint& operator=(const H2Endpoint&) = delete;

  // For its streams:
  [[nodiscard]] Context& context() { return context_; }
  [[nodiscard]] http::H2Connection& connection() { return connection_; }
  /// What is submitted finds no room for now.
  [[nodiscard]] bool output_blocked() const { return output_.blocked() || output_.failed(); }
  /// Gathers what was submitted.
  void gather();
  /// Sends what was gathered, at the end of the turn.
  void flush_soon();
  /// The stream's settle() is to be called, soon.
  void touch(H2Member& stream);
  [[nodiscard]] Task& task() { return task_; }

 protected:
  /// Bytes read in one turn before others get theirs.
  static constexpr std::size_t kBytesPerTurn = 256 * 1024;

  /// The counters outlive it; it is one of their connections as long as it lives.
  H2Endpoint(Context& context, std::unique_ptr<net::ByteStream> stream,
             http::H2Connection::Role role, const http::H2Settings& offer, H2Counters& counters);
  ~H2Endpoint();

  // What its owner is to say:
  /// It has turns; false once it is over, or waits for its end.
  [[nodiscard]] virtual bool active() const = 0;
  /// What comes is read.
  [[nodiscard]] virtual bool listens() const = 0;
  [[nodiscard]] virtual bool has_streams() const = 0;
  /// A turn begins: none of the streams is on the call stack.
  virtual void on_turn() = 0;
  /// The peer or the network wants something of one that has no turns.
  virtual void on_inactive_turn() {}
  /// Bytes have come; they are looked into next.
  virtual void on_received(std::size_t bytes) = 0;
  /// Streams that wait for room, or for a window, may go on.
  virtual void wake_streams() = 0;
  /// What there was to be sent is sent, as far as the peer takes it.
  virtual void on_turn_end() = 0;
  /// The stream below has ended or is broken.
  virtual void on_broken() = 0;
  /// The connection is ended for a flood; for the log.
  virtual void tell_flood(H2Flood kind) = 0;

  void on_stream_ready() noexcept override { run(); }
  void on_window() override { wake_ = true; }
  /// Too many such frames end the connection.
  void admit(http::H2Frame frame);
  void admit(H2Flood kind);
  void run();
  /// Reads once, also where nothing is known to have come. False: not now.
  bool look();
  void send();
  /// No turn touches the stream from here on.
  void forget_member(H2Member& stream);
  /// No further turns, and no more bytes either way.
  void stop();
  void release_buffers();

  Context& context_;
  std::unique_ptr<net::ByteStream> stream_;
  http::H2Connection connection_;
  H2Output output_;
  H2Counters& counters_;
  Task task_;
  Task flush_task_;
  base::Instant last_received_;
  base::Instant head_since_{};
  bool in_head_ = false;     ///< a head has begun and is not complete
  bool pinged_ = false;      ///< a PING waits for its answer
  bool in_library_ = false;  ///< receive() is on the call stack
  bool flooded_ = false;     ///< a flood was noticed
  std::size_t turn_bytes_ = 0;

 private:
  void on_task() noexcept { run(); }
  void on_flush() noexcept;
  /// Each returns whether the turn goes on.
  bool read();
  bool settle_streams();

  H2FloodGuard guard_;
  Buffer input_;
  std::vector<H2Member*> touched_;
  std::vector<H2Member*> holding_;  ///< whose bodies lie in input_
  bool wake_ = false;               ///< streams that wait may go on
};

}  // namespace hapair::lb
