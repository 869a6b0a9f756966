// A client as the contract suite drives it: it asks, sends and hears, and the version of HTTP is a
// matter of the class. Under TLS or not is the fixture's matter, as everywhere.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"
#include "tests/unit/liblb/h2_client.hpp"

/// A test of the contract: once for each version of HTTP, of which `Client` speaks one.
#define CONTRACT(text) TEST_CASE_TEMPLATE(text, Client, H1Contract, H2Contract)

namespace hapair::lb::test {

/// A request; its authority is "example.com".
struct Ask {
  std::string method = "GET";
  std::string path = "/";
  FieldTexts fields{};    ///< names in lower case
  bool has_body = false;  ///< which send() gives; chunked where there is no content-length
  FieldTexts trailers{};
};

/// What a client has heard so far.
struct Received {
  std::vector<std::string> statuses;  ///< interim ones too
  FieldTexts fields;                  ///< of the last head, names in lower case
  std::string body;
  FieldTexts trailers;
  bool complete = false;  ///< it ended in order
  bool over = false;      ///< nothing more will come

  [[nodiscard]] std::string status() const { return statuses.empty() ? "" : statuses.back(); }
  [[nodiscard]] std::string field(std::string_view name) const {
    for (const auto& [known, value] : fields) {
      if (known == name) return value;
    }
    return {};
  }
};

inline std::string lowered(std::string_view name) {
  std::string text;
  for (const char c : name) text += base::ascii_lower(c);
  return text;
}

/// HTTP/1.1: one exchange after the other on one connection.
class H1Contract {
 public:
  static constexpr Protocols kProtocols{.http1 = true, .http2 = false};
  static constexpr std::string_view kVersion = "HTTP/1.1";

  H1Contract(Fixture& fixture, const base::Endpoint& front) : peer_(fixture.connect(front)) {}

  void ask(const Ask& ask) {
    answer_ = {};
    head_done_ = false;
    asked_ = ask;
    std::string head =
        base::concat(ask.method, ' ', ask.path, " HTTP/1.1\r\nHost: example.com\r\n");
    chunked_ = ask.has_body;
    for (const auto& [name, value] : ask.fields) {
      head += base::concat(name, ": ", value, "\r\n");
      if (name == "content-length") chunked_ = false;
    }
    if (chunked_) head += "Transfer-Encoding: chunked\r\n";
    out_ += head + "\r\n";
    turn();
  }
  void send(std::string_view text, bool end) {
    if (chunked_ && !text.empty()) {
      std::array<std::uint8_t, http::kMaxChunkHead> line{};
      out_ += base::as_text({line.data(), http::write_chunk_head(line, text.size())});
    }
    out_ += text;
    if (chunked_ && !text.empty()) out_ += http::kChunkEnd;
    if (end && chunked_) {
      out_ += "0\r\n";
      for (const auto& [name, value] : asked_.trailers) {
        out_ += base::concat(name, ": ", value, "\r\n");
      }
      out_ += "\r\n";
    }
    turn();
  }
  [[nodiscard]] bool unsent() const { return !out_.empty(); }
  void shrink_receive_buffer() { peer_->shrink_receive_buffer(); }
  /// Gives the request up.
  void give_up() { peer_->abort(); }
  void turn() {
    if (!peer_->over()) out_.erase(0, peer_->send(out_));
    peer_->receive();
    while (!answer_.over && (head_done_ ? read_body() : read_head())) {
    }
    if (peer_->over() && !answer_.over) {
      answer_.over = true;
      answer_.complete = head_done_ && !peer_->reset && decoder_.finish();
    }
  }
  [[nodiscard]] bool over() const { return answer_.over; }
  [[nodiscard]] const Received& answer() const { return answer_; }

 private:
  bool read_head() {
    http::ResponseHead head;
    http::ResponseParser parser;
    const http::ParseResult result = parser.parse(peer_->received, head);
    REQUIRE_FALSE(result.faulty());
    if (!result.complete()) return false;
    answer_.statuses.push_back(std::to_string(head.status));
    answer_.fields = texts(head.fields);
    const http::Method method = http::parse_method(asked_.method);
    if (head.status >= 200) {
      head_done_ = true;
      decoder_.begin(http::response_body(head, method));
    }
    peer_->received.erase(0, result.bytes);
    return true;
  }
  bool read_body() {
    while (!decoder_.done()) {
      const auto step = decoder_.next(peer_->received);
      REQUIRE(step.status != http::BodyDecoder::Step::Status::kFault);
      answer_.body += step.payload;
      peer_->received.erase(0, step.consumed);
      if (step.status == http::BodyDecoder::Step::Status::kMore) return false;
    }
    for (std::string_view lines = decoder_.trailers(); !lines.empty();) {
      const std::size_t end = lines.find("\r\n");
      const std::size_t colon = lines.find(": ");
      answer_.trailers.emplace_back(lowered(lines.substr(0, colon)),
                                    lines.substr(colon + 2, end - colon - 2));
      lines.remove_prefix(end + 2);
    }
    answer_.complete = answer_.over = true;
    return false;
  }
  static FieldTexts texts(const http::FieldList& fields) {
    FieldTexts list;
    for (const http::Field& field : fields) {
      list.emplace_back(lowered(field.name), field.value);
    }
    return list;
  }

