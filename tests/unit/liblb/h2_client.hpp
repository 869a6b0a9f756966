// An HTTP/2 client for tests: the engine's own connection class in the other role, over a peer. The
// test may send frames of its own making as well.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/h2_frames.hpp"

namespace hapair::lb::test {

/// What the client knows of one stream.
class H2Call final : public http::H2StreamHandler {
 public:
  H2Call(http::H2Connection& connection, bool reads) : connection_(connection), reads_(reads) {}

  /// Fields by name; of the last head that came.
  [[nodiscard]] std::string field(const std::string& name) const {
    for (const auto& [known, value] : fields) {
      if (known == name) return value;
    }
    return {};
  }
  [[nodiscard]] std::string status() const { return statuses.empty() ? "" : statuses.back(); }
  [[nodiscard]] bool over() const { return error.has_value(); }
  /// It ended in order.
  [[nodiscard]] bool complete() const { return ended && error == http::H2Error::kNoError; }
  void send(std::string_view more, bool end) {
    out += more;
    out_ends = end;
    connection_.resume(id);
  }
  [[nodiscard]] std::size_t unsent() const { return out.size() - sent_; }
  /// Takes what has come, so that more may.
  void read() {
    connection_.consume(id, unread_);
    unread_ = 0;
  }

  http::StreamId id = 0;
  FieldTexts fields;
  FieldTexts trailers;
  std::vector<std::string> statuses;  ///< interim ones too
  std::string body;
  bool ended = false;
  std::optional<http::H2Error> error;
  std::string out;
  bool out_ends = false;
  FieldTexts out_trailers;

 private:
  void on_field(std::string_view name, std::string_view value) override {
    if (name == ":status") {
      statuses.emplace_back(value);
      fields.clear();
    } else if (final_) {
      trailers.emplace_back(name, value);
    } else {
      fields.emplace_back(name, value);
    }
  }
  void on_head(bool end) override {
    final_ = final_ || !status().starts_with('1');
    if (end) on_end();
  }
  void on_data(std::string_view bytes) override {
    body += bytes;
    unread_ += bytes.size();
    if (reads_) read();
  }
  void on_end() override { ended = true; }
  void on_window() override {}
  Part next_part(std::size_t room) override {
    const std::size_t size = std::min(room, unsent());
    Part part{.size = size, .end = out_ends && size == unsent()};
    if (!part.end || out_trailers.empty()) return part;
    std::vector<http::H2Field> list;
    for (const auto& [name, value] : out_trailers) list.push_back({name, value});
    connection_.submit_trailers(id, list);
    part.trailers = true;
    return part;
  }
  void copy_part(std::span<std::uint8_t> to) override {
    std::copy_n(out.begin() + static_cast<std::ptrdiff_t>(sent_), to.size(), to.begin());
    sent_ += to.size();
  }
  void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
  void on_closed(http::H2Error why) override { error = why; }

  http::H2Connection& connection_;
  bool reads_;
  bool final_ = false;
  std::size_t sent_ = 0;
  std::size_t unread_ = 0;
};

class H2Client final : private http::H2ConnectionHandler {
 public:
  H2Client(Fixture& fixture, std::unique_ptr<Peer> transport, const http::H2Settings& settings = {})
      : f(fixture),
        peer(std::move(transport)),
        connection(http::H2Connection::Role::kClient, settings, *this) {}

  /// `ends`: there is no body; else send() gives it. `reads`: what comes is taken at once.
  H2Call& request(const FieldTexts& fields, bool ends = true, bool reads = true) {
    calls_.push_back(std::make_unique<H2Call>(connection, reads));
    std::vector<http::H2Field> list;
    for (const auto& [name, value] : fields) list.push_back({name, value});
    calls_.back()->id = connection.submit_request(list, ends, *calls_.back()).value();
    turn();
    return *calls_.back();
  }
  H2Call& get(const std::string& path = "/") { return request(get_fields(path)); }
  void send_raw(std::string_view bytes) { out_ += bytes; }

  /// Moves what there is to be moved.
  void turn() {
    std::array<std::uint8_t, 20000> room{};
    for (;;) {
      const std::size_t size = connection.produce(room);
      if (size == 0) break;
      out_ += base::as_text({room.data(), size});
    }
    if (!peer->over()) out_.erase(0, peer->send(out_));
    peer->receive();
    const std::string came = peer->take();
    connection.receive(base::as_bytes(came));
  }
  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    return f.run_until([&] {
      turn();
      return condition();
    });
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      turn();
      f.settle();
    }
  }
  void finish(H2Call& call) {
    CHECK(run_until([&] { return call.over(); }));
  }
  /// The server's side has ended the connection.
  void await_end() {
    CHECK(run_until([&] { return peer->over(); }));
  }

  Fixture& f;
  std::unique_ptr<Peer> peer;
  http::H2Connection connection;
  std::vector<std::pair<http::StreamId, http::H2Error>> goaways;
  int pings = 0;

 private:
  http::H2StreamHandler* on_stream(http::StreamId /*id*/) override { return nullptr; }
  void on_window() override {}
  void on_frame(http::H2Frame frame) override { pings += frame == http::H2Frame::kPing ? 1 : 0; }
  void on_ping_answer() override {}
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error /*error*/, std::string_view /*why*/) override {}
  void on_goaway(http::StreamId last, http::H2Error error) override {
    goaways.emplace_back(last, error);
  }

  std::vector<std::unique_ptr<H2Call>> calls_;
  std::string out_;
};

/// A frontend for HTTP/2 before some fake servers.
class H2Fixture : public Fixture {
 public:
  explicit H2Fixture(std::size_t server_count = 1, FrontendSettings frontend = {},
                     BackendSettings backend = {}, Protocols protocols = {false, true})
      : servers(server_count) {
    frontend.backend = add_backend(endpoints_of(servers), std::move(backend));
    front = add_frontend(std::move(frontend), {}, {}, protocols);
  }
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  [[nodiscard]] H2Client client(const http::H2Settings& settings = {}) {
    return H2Client(*this, connect(), settings);
  }
  /// The next connection that a client's request makes.
  [[nodiscard]] std::unique_ptr<Peer> accept(H2Client& from) {
    return accept_in(from, servers.front());
  }
  /// Runs until a server has received text that ends so.
  [[nodiscard]] std::string receive_until(H2Client& from, Peer& server, std::string_view end) {
    return receive_in(from, server, end);
  }
  /// The next connection, once the head of a request has come on it.
  [[nodiscard]] std::unique_ptr<Peer> accept_request(H2Client& from) {
    std::unique_ptr<Peer> server = accept(from);
    (void)receive_until(from, *server, kHeadEnd);
    return server;
  }
  /// A GET on this connection is answered in order: it works.
  void check_works(H2Client& by) {
    H2Call& call = by.get("/works");
    const auto server = accept_request(by);
    server->send(kHello);
    by.finish(call);
    CHECK(call.complete());
    CHECK(call.body == "hello");
  }
  [[nodiscard]] const H2Counters& counters() const { return *engine.http2().front().counters; }

  std::vector<FakeServer> servers;
  base::Endpoint front;
};

}  // namespace hapair::lb::test
