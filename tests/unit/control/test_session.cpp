#include <doctest/doctest.h>

#include "apps/hapair/control/session.hpp"
#include "apps/hapair/control/status_document.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "common/base/text.hpp"
#include "sample_status.hpp"
#include "tests/fuzz/control_request_body.hpp"
#include "tests/fuzz/memory_stream.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using namespace hapair::control;

namespace {

const std::string kVersionRequest = "GET /v1/version HTTP/1.1\r\nHost: hapair\r\n\r\n";

struct SessionBench final : SessionOwner {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  FakeNode node;
  Router router{node, node, std::nullopt};
  fuzz::MemoryStream stream;
  Session session{*loop, stream, router, {.pid = 1, .uid = 0, .gid = 0, .groups = {}}, *this};
  int ends = 0;

  SessionBench() { stream.set_handler(&session.handler()); }
  void on_session_end() noexcept override { ++ends; }

  std::string ask(std::string_view bytes) {
    stream.feed(bytes);
    for (int turn = 0; turn < 5; ++turn) loop->run_once();
    return stream.take_output();
  }
};

int responses_in(std::string_view output) {
  int count = 0;
  for (std::size_t at = 0; (at = output.find("HTTP/1.1 ", at)) != std::string_view::npos; ++at) {
    ++count;
  }
  return count;
}

/// What an answer in chunks carries.
std::string body_of_chunks(std::string_view answer) {
  http::BodyDecoder decoder({.kind = http::BodyFraming::Kind::kChunked});
  std::string body;
  for (answer.remove_prefix(answer.find("\r\n\r\n") + 4); !answer.empty();) {
    const http::BodyDecoder::Step step = decoder.next(answer);
    REQUIRE(step.status != http::BodyDecoder::Step::Status::kFault);
    body += step.payload;
    answer.remove_prefix(step.consumed);
  }
  CHECK(decoder.done());
  return body;
}

}  // namespace

TEST_CASE("a connection serves one request after the other") {
  SessionBench bench;
  const std::string first = bench.ask(kVersionRequest);
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
  CHECK(first.find("Connection: close") == std::string::npos);
  CHECK(bench.ask(kVersionRequest) == first);
  CHECK_FALSE(bench.session.over());
}

TEST_CASE("pipelined requests are answered in order, each in a call of the loop of its own") {
  SessionBench bench;
  bench.stream.feed(kVersionRequest + kVersionRequest + kVersionRequest);
  CHECK(responses_in(bench.stream.output()) == 1);
  for (int turn = 0; turn < 5; ++turn) bench.loop->run_once();
  CHECK(responses_in(bench.stream.output()) == 3);
}

