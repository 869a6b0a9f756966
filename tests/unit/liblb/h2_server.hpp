// An HTTP/2 server for tests: the engine's own connection class in the server's role, over a peer.
// The test answers each request as it likes, and may send frames of its own making as well.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/bytes.hpp"
#include "tests/unit/liblb/engine_fixture.hpp"
#include "tests/unit/liblb/h2_frames.hpp"

namespace hapair::lb::test {

/// A request that has come, and its answer.
class H2Served final : public http::H2StreamHandler {
 public:
  H2Served(http::H2Connection& connection, http::StreamId number, bool reads)
      : id(number), connection_(connection), reads_(reads) {}

  [[nodiscard]] std::string field(const std::string& name) const {
    for (const auto& [known, value] : fields) {
      if (known == name) return value;
    }
    return {};
  }
  [[nodiscard]] bool over() const { return error.has_value(); }
  void interim(int status, const FieldTexts& more = {}) {
    connection_.submit_interim(id, status, views_of(more));
  }
  /// `ends`: there is no body; else send() gives it.
  void answer(int status, const FieldTexts& more = {}, bool ends = true) {
    connection_.submit_response(id, status, views_of(more), ends);
  }
  void send(std::string_view more, bool end) {
    out += more;
    out_ends = end;
    connection_.resume(id);
  }
  void hello() {
    answer(200, {{"content-length", "5"}}, false);
    send("hello", true);
  }
  [[nodiscard]] std::size_t unsent() const { return out.size() - sent_; }
  /// Takes what has come, so that more may.
  void read() { connection_.consume(id, std::exchange(unread_, 0)); }

  http::StreamId id;
  FieldTexts fields;
  FieldTexts trailers;
  std::string body;
  bool head_came = false;
  bool ended = false;
  std::optional<http::H2Error> error;
  std::string out;
  bool out_ends = false;
  FieldTexts out_trailers;

 private:
  static std::vector<http::H2Field> views_of(const FieldTexts& texts) {
    std::vector<http::H2Field> list;
    for (const auto& [name, value] : texts) list.push_back({name, value});
    return list;
  }
  void on_field(std::string_view name, std::string_view value) override {
    (head_came ? trailers : fields).emplace_back(name, value);
  }
  void on_head(bool end) override {
    head_came = true;
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
    connection_.submit_trailers(id, views_of(out_trailers));
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
  std::size_t sent_ = 0;
  std::size_t unread_ = 0;
};

class H2Server final : private http::H2ConnectionHandler {
 public:
  /// `reads`: what comes is taken at once.
  explicit H2Server(std::unique_ptr<Peer> transport, const http::H2Settings& settings = {},
                    bool reads = true)
      : peer(std::move(transport)),
        connection(http::H2Connection::Role::kServer, settings, *this),
        reads_(reads) {}

  void send_raw(std::string_view bytes) { out_ += bytes; }
  /// Moves what there is to be moved.
  void turn() {
    std::array<std::uint8_t, 20000> room{};
    for (;;) {
      const std::size_t size = connection.produce(room);
      if (size == 0) break;
      out_ += base::as_text({room.data(), size});
    }
    if (closed) return;
    if (!peer->over()) out_.erase(0, peer->send(out_));
    peer->receive();
    connection.receive(base::as_bytes(peer->take()));
  }
  void close() {
    turn();
    closed = true;
    peer->close();
  }
  /// The requests whose heads have come and that take_request() has not taken.
  [[nodiscard]] H2Served* next_request() {
    if (taken_ == served.size() || !served[taken_]->head_came) return nullptr;
    return served[taken_++].get();
  }

  std::unique_ptr<Peer> peer;
  http::H2Connection connection;
  std::vector<std::unique_ptr<H2Served>> served;
  std::vector<http::H2Error> faults;
  std::vector<http::H2Error> goaways;
  int pings = 0;
  bool closed = false;

 private:
  http::H2StreamHandler* on_stream(http::StreamId id) override {
    served.push_back(std::make_unique<H2Served>(connection, id, reads_));
    return served.back().get();
  }
  void on_window() override {}
  void on_frame(http::H2Frame frame) override { pings += frame == http::H2Frame::kPing ? 1 : 0; }
  void on_ping_answer() override {}
  void on_reset_sent(http::H2Error /*error*/) override {}
  void on_fault(http::H2Error error, std::string_view /*why*/) override { faults.push_back(error); }
  void on_goaway(http::StreamId /*last*/, http::H2Error error) override {
    goaways.push_back(error);
  }

  bool reads_;
  std::size_t taken_ = 0;
  std::string out_;
};

/// Frontends for both versions of HTTP before some servers of HTTP/2.
class H2BackFixture : public Fixture {
 public:
  explicit H2BackFixture(std::size_t server_count = 1, BackendSettings backend = {},
                         FrontendSettings frontend = {}, Protocols protocols = {false, true})
      : servers(server_count) {
    frontend.backend =
        add_backend(endpoints_of(servers), std::move(backend), {.protocols = protocols});
    front = add_frontend(frontend);
    front2 = add_frontend(std::move(frontend), {}, {}, {false, true});
  }
  /// A client of HTTP/1.1.
  [[nodiscard]] std::unique_ptr<Peer> connect() { return Fixture::connect(front); }
  /// Turns the loop and everybody in it until something holds.
  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    return Fixture::run_until([&] {
      for (const auto& turn : turns) turn();
      return condition();
    });
  }
  void settle() {
    for (int i = 0; i < 20; ++i) {
      for (const auto& turn : turns) turn();
      Fixture::settle();
    }
  }
  /// The next connection to a server; it takes part in turns from here on.
  H2Server& accept(std::size_t server = 0, const http::H2Settings& settings = {},
                   bool reads = true) {
    accepted_.push_back(
        std::make_unique<H2Server>(accept_in(*this, servers[server]), settings, reads));
    H2Server& made = *accepted_.back();
    turns.push_back([&made] {
      if (!made.closed) made.turn();
    });
    return made;
  }
  H2Served& next(H2Server& server) {
    H2Served* request = nullptr;
    REQUIRE(run_until([&] { return (request = server.next_request()) != nullptr; }));
    return *request;
  }
  /// Runs until the peer has received text that ends so.
  [[nodiscard]] std::string receive_until(Peer& peer, std::string_view end) {
    return receive_in(*this, peer, end);
  }
  void let_pass(base::Duration time) {
    settle();
    Fixture::let_pass(time);
    settle();
  }
  [[nodiscard]] const H2Counters& counters() const {
    const auto views = engine.http2();
    return *views.back().counters;
  }
  [[nodiscard]] bool no_further(std::size_t server = 0) {
    settle();
    return servers[server].accept() == nullptr;
  }

  std::vector<FakeServer> servers;
  base::Endpoint front;
  base::Endpoint front2;
  std::vector<std::function<void()>> turns;

 private:
  std::vector<std::unique_ptr<H2Server>> accepted_;
};

}  // namespace hapair::lb::test
