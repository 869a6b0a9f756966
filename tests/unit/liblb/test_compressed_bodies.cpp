// Compressed responses as clients get them, over HTTP/1.1 and HTTP/2, plain and under TLS.
#include <functional>

#include "common/base/random.hpp"
#include "liblb/core/request_policy.hpp"
#include "tests/unit/http/inflate.hpp"
#include "tests/unit/liblb/contract_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http_test::inflate;

namespace {

FrontendSettings compressing(CompressionSettings compression = {}) {
  compression.types = {"text/plain"};
  FrontendSettings settings;
  settings.policy =
      std::make_shared<const RequestPolicy>(RequestPolicySettings{.compression = compression});
  return settings;
}

const Ask kAsk{.fields = {{"accept-encoding", "gzip"}}};

std::string head_of(std::size_t length, std::string_view more = {}) {
  return base::concat("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ", length,
                      "\r\n", more, "\r\n");
}

/// The server sends all of it while the client hears.
template <class Fixture>
const Received& answer_with(Fixture& f, Peer& server, std::string text) {
  CHECK(f.run_until([&] {
    text.erase(0, server.send(text));
    return f.client->over();
  }));
  return f.client->answer();
}

/// Wants the loop as often as it can have it, until its work says that it is done.
class Competitor {
 public:
  Competitor(event::EventLoop& loop, std::move_only_function<bool()> work)
      : work_(std::move(work)),
        deferred_(loop, event::Priority::kTraffic,
                  event::Callback<>::to<&Competitor::on_turn>(this)) {
    deferred_.schedule();
  }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] int turns() const { return turns_; }

 private:
  void on_turn() noexcept {
    ++turns_;
    done_ = work_() || turns_ == 1'000'000;
    if (!done_) deferred_.schedule();
  }

  std::move_only_function<bool()> work_;
  event::Deferred deferred_;
  int turns_ = 0;
  bool done_ = false;
};

}  // namespace

CONTRACT("a body is compressed on its way, and its head says so") {
  ContractFixture<Client> f(1, compressing());
  const std::string body = numbered_text(2'000'000);
  const auto server = f.ask(kAsk);
  const Received& answer =
      answer_with(f, *server, head_of(body.size(), "ETag: \"a\"\r\nVary: Cookie\r\n") + body);
  CHECK(answer.complete);
  CHECK(answer.field("content-encoding") == "gzip");
  CHECK(answer.field("vary") == "Cookie, Accept-Encoding");
  CHECK(answer.field("etag") == "W/\"a\"");
  CHECK(answer.field("content-length").empty());
  CHECK(answer.body.size() < body.size() / 2);
  CHECK(inflate(answer.body).whole);
  CHECK((inflate(answer.body).text == body));
}

CONTRACT("the next response on the same connections is its own") {
  ContractFixture<Client> f(1, compressing());
  const std::string body = numbered_text(5000);
  const auto server = f.ask(kAsk);
  for (int i = 0; i < 3; ++i) {
    CHECK(inflate(answer_with(f, *server, head_of(body.size()) + body).body).text == body);
    f.client->ask({});
    (void)f.receive_until(*server, kHeadEnd);
    const Received& plain = answer_with(f, *server, head_of(body.size()) + body);
    CHECK(plain.field("content-encoding").empty());
    CHECK(plain.field("vary") == "Accept-Encoding");
    CHECK(plain.body == body);
    f.client->ask(kAsk);
    (void)f.receive_until(*server, kHeadEnd);
  }
}

