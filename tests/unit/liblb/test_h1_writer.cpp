// What leaves a connection in which call.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "common/event/event_loop.hpp"
#include "liblb/io/h1_writer.hpp"

using namespace hapair;

namespace {

/// Takes everything, and marks what may wait for more.
class Wire final : public net::ByteStream {
 public:
  base::Result<void> start(net::StreamHandler& /*handler*/) override { return {}; }
  net::IoResult read(std::span<std::uint8_t> /*into*/) override { return {}; }
  net::IoResult write(std::span<const iovec> parts) override { return take(parts, "|"); }
  net::IoResult write_and_hold(std::span<const iovec> parts) override { return take(parts, "+"); }
  void shutdown_write() override { sent += "FIN"; }
  void abort() override {}
  [[nodiscard]] bool may_read() const override { return false; }
  [[nodiscard]] bool may_write() const override { return true; }
  [[nodiscard]] bool peer_finished() const override { return false; }
  [[nodiscard]] int failure() override { return 0; }
  [[nodiscard]] std::optional<base::Endpoint> local_endpoint() const override { return {}; }
  void set_handler(net::StreamHandler* /*handler*/) override {}

  std::string sent;

 private:
  net::IoResult take(std::span<const iovec> parts, std::string_view mark) {
    std::size_t bytes = 0;
    for (const iovec& part : parts) {
      sent.append(static_cast<const char*>(part.iov_base), part.iov_len);
      bytes += part.iov_len;
    }
    sent += mark;
    return {.status = net::IoStatus::kOk, .bytes = bytes};
  }
};

struct Scene {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  lb::WorkQueue work{*loop};
  lb::BufferPool buffers{work, 16};
  Wire wire{};
  lb::H1Writer writer{wire};
  lb::Task task{event::Callback<>{}};

  void add_head(std::string_view text, const http::BodyFraming& body) {
    const auto room = writer.head_room(buffers, task);
    REQUIRE(room.size() > text.size());
    std::memcpy(room.data(), text.data(), text.size());
    writer.add_head(text.size(), body);
  }
  void send(std::string_view payload, bool end) {
    const std::array<std::string_view, 1> pieces{payload};
    CHECK(writer.send_body(pieces, end) == payload.size());
  }
};

constexpr http::BodyFraming kFour{http::BodyFraming::Kind::kLength, 4};

}  // namespace

TEST_CASE("head and payload leave in one call") {
  Scene s;
  s.add_head("H", kFour);
  s.send("body", true);
  CHECK(s.wire.sent == "Hbody|");
}

TEST_CASE("the last bytes of a connection wait for its FIN, those before do not") {
  Scene s;
  s.add_head("H", kFour);
  s.writer.set_last();
  s.send("bo", false);
  s.send("dy", true);
  CHECK(s.wire.sent == "Hbo|dy+");
}

TEST_CASE("a head that is taken back is no longer the last") {
  Scene s;
  s.add_head("H", kFour);
  s.writer.set_last();
  CHECK(s.writer.take_back_head());
  s.add_head("E", kFour);
  s.send("body", true);
  CHECK(s.wire.sent == "Ebody|");
}
