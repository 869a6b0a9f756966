// Any bytes as an HTTP/2 client's: the same events however they are cut; every response that is
// asked for comes out or its stream ends; and each head that is understood, written anew for an
// HTTP/1 server, is read there as the same one request.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/http/h2_connection.hpp"
#include "common/http/head_writer.hpp"
#include "common/http/upgrade.hpp"
#include "tests/fuzz/http2_side.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline constexpr std::string_view kWebSocketKey = "AAAAAAAAAAAAAAAAAAAAAA==";

inline void require_one_request(const http::RequestHead& head) {
  http::RequestPlan plan;
  plan.body = http::request_body(head);
  plan.upgrade = http::offers_upgrade(head);
  std::array<std::uint8_t, 65536> out;
  const auto size = http::write_request_head(out, head, plan);
  require(size.has_value(), "a head within the limits fits");
  http::HeadLimits limits;
  limits.max_head = limits.max_start_line = out.size();
  http::RequestHead again;
  if (head.fields.size() + 4 > http::FieldList::kCapacity) return;  // no room for what we add
  http::RequestParser parser(limits);
  const auto result = parser.parse(base::as_text({out.data(), *size}), again);
  require(result.complete() && result.bytes == *size, "what we write is one well-formed head");
  require(again.method_text == head.method_text, "the method stays");
  require(again.target == head.target, "the target stays");
  require(base::equals_ignoring_case(again.host, head.host) || !head.authority.empty(),
          "Host stays");
  require(http::request_body(again) == plan.body, "the framing stays");
  require(!again.framing.close && !again.framing.keep_alive, "no option of the client's goes on");
}

/// Understands each request and answers it; writes down all that happens.
class Http2Peer final : public Http2Side {
 public:
  explicit Http2Peer(std::uint32_t stream_window)
      : Http2Side(http::H2Connection::Role::kServer, settings(stream_window)) {}

 private:
  class Stream final : public Noted {
   public:
    Stream(Http2Peer& peer, http::StreamId number) : Noted(peer, number) {
      http::HeadLimits limits;  // small ones, so that the corpus can reach them
      limits.max_start_line = 256;
      limits.max_head = 1024;
      limits.max_fields = 20;
      builder_.restart(limits);
    }

    void on_field(std::string_view name, std::string_view value) override {
      if (!begun_) {
        builder_.add(name, value);
      } else if (const auto fault = http::add_h2_trailer(name, value, trailers_)) {
        note("trailer ", http::info(*fault).id);
      }
    }
    void on_head(bool end) override {
      if (std::exchange(begun_, true)) {
        note_trailers(trailers_);
        return;
      }
      http::RequestHead head;
      const auto fault = builder_.finish({.ends_stream = end, .websocket = kWebSocketKey}, head);
      if (fault) {
        note("fault ", http::info(*fault).id);
        connection().reset(id, http::H2Error::kProtocolError);
        return;
      }
      note("request ", head.line);
      require_one_request(head);
      answer();
    }
    void on_data(std::string_view bytes) override {
      data_ += bytes;
      connection().consume(id, bytes.size());
    }
    void on_end() override { note("body ", data_); }
    Part next_part(std::size_t room) override {
      const std::size_t size = std::min(room, kBody.size() - sent_);
      return {.size = size, .end = sent_ + size == kBody.size()};
    }
    void copy_part(std::span<std::uint8_t> out) override {
      std::copy_n(kBody.begin() + static_cast<std::ptrdiff_t>(sent_), out.size(), out.begin());
      sent_ += out.size();
    }

   private:
    static constexpr std::string_view kBody = "hello from the fuzz body\n";
    void answer() {
      http::ResponseHead head;
      http::ResponseParser parser;
      const auto result = parser.parse(
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: x-a\r\nX-A: 1\r\n\r\n", head);
      require(result.complete(), "our own response is well-formed");
      std::string length;
      std::vector<http::H2Field> fields;
      http::list_response_fields(head, kBody.size(), length, fields);
      require(fields.size() == 2, "the type and the length go on");
      connection().submit_response(id, 200, fields, false);
    }

    http::H2RequestBuilder builder_;
    std::string trailers_;
    std::string data_;
    std::size_t sent_ = 0;
    bool begun_ = false;
  };

  static http::H2Settings settings(std::uint32_t stream_window) {
    http::H2Settings settings;
    settings.max_streams = 8;
    settings.stream_window = stream_window;
    settings.extended_connect = true;
    return settings;
  }

  http::H2StreamHandler* on_stream(http::StreamId id) override {
    auto& stream = streams_[id];
    require(stream == nullptr, "a stream begins once");
    stream = std::make_unique<Stream>(*this, id);
    return stream.get();
  }
  void on_goaway(http::StreamId /*last*/, http::H2Error error) override {
    events_ += base::concat("goaway ", to_text(error), '\n');
  }

  std::map<http::StreamId, std::unique_ptr<Stream>> streams_;
};

/// The preface and empty settings go before what does not begin with a P: so mutations of frames
/// reach something.
inline std::string http2_input(std::span<const std::uint8_t> data) {
  std::string bytes;
  if (data.empty() || data[0] != 'P') {
    bytes = http::kH2Preface;
    bytes += std::string_view("\0\0\0\4\0\0\0\0\0", 9);
  }
  return bytes += base::as_text(data);
}

inline void fuzz_http2(std::span<const std::uint8_t> data) {
  require_alike_in_pieces<Http2Peer>(http2_input(data));
}

}  // namespace hapair::fuzz