CONTRACT("chunks, trailers and the end of a connection come through") {
  ContractFixture<Client> f(1, compressing());
  const std::string body = numbered_text(3000);
  auto server = f.ask({.fields = {{"accept-encoding", "gzip"}, {"te", "trailers"}}});
  const std::string type = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  const Received& chunked = answer_with(
      f, *server,
      type + "Transfer-Encoding: chunked\r\n\r\nbb8\r\n" + body + "\r\n0\r\nX-Sum: 1\r\n\r\n");
  CHECK(chunked.complete);
  CHECK(inflate(chunked.body).text == body);
  CHECK(chunked.trailers == FieldTexts{{"x-sum", "1"}});
  f.client->ask(kAsk);
  (void)f.receive_until(*server, kHeadEnd);
  server->send(type + "\r\n" + body);
  f.settle();
  server->close();
  CHECK(f.answer().complete);
  CHECK(inflate(f.answer().body).text == body);
}

CONTRACT("what has come of a stream is not held back") {
  ContractFixture<Client> f(1, compressing());
  const auto server = f.ask(kAsk);
  server->send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n");
  CHECK(f.run_until([&] { return inflate(f.client->answer().body).text == "hello"; }));
  server->send("7\r\n, world\r\n");
  CHECK(f.run_until([&] { return inflate(f.client->answer().body).text == "hello, world"; }));
  server->send("0\r\n\r\n");
  CHECK(f.answer().complete);
  CHECK(inflate(f.answer().body).whole);
}

CONTRACT("a slow client gets it all, and the server waits meanwhile") {
  ContractFixture<Client> f(1, compressing({.level = 1}));
  f.client->shrink_receive_buffer();
  const std::string body = http_test::noise_of(3'000'000);
  const auto server = f.ask(kAsk);
  const Received& answer = answer_with(f, *server, head_of(body.size()) + body);
  CHECK(answer.complete);
  CHECK((inflate(answer.body).text == body));
}

CONTRACT("however hard a body is to compress, the loop turns meanwhile") {
  ContractFixture<Client> f(1, compressing({.level = 9}));
  // Each place of such a text has hundreds of others to compare with: some 0.2 s of work in all.
  base::Random random(1);
  std::string body;
  while (body.size() < std::size_t{256} * 1024) body += random.below(2) == 0 ? 'a' : 'b';
  const auto server = f.ask(kAsk);
  Competitor competitor(*f.loop, [&, text = head_of(body.size()) + body]() mutable {
    text.erase(0, server->send(text));
    return f.client->over();
  });
  CHECK(f.run_until([&] { return competitor.done(); }));
  CHECK((inflate(f.answer().body).text == body));
  CHECK(competitor.turns() > 64);
}

CONTRACT("a response that is cut short is not whole for the client either") {
  ContractFixture<Client> f(1, compressing());
  const auto server = f.ask(kAsk);
  server->send(head_of(5000) + numbered_text(4000));
  f.settle();
  server->close();
  const Received& answer = f.answer();
  CHECK_FALSE(answer.complete);
}

CONTRACT("HEAD, and what is short or of another type, go on as they are") {
  ContractFixture<Client> f(1, compressing());
  const auto server = f.ask({.method = "HEAD", .fields = {{"accept-encoding", "gzip"}}});
  server->send(head_of(5000));
  CHECK(f.answer().field("content-length") == "5000");
  CHECK(f.answer().field("content-encoding").empty());
  f.client->ask(kAsk);
  (void)f.receive_until(*server, kHeadEnd);
  CHECK(answer_with(f, *server, head_of(5) + "hello").body == "hello");
  f.client->ask(kAsk);
  (void)f.receive_until(*server, kHeadEnd);
  const std::string image = std::string(5000, 'x');
  CHECK(answer_with(
            f, *server,
            "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n" + image)
            .body == image);
  CHECK(f.answer().field("vary").empty());
}

CONTRACT("beyond the limit responses go on as they are") {
  ContractFixture<Client> f(1, compressing({.max_streams = 0}));
  const std::string body = numbered_text(5000);
  const auto server = f.ask(kAsk);
  const Received& answer = answer_with(f, *server, head_of(body.size()) + body);
  CHECK(answer.body == body);
  CHECK(answer.field("content-length") == "5000");
  CHECK(answer.field("vary") == "Accept-Encoding");
}
