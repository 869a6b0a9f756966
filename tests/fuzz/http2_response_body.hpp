// Any bytes as an HTTP/2 server's: the same events however they are cut; each request's stream ends
// once; and each head that is understood, written anew for a client of HTTP/1.1, is read there as
// the same one response.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/http/h2_connection.hpp"
#include "common/http/h2_request_fields.hpp"
#include "common/http/h2_response.hpp"
#include "common/http/head_parser.hpp"
#include "common/http/head_writer.hpp"
#include "tests/fuzz/http2_side.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void require_one_response(const http::ResponseHead& head, http::Method method, bool ends) {
  http::ResponsePlan plan;
  plan.body = http::h2_response_body(head, method, ends);
  plan.method = method;
  if (plan.body.kind == http::BodyFraming::Kind::kTunnel) return;
  std::array<std::uint8_t, 65536> out;
  const auto size = http::write_response_head(out, head, plan);
  require(size.has_value(), "a head within the limits fits");
  if (head.fields.size() + 2 > http::FieldList::kCapacity) return;  // no room for what we add
  http::HeadLimits limits;
  limits.max_head = limits.max_start_line = out.size();
  http::ResponseHead again;
  http::ResponseParser parser(limits);
  const auto result = parser.parse(base::as_text({out.data(), *size}), again);
  require(result.complete() && result.bytes == *size, "what we write is one well-formed head");
  require(again.status == head.status, "the status stays");
  require(!again.framing.close && !again.framing.keep_alive, "no option of the server's goes on");
  const http::BodyFraming body = http::response_body(again, method);
  require(body == plan.body, "the framing stays");
}

/// Asks for something again and again and takes the answers; writes down all that happens.
class Http2Asker final : public Http2Side {
 public:
  explicit Http2Asker(std::uint32_t stream_window)
      : Http2Side(http::H2Connection::Role::kClient, settings(stream_window)) {
    ask(http::Method::kGet, true);
    ask(http::Method::kHead, true);
    ask(http::Method::kPost, false);
    ask(http::Method::kConnect, false);
    produce();
  }

 private:
  class Stream final : public Noted {
   public:
    Stream(Http2Asker& asker, http::Method method) : Noted(asker, 0), method_(method) {
      http::HeadLimits limits;  // small ones, so that the corpus can reach them
      limits.max_head = 1024;
      limits.max_fields = 20;
      limits_ = limits;
      builder_.restart(limits_);
    }

    void on_field(std::string_view name, std::string_view value) override {
      if (final_) {
        if (const auto fault = http::add_h2_trailer(name, value, trailers_)) {
          note("trailer ", http::info(*fault).id);
        }
        return;
      }
      builder_.add(name, value);
    }
    void on_head(bool end) override {
      if (final_) {
        note_trailers(trailers_);
        return;
      }
      http::ResponseHead head;
      if (const auto fault = builder_.finish(head)) {
        note("fault ", http::info(*fault).id);
        connection().reset(id, http::H2Error::kProtocolError);
        final_ = true;
        return;
      }
      require(head.status >= 100 && head.status <= 999 && head.status != 101, "a status");
      require(head.is_interim() == builder_.is_interim(), "interim or not");
      note("response ", base::concat(head.status, end ? " end" : ""));
      require_one_response(head, method_, end);
      final_ = !head.is_interim();
      if (!final_) builder_.restart(limits_);
    }
    void on_data(std::string_view bytes) override {
      connection().consume_connection(bytes.size());
      connection().consume_stream(id, bytes.size());
    }
    void on_end() override { note("end", ""); }
    Part next_part(std::size_t room) override {
      const std::size_t size = std::min(room, left_);
      return {.size = size, .end = size == left_};
    }
    void copy_part(std::span<std::uint8_t> out) override {
      std::ranges::fill(out, std::uint8_t{'x'});
      left_ -= out.size();
    }

   private:
    http::Method method_;
    http::HeadLimits limits_;
    http::H2ResponseBuilder builder_;
    std::string trailers_;
    std::size_t left_ = 100'000;  ///< of the body: more than the first window
    bool final_ = false;
  };

  static http::H2Settings settings(std::uint32_t stream_window) {
    http::H2Settings settings;
    settings.max_streams = 0;
    settings.stream_window = stream_window;
    return settings;
  }

  void ask(http::Method method, bool ends) {
    http::RequestHead head;
    head.method = method;
    head.method_text = to_text(method);
    head.path = "/";
    head.host = head.authority = "a.example";
    head.has_host = true;
    http::RequestPlan plan;
    if (!ends) plan.body = {http::BodyFraming::Kind::kChunked, 0};
    http::H2RequestText text;
    std::vector<http::H2Field> fields;
    http::list_request_fields(head, plan, "https", text, fields);
    require(!fields.empty() && fields.front().name == ":method", "the pseudo-fields come first");
    streams_.push_back(std::make_unique<Stream>(*this, method));
    const auto id = connection_.submit_request(fields, ends, *streams_.back());
    require(id.has_value(), "there are numbers left");
    streams_.back()->id = *id;
  }

  http::H2StreamHandler* on_stream(http::StreamId /*id*/) override {
    require(false, "a server begins no stream");
    return nullptr;
  }
  void on_goaway(http::StreamId last, http::H2Error error) override {
    events_ += base::concat("goaway ", last, ' ', to_text(error), '\n');
  }

  std::vector<std::unique_ptr<Stream>> streams_;
};

/// Empty settings go before what does not begin with an S, so mutations of frames reach something;
/// the S is taken off.
inline std::string http2_response_input(std::span<const std::uint8_t> data) {
  std::string bytes;
  if (!data.empty() && data[0] == 'S') {
    data = data.subspan(1);
  } else {
    bytes = std::string_view("\0\0\0\4\0\0\0\0\0", 9);
  }
  return bytes += base::as_text(data);
}

inline void fuzz_http2_response(std::span<const std::uint8_t> data) {
  require_alike_in_pieces<Http2Asker>(http2_response_input(data));
}

}  // namespace hapair::fuzz
