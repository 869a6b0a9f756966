// The body that a stream sends, as its connection takes it: pieces that stay where they are until
// they are copied into frames, the end, and trailers behind it. Part of a stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/http/h2_connection.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/io/h2_endpoint.hpp"

namespace hapair::lb {

class H2Offer {
 public:
  void restart();
  /// Lines with CRLF, to be sent behind the end; before that is offered.
  void set_trailers(std::string_view lines) { trailers_ = lines; }

  /// Lets the connection take what it can, now and (until take_back()) later.
  void offer(H2Endpoint& endpoint, http::StreamId id, Pieces pieces, bool end);
  /// How many bytes of the last offer were taken. The others are not offered any more; the end
  /// still is, where all before it were taken.
  [[nodiscard]] std::size_t take_back();

  /// The last frame was given to the connection.
  [[nodiscard]] bool ended() const { return ended_; }
  /// Nothing follows a head.
  void set_ended() { ended_ = true; }
  /// All but the last frame was given, and that has been offered.
  [[nodiscard]] bool end_offered() const { return ended_ || end_; }

  // What the connection asks of the stream (http::H2StreamHandler):
  [[nodiscard]] http::H2StreamHandler::Part next_part(http::H2Connection& connection,
                                                      http::StreamId id, std::size_t room);
  void copy_part(std::span<std::uint8_t> out);

 private:
  Pieces pieces_;
  std::size_t size_ = 0;
  std::size_t taken_ = 0;  ///< of them
  bool end_ = false;       ///< follows them
  bool ended_ = false;
  std::string trailers_;
};

}  // namespace hapair::lb
