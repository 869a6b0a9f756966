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
#include "common/http/trailers.hpp"
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
class Http2Asker final : private http::H2ConnectionHandler {
 public:
  Http2Asker() : connection_(http::H2Connection::Role::kClient, settings(), *this) {
    ask(http::Method::kGet, true);
    ask(http::Method::kHead, true);
    ask(http::Method::kPost, false);
    ask(http::Method::kConnect, false);
    produce();
  }

  void receive(std::string_view bytes) {
    connection_.receive(base::as_bytes(bytes));
    produce();
  }
  [[nodiscard]] const std::string& events() const { return events_; }

 private:
  class Stream final : public http::H2StreamHandler {
   public:
    Stream(Http2Asker& asker, http::Method method) : asker_(asker), method_(method) {
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
        std::vector<http::H2Field> fields;
        http::list_trailer_fields(trailers_, fields);
        for (const http::H2Field& field : fields) {
          require(http::trailer_goes_on(field.name), "what must end here does");
        }
        note("trailers ", trailers_);
        return;
      }
      http::ResponseHead head;
      if (const auto fault = builder_.finish(head)) {
        note("fault ", http::info(*fault).id);
        asker_.connection_.reset(id, http::H2Error::kProtocolError);
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
      asker_.connection_.consume_connection(bytes.size());
      asker_.connection_.consume_stream(id, bytes.size());
    }
    void on_end() override { note("end", ""); }
    void on_window() override {}
    Part next_part(std::size_t room) override {
      const std::size_t size = std::min(room, left_);
      return {.size = size, .end = size == left_};
    }
    void copy_part(std::span<std::uint8_t> out) override {
      std::ranges::fill(out, std::uint8_t{'x'});
      left_ -= out.size();
    }
    void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
    void on_closed(http::H2Error error) override {
      require(!closed_, "a stream closes once");
      closed_ = true;
      note("closed ", to_text(error));
    }

    http::StreamId id = 0;

   private:
    void note(std::string_view what, std::string_view text) {
      require(!closed_ || what.starts_with("closed"), "nothing comes behind a stream's end");
      asker_.events_ += base::concat(id, ' ', what, text, '\n');
    }

    Http2Asker& asker_;
    http::Method method_;
    http::HeadLimits limits_;
    http::H2ResponseBuilder builder_;
    std::string trailers_;
    std::size_t left_ = 100'000;  ///< of the body: more than the first window
    bool final_ = false;
    bool closed_ = false;
  };

  static http::H2Settings settings() {
    http::H2Settings settings;
    settings.max_streams = 0;
    settings.stream_window = 1024;
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
  void produce() {
    std::array<std::uint8_t, 300> room{};  // so that frames come in pieces
    while (connection_.produce(room) > 0) {
    }
  }

  http::H2StreamHandler* on_stream(http::StreamId /*id*/) override {
    require(false, "a server begins no stream");
    return nullptr;
  }
  void on_window() override {}
  void on_frame(http::H2Frame frame) override {
    events_ += base::concat("frame ", static_cast<int>(frame), '\n');
  }
  void on_ping_answer() override { events_ += "pong\n"; }
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error error, std::string_view /*why*/) override {
    events_ += base::concat("over ", to_text(error), '\n');
  }
  void on_goaway(http::StreamId last, http::H2Error error) override {
    events_ += base::concat("goaway ", last, ' ', to_text(error), '\n');
  }

  std::string events_;
  std::vector<std::unique_ptr<Stream>> streams_;
  http::H2Connection connection_;
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
  const std::string bytes = http2_response_input(data);
  Http2Asker whole;
  whole.receive(bytes);
  Http2Asker bit_by_bit;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    bit_by_bit.receive(std::string_view(bytes).substr(at, 3));
  }
  // What is sent in between changes what comes later, so only the first events are alike.
  const auto first_line = [](const std::string& events) {
    return events.substr(0, events.find('\n'));
  };
  require(first_line(whole.events()) == first_line(bit_by_bit.events()), "however it is cut");
}

}  // namespace hapair::fuzz
