// What the two sides of HTTP/2 have in common where they are fed any bytes: all that happens is
// written down, a line each, and is the same however the frames are cut.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/http/h2_connection.hpp"
#include "common/http/trailers.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// One side of a connection.
class Http2Side : protected http::H2ConnectionHandler {
 public:
  Http2Side(const Http2Side&) = delete;
  Http2Side& operator=(const Http2Side&) = delete;

  void receive(std::string_view bytes) {
    connection_.receive(base::as_bytes(bytes));
    produce();
  }
  [[nodiscard]] const std::string& events() const { return events_; }

 protected:
  /// A stream that writes down what happens to it.
  class Noted : public http::H2StreamHandler {
   public:
    Noted(Http2Side& side, http::StreamId number) : id(number), side_(side) {}

    void on_window() override {}
    void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
    void on_closed(http::H2Error error) override {
      require(!closed_, "a stream closes once");
      closed_ = true;
      note("closed ", to_text(error));
    }

    http::StreamId id;

   protected:
    ~Noted() = default;
    [[nodiscard]] http::H2Connection& connection() { return side_.connection_; }
    void note(std::string_view what, std::string_view text) {
      require(!closed_ || what.starts_with("closed"), "nothing comes behind a stream's end");
      side_.events_ += base::concat(id, ' ', what, text, '\n');
    }
    void note_trailers(std::string_view trailers) {
      note("trailers ", trailers);
      std::vector<http::H2Field> fields;
      http::list_trailer_fields(trailers, fields);
      for (const http::H2Field& field : fields) {
        require(http::trailer_goes_on(field.name), "what must end here does");
      }
    }

   private:
    Http2Side& side_;
    bool closed_ = false;
  };

  Http2Side(http::H2Connection::Role role, const http::H2Settings& settings)
      : connection_(role, settings, *this) {}
  ~Http2Side() = default;

  void produce() {
    std::array<std::uint8_t, 300> room{};  // so that frames come in pieces
    while (connection_.produce(room) > 0) {
    }
  }
  void on_window() override {}
  void on_frame(http::H2Frame frame) override {
    if (frame == http::H2Frame::kHeadPieces) return;  // it tells of the pieces
    events_ += base::concat("frame ", static_cast<int>(frame), '\n');
  }
  void on_ping_answer() override { events_ += "pong\n"; }
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error error, std::string_view /*why*/) override {
    events_ += base::concat("over ", to_text(error), '\n');
  }

  std::string events_;
  http::H2Connection connection_;
};

/// Of every frame (RFC 9113, section 4.1).
inline constexpr std::size_t kHttp2FrameHead = 9;

/// The preface, or the first frame, as far as it is there.
inline std::string_view first_http2_frame(std::string_view bytes) {
  if (bytes.starts_with(http::kH2Preface)) return bytes.substr(0, http::kH2Preface.size());
  base::ByteReader head(base::as_bytes(bytes));
  const std::size_t high = head.u8();
  return bytes.substr(0, kHttp2FrameHead + (high << 16 | head.u16()));
}

/// Feeds one Side all at once: it keeps the invariants. Feeds two more frame by frame, one of them
/// in pieces: to these all happens alike, down to the last event.
///
/// What tells the two apart is how the bytes of a frame are cut, and nothing else. Both have sent
/// what they had to before the next frame comes, for that changes what comes later: a response that
/// is out closes its stream, a body that is on its way takes room in a window. No input fills the
/// windows they offer, for nghttp2 opens one again in steps that follow the pieces. And a frame's
/// head stays whole, for behind half a block of fields each piece of it counts as one more
/// CONTINUATION.
template <class Side>
void require_alike_in_pieces(const std::string& bytes) {
  constexpr std::uint32_t kSmallWindow = 1024;  // so that the corpus can reach its end
  constexpr std::uint32_t kAmpleWindow = 65536;
  constexpr std::size_t kPiece = 3;
  Side at_once(kSmallWindow);
  at_once.receive(bytes);
  Side whole(kAmpleWindow);
  Side pieces(kAmpleWindow);
  for (std::string_view rest = bytes; !rest.empty();) {
    std::string_view frame = first_http2_frame(rest);
    rest.remove_prefix(frame.size());
    whole.receive(frame);
    for (std::size_t size = kHttp2FrameHead; !frame.empty(); size = kPiece) {
      pieces.receive(frame.substr(0, size));
      frame.remove_prefix(std::min(size, frame.size()));
    }
  }
  require(whole.events() == pieces.events(), "however it is cut");
}

}  // namespace hapair::fuzz