  std::unique_ptr<Peer> peer_;
  Ask asked_;
  Received answer_;
  http::BodyDecoder decoder_;
  std::string out_;
  bool chunked_ = false;
  bool head_done_ = false;
};

/// HTTP/2: each exchange is a stream of one connection.
class H2Contract {
 public:
  static constexpr Protocols kProtocols{.http1 = false, .http2 = true};
  static constexpr std::string_view kVersion = "HTTP/2.0";

  H2Contract(Fixture& fixture, const base::Endpoint& front)
      : client_(fixture, fixture.connect(front)) {}

  void ask(const Ask& ask) {
    call_ = &client_.request(with({{":method", ask.method},
                                   {":scheme", "http"},
                                   {":authority", "example.com"},
                                   {":path", ask.path}},
                                  ask.fields),
                             !ask.has_body);
    call_->out_trailers = ask.trailers;
  }
  void send(std::string_view text, bool end) {
    call_->send(text, end);
    turn();
  }
  [[nodiscard]] bool unsent() const { return call_->unsent() > 0; }
  void shrink_receive_buffer() { client_.peer->shrink_receive_buffer(); }
  void give_up() {
    client_.connection.reset(call_->id, http::H2Error::kCancel);
    turn();
  }
  void turn() { client_.turn(); }
  [[nodiscard]] bool over() const { return call_->over() || client_.peer->over(); }
  [[nodiscard]] const Received& answer() {
    answer_ = {.statuses = call_->statuses,
               .fields = call_->fields,
               .body = call_->body,
               .trailers = call_->trailers,
               .complete = call_->complete(),
               .over = over()};
    return answer_;
  }

 private:
  H2Client client_;
  H2Call* call_ = nullptr;
  Received answer_;
};

/// One HTTP frontend before some fake servers, and one client.
template <class Client>
class ContractFixture : public Fixture {
 public:
  explicit ContractFixture(std::size_t server_count = 1, FrontendSettings frontend = {},
                           BackendSettings backend = {})
      : servers(server_count) {
    open(endpoints_of(servers), std::move(frontend), std::move(backend));
  }
  /// Before these endpoints.
  explicit ContractFixture(const std::vector<base::Endpoint>& endpoints) {
    open(endpoints, {}, {});
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition) {
    return Fixture::run_until([&] {
      client->turn();
      return condition();
    });
  }
  /// The next connection to the first server.
  [[nodiscard]] std::unique_ptr<Peer> accept() { return accept_in(*this, servers.front()); }
  /// What the server has received, once it ends so.
  [[nodiscard]] std::string receive_until(Peer& server, std::string_view end) {
    return receive_in(*this, server, end);
  }
  /// The client asks, and the request reaches the server on a new connection.
  [[nodiscard]] std::unique_ptr<Peer> ask(const Ask& ask, std::string_view until = kHeadEnd) {
    client->ask(ask);
    auto server = accept();
    heard = receive_until(*server, until);
    return server;
  }
  /// What the client has heard when nothing more will come.
  const Received& answer() {
    CHECK(run_until([&] { return client->over(); }));
    return client->answer();
  }
  /// Moves the clock on by so many seconds, with the client doing its part meanwhile.
  void let_pass(std::chrono::seconds time) {
    for (; time.count() > 0; --time) {
      for (int i = 0; i < 3; ++i) {
        client->turn();
        settle();
      }
      Fixture::let_pass(std::chrono::seconds(1));
    }
    client->turn();
  }

  std::vector<FakeServer> servers;
  std::unique_ptr<Client> client;
  std::string heard;  ///< what ask() received at the server

 private:
  void open(const std::vector<base::Endpoint>& endpoints, FrontendSettings frontend,
            BackendSettings backend) {
    frontend.backend = add_backend(endpoints, std::move(backend));
    client = std::make_unique<Client>(
        *this, add_frontend(std::move(frontend), {}, {}, Client::kProtocols));
  }
};

}  // namespace hapair::lb::test