TEST_CASE("a request may come byte by byte") {
  SessionBench bench;
  const std::string request = kVersionRequest;
  for (const char byte : request.substr(0, request.size() - 1)) {
    CHECK(bench.ask(std::string(1, byte)).empty());
  }
  CHECK(bench.ask("\n").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("close is honoured and HTTP/1.0 is served") {
  SessionBench closing;
  const std::string answer =
      closing.ask("GET /v1/version HTTP/1.1\r\nHost: hapair\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(closing.session.over());
  CHECK(closing.ends == 1);

  SessionBench old;
  CHECK(old.ask("GET /v1/version HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(old.session.over());
}

TEST_CASE("a long status goes out in pieces, and the next request is served") {
  SessionBench bench;
  bench.node.shown = long_status(1000);
  bench.stream.feed("GET /v1/status HTTP/1.1\r\nHost: hapair\r\n\r\n");
  CHECK(bench.stream.writes() == 1);  // the head
  for (int turn = 0; turn < 500; ++turn) bench.loop->run_once();
  CHECK(static_cast<std::size_t>(bench.stream.writes()) > 4005 / StatusDocument::kBatch);
  const std::string answer = bench.stream.take_output();
  CHECK(answer.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(body_of_chunks(answer) == render_status(bench.node.shown));
  CHECK(bench.ask(kVersionRequest).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("metrics go out in pieces under a type of their own") {
  SessionBench bench;
  bench.node.shown = long_status(1000);
  bench.stream.feed("GET /metrics HTTP/1.1\r\nHost: hapair\r\n\r\n");
  for (int turn = 0; turn < 500; ++turn) bench.loop->run_once();
  CHECK(bench.stream.writes() > 20);
  const std::string answer = bench.stream.take_output();
  CHECK(answer.find("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n") !=
        std::string::npos);
  CHECK(body_of_chunks(answer).starts_with("# HELP hapair_build_info "));
  CHECK(bench.ask(kVersionRequest).starts_with("HTTP/1.1 200 OK\r\n"));
}

namespace {

/// Wants a turn of the loop ten times a millisecond.
struct Urgent {
  explicit Urgent(event::EventLoop& loop)
      : timer(loop, event::Priority::kVrrp, event::Callback<>::to<&Urgent::on_time>(this)) {
    on_time();
  }
  void on_time() noexcept {
    ++turns;
    timer.arm_after(std::chrono::microseconds(100));
  }

  event::Timer timer;
  int turns = 0;
};

}  // namespace

TEST_CASE("what is urgent has its turns while a long status is made") {
  SessionBench bench;
  bench.node.shown = long_status(5000);
  bench.stream.feed("GET /v1/status HTTP/1.1\r\nHost: hapair\r\nConnection: close\r\n\r\n");
  Urgent urgent(*bench.loop);
  for (int turn = 0; turn < 100'000 && !bench.session.over(); ++turn) bench.loop->run_once();
  REQUIRE(bench.session.over());
  // 626 pieces, whose making takes tens of milliseconds on any machine.
  CHECK(urgent.turns > 50);
}

TEST_CASE("a client that takes no more of a long status holds the making of it up") {
  SessionBench bench;
  bench.node.shown = long_status(1000);
  bench.stream.set_blocked(true);
  bench.stream.feed("GET /v1/status HTTP/1.1\r\nHost: hapair\r\n\r\n");
  for (int turn = 0; turn < 10; ++turn) bench.loop->run_once();
  bench.session.on_timeout();
  CHECK(bench.session.over());
  CHECK(bench.stream.aborted());
}

TEST_CASE("HTTP/1.0 gets a long status up to the end of the connection, HEAD none of it") {
  SessionBench old;
  old.node.shown = long_status(200);
  old.stream.feed("GET /v1/status HTTP/1.0\r\n\r\n");
  for (int turn = 0; turn < 100; ++turn) old.loop->run_once();
  CHECK(old.session.over());
  CHECK(old.stream.output().ends_with("\r\n\r\n" + render_status(old.node.shown)));

  SessionBench bench;
  bench.node.shown = long_status(200);
  const std::string head = bench.ask("HEAD /v1/status HTTP/1.1\r\nHost: hapair\r\n\r\n");
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(bench.ask(kVersionRequest).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("HEAD gets the head only, and the next request is served") {
  SessionBench bench;
  const std::string head = bench.ask("HEAD /v1/version HTTP/1.1\r\nHost: hapair\r\n\r\n");
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("Content-Length: 0") == std::string::npos);
  CHECK(bench.ask(kVersionRequest).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE(
    "an order comes with a length or in chunks, after a promise to go on if it waits for one") {
  const std::string line = "POST /v1/servers/web_server/node1/state HTTP/1.1\r\nHost: hapair\r\n";
  SessionBench bench;
  CHECK(bench.ask(line + "Content-Length: 24\r\n\r\n{\"state\": \"maintenance\"}")
            .starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench
            .ask(line + "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"state\":\r\n8\r\n\"ready\"}\r\n"
                        "0\r\n\r\n")
            .starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench.ask(line + "Content-Length: 18\r\nExpect: 100-continue\r\n\r\n") ==
        "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(bench.ask("{\"state\": \"ready\"}").starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench.node.orders ==
        "maintenance by uid 0 (pid 1); ready by uid 0 (pid 1); ready by uid 0 (pid 1); ");
}

TEST_CASE("what could be read in two ways is refused as on the traffic side, in JSON, and closed") {
  struct Case {
    const char* request;
    const char* status;
    const char* code;
  };
  for (const Case& c : {
           Case{"GET / HTTP/1.1\nHost: x\n\n", "400 Bad Request", "bare-lf"},
           Case{"GET / HTTP/1.1\r\n\r\n", "400 Bad Request", "missing-host"},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
                "chunked\r\n\r\n0\r\n\r\n",
                "400 Bad Request", "length-and-encoding"},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "400 Bad Request", "several-content-lengths"},
           Case{"GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505 HTTP Version Not Supported",
                "unsupported-version"},
       }) {
    CAPTURE(c.code);
    SessionBench bench;
    const std::string answer = bench.ask(c.request);
    CAPTURE(answer);
    CHECK(answer.starts_with(std::string("HTTP/1.1 ") + c.status + "\r\n"));
    CHECK(answer.find(std::string("\"code\": \"") + c.code + "\"") != std::string::npos);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(bench.session.over());
  }
}

TEST_CASE("heads and bodies are bounded") {
  SessionBench long_head;
  std::string request = "GET / HTTP/1.1\r\nHost: x\r\n";
  while (request.size() < Session::kMaxHead)
    request += "X-Padding: " + std::string(500, 'x') + "\r\n";
  CHECK(long_head.ask(request).starts_with("HTTP/1.1 431 "));

  SessionBench long_line;
  CHECK(long_line.ask("GET /" + std::string(3000, 'a')).starts_with("HTTP/1.1 414 "));

  SessionBench long_body;
  CHECK(long_body.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4097\r\n\r\n")
            .starts_with("HTTP/1.1 413 "));

  SessionBench long_chunk;
  CHECK(long_chunk
            .ask("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1001\r\n" +
                 std::string(4097, 'x'))
            .starts_with("HTTP/1.1 413 "));

  SessionBench body_at_limit;
  CHECK(body_at_limit
            .ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\n" +
                 std::string(4096, 'x'))
            .starts_with("HTTP/1.1 405 "));
}

TEST_CASE("an idle connection is closed silently, a begun request is answered with 408") {
  SessionBench idle;
  idle.session.on_timeout();
  CHECK(idle.stream.output().empty());
  CHECK(idle.session.over());

  SessionBench half;
  half.ask("GET /v1/ver");
  half.session.on_timeout();
  CHECK(half.stream.output().starts_with("HTTP/1.1 408 "));
  CHECK(half.session.over());

  SessionBench half_body;
  half_body.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  half_body.session.on_timeout();
  CHECK(half_body.stream.output().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a client that does not read its answer is waited for, and cut off in the end") {
  SessionBench patient;
  patient.stream.set_blocked(true);
  CHECK(patient.ask(kVersionRequest).empty());
  CHECK(patient.ask(kVersionRequest).empty());
  patient.stream.set_blocked(false);
  for (int turn = 0; turn < 5; ++turn) patient.loop->run_once();
  CHECK(responses_in(patient.stream.output()) == 2);

  SessionBench cut;
  cut.stream.set_blocked(true);
  cut.ask(kVersionRequest);
  cut.session.on_timeout();
  CHECK(cut.stream.aborted());
  CHECK(cut.session.over());
}

TEST_CASE("a client that finishes sending still gets its answer, then the session is over") {
  SessionBench bench;
  bench.stream.set_blocked(true);
  bench.ask(kVersionRequest);
  bench.stream.finish();
  bench.stream.set_blocked(false);
  for (int turn = 0; turn < 5; ++turn) bench.loop->run_once();
  CHECK(responses_in(bench.stream.output()) == 1);
  CHECK(bench.session.over());
  CHECK(bench.ends == 1);
}

TEST_CASE("the corpus of control requests keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/control_request",
                            fuzz::fuzz_control_request) >= 20);
}

namespace {

const std::string kFollowRequest = "GET /v1/events/follow HTTP/1.1\r\nHost: hapair\r\n\r\n";

void add_event(SessionBench& bench) {
  bench.node.events.add(
      {.id = "check-state", .subject = "a", .from = {}, .to = "up", .cause = "why"});
  bench.session.on_news();
}

}  // namespace

TEST_CASE("a follower gets events as chunks of lines, as they come") {
  SessionBench bench;
  add_event(bench);
  const std::string first = bench.ask(kFollowRequest);
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"));
  CHECK(first.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(first.find("{\"number\":1,") != std::string::npos);
  CHECK(first.ends_with("}\n\r\n"));
  CHECK(bench.session.follows());
  CHECK(bench.ask("whatever it says: nobody listens").empty());
  add_event(bench);
  CHECK(bench.stream.output().empty());  // not within the call that adds it
  CHECK(bench.ask("").find("{\"number\":2,") != std::string::npos);
  bench.stream.finish();
  for (int turn = 0; turn < 3; ++turn) bench.loop->run_once();
  CHECK(bench.session.over());
}

TEST_CASE("a follower may begin behind a number, speak HTTP/1.0 or ask for the head only") {
  SessionBench bench;
  for (int i = 0; i < 3; ++i) add_event(bench);
  const std::string later = bench.ask("GET /v1/events/follow/2 HTTP/1.1\r\nHost: hapair\r\n\r\n");
  CHECK(later.find("{\"number\":3,") != std::string::npos);
  CHECK(later.find("{\"number\":2,") == std::string::npos);
  SessionBench old;
  add_event(old);
  const std::string plain = old.ask("GET /v1/events/follow HTTP/1.0\r\n\r\n");
  CHECK(plain.find("Transfer-Encoding") == std::string::npos);
  CHECK(plain.find("\r\n\r\n{\"number\":1,") != std::string::npos);
  SessionBench head;
  add_event(head);
  CHECK(head.ask("HEAD /v1/events/follow HTTP/1.1\r\nHost: hapair\r\n\r\n").ends_with("\r\n\r\n"));
  CHECK(head.session.over());
  SessionBench wrong;
  CHECK(wrong.ask("GET /v1/events/follow/x HTTP/1.1\r\nHost: hapair\r\n\r\n")
            .starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a follower that takes nothing is told what it missed, or closed") {
  SessionBench bench;
  add_event(bench);
  bench.ask(kFollowRequest);
  bench.stream.set_blocked(true);
  for (std::size_t i = 0; i < base::Journal::kCapacity + EventFeed::kBatch + 5; ++i) {
    add_event(bench);
    bench.loop->run_once();
  }
  CHECK(bench.stream.output().empty());
  bench.stream.set_blocked(false);
  for (int turn = 0; turn < 100; ++turn) bench.loop->run_once();
  const std::string later = bench.stream.take_output();
  CHECK(later.find("{\"lost\":") != std::string::npos);
  CHECK(later.find(base::concat("{\"number\":", bench.node.events.last_number(), ",")) !=
        std::string::npos);
  bench.stream.set_blocked(true);
  add_event(bench);
  for (int turn = 0; turn < 3; ++turn) bench.loop->run_once();
  bench.session.on_timeout();
  CHECK(bench.stream.aborted());
  CHECK(bench.session.over());
}

TEST_CASE("a line of commands is answered without HTTP, and that is the end of it") {
  SessionBench bench;
  const std::string answer = bench.ask("show info;show stat\nGET / HTTP/1.1\r\n\r\n");
  CHECK(answer.starts_with("Name: hapair\n"));
  CHECK(answer.find("\n\n# pxname,svname,") != std::string::npos);
  CHECK(answer.find("HTTP/") == std::string::npos);
  CHECK(bench.session.over());

  SessionBench slow;
  for (const char byte : std::string("show info")) {
    CHECK(slow.ask(std::string(1, byte)).empty());
  }
  CHECK(slow.ask("\n").starts_with("Name: hapair\n"));
  CHECK(slow.session.over());
}

TEST_CASE("commands are no commands where requests came before, or HTTP follows") {
  SessionBench bench;
  CHECK(bench.ask(kVersionRequest).starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(bench.ask("show info\n").starts_with("HTTP/1.1 400 "));
  SessionBench method;
  CHECK(method.ask("show /v1/version HTTP/1.1\r\nHost: a\r\n\r\n").starts_with("HTTP/1.1 405 "));
  SessionBench silent;
  CHECK(silent.ask("show info").empty());
  silent.session.on_timeout();
  CHECK(silent.stream.take_output().starts_with("HTTP/1.1 408 "));
}
