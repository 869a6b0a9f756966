#include <algorithm>
#include <string>
#include <string_view>

#include "libcheck/core/http_dialogue.hpp"
#include "talk.hpp"
#include "tests/fuzz/check_response_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using check::HttpCheck;
using check::HttpDialogue;
using check::Talk;

namespace {

constexpr std::string_view kReady = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready";
const check::HttpTerms kTerms{.authority = "192.0.2.21:80"};

/// A fixed text in place of an expression: what one costs is not the dialogue's business.
class Word final : public check::Pattern {
 public:
  std::optional<std::size_t> match_end(std::string_view text) const override {
    const std::size_t at = text.find("word");
    return at == std::string_view::npos ? std::nullopt : std::optional(at + 4);
  }
};

struct Asked {
  explicit Asked(HttpCheck what) : check(std::move(what)) {
    for (const check::FieldMatch& field : check.expect_fields) {
      const bool by_pattern = field.value && field.value->how == check::MatchHow::kRegex;
      patterns.fields.push_back(by_pattern ? std::make_unique<Word>() : nullptr);
    }
    if (check.expect_body && check.expect_body->how == check::MatchHow::kRegex) {
      patterns.body = std::make_unique<Word>();
    }
  }
  /// The dialogue looks into what was asked for as long as it lives.
  [[nodiscard]] std::unique_ptr<check::Dialogue> operator()() const& {
    return check::make_dialogue(check, patterns, kTerms);
  }
  void operator()() const&& = delete;
  [[nodiscard]] std::string on(std::string_view answer) const {
    return check::outcome_of(*this, answer);
  }

  HttpCheck check;
  check::HttpPatterns patterns;
};

std::string judge(std::string_view answer) { return Asked({}).on(answer); }

check::PayloadMatch contains(std::string bytes, bool negated = false) {
  return {.how = check::MatchHow::kContains, .bytes = std::move(bytes), .negated = negated};
}

}  // namespace

TEST_CASE("the request has what HTTP/1.1 asks for and nothing to keep the connection") {
  CHECK(check::http1_request({}, kTerms) ==
        "GET / HTTP/1.1\r\nHost: 192.0.2.21:80\r\nUser-Agent: hapair\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n");
  const HttpCheck full{.method = "POST",
                       .path = "/check?full=1",
                       .host = "www.example.com",
                       .fields = {{"user-agent", "probe"}, {"X-Token", "a b"}},
                       .body = "ping"};
  CHECK(check::http1_request(full, kTerms) ==
        "POST /check?full=1 HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\n"
        "user-agent: probe\r\nX-Token: a b\r\nContent-Length: 4\r\nConnection: close\r\n\r\nping");
  const Asked asked({});
  CHECK(Talk(asked()).sent == check::http1_request({}, kTerms));
}

TEST_CASE("the head decides, the body is not waited for") {
  const Asked asked({});
  Talk talk(asked());
  talk.hear("HTTP/1.1 200 Fine\r\nContent-Length: 100000\r\n");
  CHECK(talk.outcome() == "waiting");
  CHECK(talk.hear("\r\n").outcome() == "L7OK 200: Fine");
}

TEST_CASE("old and terse servers are understood") {
  CHECK(judge("HTTP/1.0 204 No Content\r\n\r\n") == "L7OK 204: No Content");
  CHECK(judge("HTTP/1.1 200 \r\n\r\n") == "L7OK 200");
}

TEST_CASE("interim responses are passed over up to a limit; 101 is none") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string text;
  for (int i = 0; i < HttpDialogue::kMaxInterim; ++i) text += interim;
  CHECK(judge(text + "HTTP/1.1 404 Not Found\r\n\r\n") == "L7STS 404: Not Found");
  CHECK(judge(text + interim) == "L7RSP: too many interim responses");
  CHECK(judge("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n") ==
        "L7STS 101: Switching Protocols");
}

