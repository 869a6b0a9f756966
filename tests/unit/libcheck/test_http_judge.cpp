#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "libcheck/core/http_judge.hpp"
#include "tests/fuzz/check_response_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using check::CheckCode;
using check::HttpJudge;

namespace {

const check::ExpectedStatus kExpect;

std::optional<check::HttpVerdict> feed(HttpJudge& judge, std::string_view text) {
  std::optional<check::HttpVerdict> verdict;
  while (!text.empty() && !verdict) {
    const auto room = judge.room();
    const std::size_t piece = std::min(text.size(), room.size());
    REQUIRE(piece > 0);
    std::copy_n(text.begin(), piece, room.begin());
    text.remove_prefix(piece);
    verdict = judge.take(piece);
  }
  return verdict;
}

check::HttpVerdict judge_all(std::string_view text) {
  HttpJudge judge(kExpect);
  const auto verdict = feed(judge, text);
  return verdict ? *verdict : judge.on_eof();
}

}  // namespace

TEST_CASE("the head decides, the body is not waited for") {
  HttpJudge judge(kExpect);
  CHECK_FALSE(feed(judge, "HTTP/1.1 200 Fine\r\nContent-Length: 100000\r\n"));
  const auto verdict = feed(judge, "\r\n");
  REQUIRE(verdict);
  CHECK(verdict->code == CheckCode::kL7Ok);
  CHECK(verdict->status == 200);
  CHECK(verdict->info == "Fine");
}

TEST_CASE("old and terse servers are understood") {
  CHECK(judge_all("HTTP/1.0 204 No Content\r\n\r\n").code == CheckCode::kL7Ok);
  CHECK(judge_all("HTTP/1.1 200 \r\n\r\n").info.empty());
}

TEST_CASE("interim responses are passed over up to a limit; 101 is none") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\n";
  std::string text;
  for (int i = 0; i < HttpJudge::kMaxInterim; ++i) text += interim;
  CHECK(judge_all(text + "HTTP/1.1 404 Not Found\r\n\r\n").status == 404);
  const auto flooded = judge_all(text + interim);
  CHECK(flooded.code == CheckCode::kL7BadResponse);
  CHECK(flooded.info == "too many interim responses");
  CHECK(judge_all("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            .code == CheckCode::kL7WrongStatus);
}

TEST_CASE("a head beyond the limit is refused, one at the limit is read") {
  std::string head = "HTTP/1.1 200 OK\r\nX: ";
  const std::string end = "\r\n\r\n";
  head.append(HttpJudge::kMaxHead - head.size() - end.size(), 'x');
  CHECK(judge_all(head + end).code == CheckCode::kL7Ok);
  CHECK(judge_all(head + "x" + end).code == CheckCode::kL7BadResponse);
  CHECK(judge_all(std::string(100'000, 'x')).code == CheckCode::kL7BadResponse);
}

TEST_CASE("what could be read in two ways is refused, and the rule is named") {
  const auto verdict = judge_all("HTTP/1.1 200 OK\nX: y\n\n");
  CHECK(verdict.code == CheckCode::kL7BadResponse);
  CHECK_FALSE(verdict.info.empty());
  CHECK(judge_all("HTTP/1.1 2000 OK\r\n\r\n").code == CheckCode::kL7BadResponse);
  CHECK(judge_all("200 OK\r\n\r\n").code == CheckCode::kL7BadResponse);
}

TEST_CASE("the server's words are shown without control characters and cut") {
  const auto verdict = judge_all("HTTP/1.1 500 \xff\x80" + std::string(200, 'a') + "\r\n\r\n");
  CHECK(verdict.info.starts_with("\\xff\\x80aaaa"));
  CHECK(verdict.info.size() < 100);
}

TEST_CASE("the corpus of server answers keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/check_response",
                            fuzz::fuzz_check_response) >= 10);
}