TEST_CASE("a head beyond the limit is refused, one at the limit is read") {
  std::string head = "HTTP/1.1 200 OK\r\nX: ";
  const std::string end = "\r\n\r\n";
  head.append(HttpDialogue::kMaxHead - head.size() - end.size(), 'x');
  CHECK(judge(head + end) == "L7OK 200: OK");
  CHECK(judge(head + "x" + end).starts_with("L7RSP: "));
  CHECK(judge(std::string(100'000, 'x')).starts_with("L7RSP: "));
}

TEST_CASE("what could be read in two ways is refused, and the rule is named") {
  CHECK(judge("HTTP/1.1 200 OK\nX: y\n\n").size() > std::string_view("L7RSP: ").size());
  CHECK(judge("HTTP/1.1 2000 OK\r\n\r\n").starts_with("L7RSP: "));
  CHECK(judge("200 OK\r\n\r\n").starts_with("L7RSP: "));
}

TEST_CASE("an early end is no answer") {
  CHECK(judge("") == "L7RSP: closed without an answer");
  CHECK(judge("HTTP/1.1 200 OK\r\nConte") == "L7RSP: closed within the response head");
  const Asked asked({});
  CHECK(Talk(asked()).timeout() == "L7TOUT: no answer in time");
}

TEST_CASE("the server's words are shown without control characters and cut") {
  const auto shown = judge("HTTP/1.1 500 \xff\x80" + std::string(200, 'a') + "\r\n\r\n");
  CHECK(shown.starts_with("L7STS 500: \\xff\\x80aaaa"));
  CHECK(shown.size() < 120);
}

TEST_CASE("a field must be there, be something, or not be something") {
  const std::string answer = "HTTP/1.1 200 OK\r\nX-State: ready word\r\nx-state: 2\r\n\r\n";
  const auto with = [&](check::FieldMatch field) {
    return Asked({.expect_fields = {field}}).on(answer);
  };
  using enum check::MatchHow;
  const std::string good = "L7OK 200: OK";
  CHECK(with({.name = "x-STATE"}) == good);
  CHECK(with({.name = "X-Other"}) == "L7RSP 200: no field X-Other");
  CHECK(with({.name = "X-Other", .absent = true}) == good);
  CHECK(with({.name = "X-State", .absent = true}) == "L7RSP 200: a field X-State");
  CHECK(with({.name = "X-State", .value = {{.how = kLine, .bytes = "2"}}}) == good);
  CHECK(with({.name = "X-State", .value = {{.how = kLine, .bytes = "ready"}}}) ==
        "L7RSP 200: field X-State: expected the line \"ready\"");
  CHECK(with({.name = "X-State", .value = {{.how = kContains, .bytes = "read"}}}) == good);
  CHECK(with({.name = "X-State", .value = {{.how = kRegex, .bytes = "w.*d"}}}) == good);
  CHECK(with({.name = "X-State", .value = {{.how = kLine, .bytes = "2", .negated = true}}}) ==
        "L7RSP 200: field X-State: expected no line \"2\"");
  CHECK(with({.name = "X-Other", .value = {{.how = kLine, .bytes = "2", .negated = true}}}) ==
        good);
}

TEST_CASE("a status that is not expected is told before all else") {
  CHECK(Asked({.expect_fields = {{.name = "X"}}, .expect_body = contains("ready")})
            .on("HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nready") == "L7STS 503: Busy");
}

TEST_CASE("a text in the body is found wherever it stands, however the body is framed") {
  const Asked asked({.expect_body = contains("ready")});
  CHECK(asked.on(kReady) == "L7OK 200: OK");
  CHECK(asked.on("HTTP/1.1 200 OK\r\n\r\nalready there") == "L7OK 200: OK");
  CHECK(asked.on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nre\r\n3\r\nady\r\n") ==
        "L7OK 200: OK");
  CHECK(asked.on("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nread") ==
        "L7RSP 200: body: expected \"ready\"");
  CHECK(asked.on("HTTP/1.1 204 OK\r\n\r\n") == "L7RSP 204: body: expected \"ready\"");
  CHECK(asked.on("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nrea") ==
        "L7RSP: closed within the body");
  CHECK(asked.on("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n")
            .starts_with("L7RSP: "));
  Talk slow(asked());
  slow.hear("HTTP/1.1 200 OK\r\n\r\nrea");
  CHECK(slow.timeout() == "L7TOUT: no end of the body in time");
}

TEST_CASE("a text that must not be in the body fails as soon as it is seen") {
  const Asked asked({.expect_body = contains("error", true)});
  CHECK(asked.on(kReady) == "L7OK 200: OK");
  Talk talk(asked());
  talk.hear("HTTP/1.1 200 OK\r\n\r\nan err").hear("or");
  CHECK(talk.outcome() == "L7RSP 200: body: expected no \"error\"");
}

TEST_CASE("an expression is tried once all has come") {
  using enum check::MatchHow;
  const Asked asked({.expect_body = {{.how = kRegex, .bytes = "w.*d"}}});
  Talk talk(asked());
  talk.hear("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na word ");
  CHECK(talk.outcome() == "waiting");
  CHECK(talk.hear("x").outcome() == "L7OK 200: OK");
  CHECK(asked.on(kReady) == "L7RSP 200: body: expected a match of \"w.*d\"");
  const Asked none({.expect_body = {{.how = kRegex, .bytes = "w.*d", .negated = true}}});
  CHECK(none.on(kReady) == "L7OK 200: OK");
}

TEST_CASE("of a body no more than the limit is looked at, and then it is decided") {
  const Asked asked({.expect_body = contains("ready"), .max_body = 8});
  CHECK(asked.on("HTTP/1.1 200 OK\r\n\r\n...ready and much more") == "L7OK 200: OK");
  CHECK(asked.on("HTTP/1.1 200 OK\r\n\r\n....ready") == "L7RSP 200: body: expected \"ready\"");
}

TEST_CASE("the answer to HEAD has no body, whatever it says of one") {
  const Asked asked({.method = "HEAD", .expect_body = contains("x", true)});
  CHECK(asked.on("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n") == "L7OK 200: OK");
}

TEST_CASE("the corpus of server answers keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/check_response",
                            fuzz::fuzz_check_response) >= 10);
}
