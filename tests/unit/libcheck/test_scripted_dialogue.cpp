#include "libcheck/core/scripted_dialogue.hpp"
#include "libcheck/core/udp_inquiry.hpp"
#include "talk.hpp"
#include "tests/fuzz/dialogue_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using namespace hapair::check;

namespace {

/// Matches a digit.
struct DigitPattern final : Pattern {
  std::optional<std::size_t> match_end(std::string_view text) const override {
    const std::size_t at = text.find_first_of("0123456789");
    return at == std::string_view::npos ? std::nullopt : std::optional(at + 1);
  }
};

ScriptStep say(std::string text) { return {.sends = true, .send = std::move(text)}; }
ScriptStep expect(MatchHow how, std::string text, std::string comment = {}) {
  return {.sends = false,
          .expect = {.how = how, .bytes = std::move(text)},
          .comment = std::move(comment)};
}
ScriptStep reject(MatchHow how, std::string text) {
  ScriptStep step = expect(how, std::move(text));
  step.expect.negated = true;
  return step;
}

struct Script {
  ScriptedCheck check;
  StepPatterns patterns;

  explicit Script(std::vector<ScriptStep> steps) : check{std::move(steps)} {
    for (const ScriptStep& step : check.steps) {
      const bool regex = !step.sends && step.expect.how == MatchHow::kRegex;
      patterns.push_back(regex ? std::make_unique<DigitPattern>() : nullptr);
    }
  }
  [[nodiscard]] std::unique_ptr<Dialogue> start() const { return make_dialogue(check, patterns); }
  [[nodiscard]] std::string outcome(std::string_view text) const {
    Talk talk(start());
    return talk.hear(text).close().outcome();
  }
};

using enum MatchHow;

}  // namespace

TEST_CASE("script: steps in turn, several in one piece or one in several") {
  const Script script({expect(kPrefix, "hello"), say("who\n"), expect(kContains, "me"),
                       expect(kLine, " and you"), say("bye\n")});
  Talk talk(script.start());
  CHECK(talk.sent.empty());
  talk.hear("hello\n", 1);
  CHECK(talk.sent == "who\n");
  talk.hear("it is me and you\r\n");
  CHECK(talk.outcome() == "L7OK:  and you");
  CHECK(talk.sent == "who\nbye\n");
  CHECK(outcome_of([&] { return script.start(); }, "hello\nit is me and you\n") ==
        "L7OK:  and you");
}

TEST_CASE("script: one that only says something is done when it is said") {
  Talk talk(Script({say("a"), say("b")}).start());
  CHECK(talk.sent == "ab");
  CHECK(talk.outcome() == "L7OK");
}

TEST_CASE("script: what is expected may be anywhere, first, a line or a match") {
  CHECK(Script({expect(kContains, "PONG")}).outcome("..PONG") == "L7OK: ..PONG");
  CHECK(Script({expect(kContains, "PONG")}).outcome("PANG\n") ==
        "L7RSP: closed within the answer that step 1 expects");
  CHECK(Script({expect(kPrefix, "220")}).outcome("220 hi\n") == "L7OK: 220");
  CHECK(Script({expect(kPrefix, "220")}).outcome("55") ==
        "L7RSP: step 1 expected \"220\" first, got \"55\"");
  CHECK(Script({expect(kLine, "yes")}).outcome("yes\n") == "L7OK: yes");
  CHECK(Script({expect(kLine, "yes")}).outcome("yes") == "L7OK: yes");
  CHECK(Script({expect(kLine, "yes")}).outcome("yes!\n") ==
        "L7RSP: step 1 expected the line \"yes\", got \"yes!\"");
  CHECK(Script({expect(kRegex, "\\d")}).outcome("abc7") == "L7OK: abc7");
}

TEST_CASE("script: what must not come is judged by the next line") {
  const Script script({reject(kContains, "ERR"), expect(kLine, "OK")});
  CHECK(script.outcome("-ERR no\nOK\n") == "L7RSP: step 1 expected no \"ERR\", got \"-ERR no\"");
  CHECK(script.outcome("+fine\nOK\n") == "L7OK: OK");
  Talk half(script.start());
  half.hear("+fine");
  CHECK(half.outcome() == "waiting");
  CHECK(Script({reject(kLine, "no")}).outcome("no\n") ==
        "L7RSP: step 1 expected no line \"no\", got \"no\"");
  CHECK(Script({reject(kRegex, "\\d")}).outcome("abc\n") == "L7OK: abc");
  CHECK(Script({reject(kRegex, "\\d")}).outcome("4\n") ==
        "L7RSP: step 1 expected no match of \"\\d\", got \"4\"");
  CHECK(Script({reject(kContains, "x")}).outcome("last words") == "L7OK: last words");
}

TEST_CASE("script: what must not come first is judged by its own length, and takes nothing") {
  const Script script({reject(kPrefix, "\x7f\x45"), expect(kContains, "\x7f\x44")});
  CHECK(script.outcome("\x7f\x44") == "L7OK: \\x7fD");
  CHECK(script.outcome("\x7f\x45") == "L7RSP: step 1 expected no \"\\x7fE\" first, got \"\\x7fE\"");
  CHECK(Script({reject(kPrefix, "ab")}).outcome("a") == "L7OK");
  Talk half(script.start());
  half.hear("\x7f");
  CHECK(half.outcome() == "waiting");
}

TEST_CASE("script: the step and its comment are the reason") {
  const Script script({expect(kPrefix, "hello", "the greeting")});
  CHECK(script.outcome("nope\nmore") ==
        "L7RSP: step 1 (the greeting) expected \"hello\" first, got \"nope\"");
  CHECK(script.outcome("") == "L7RSP: closed before the answer that step 1 (the greeting) expects");
  Talk silent(script.start());
  CHECK(silent.timeout() == "L7TOUT: no answer that step 1 (the greeting) expects in time");
}

TEST_CASE("script: a server that never says what is expected is not listened to for ever") {
  CHECK(Script({expect(kContains, "x")}).outcome(std::string(20'000, 'y')) ==
        "L7RSP: the answer is too long");
}

TEST_CASE("udp: any answer, or one that is as expected") {
  const auto any = make_inquiry(UdpCheck{.send = "ping"}, nullptr);
  CHECK(any->request() == "ping");
  CHECK(any->judge(base::as_bytes("pong"))->info == "pong");
  CHECK(any->judge({})->code == CheckCode::kL7Ok);
  CHECK(any->on_silence().code == CheckCode::kL7Timeout);

  const UdpCheck check{.expect = PayloadMatch{.how = kPrefix, .bytes = "po"}};
  const auto wanted = make_inquiry(check, nullptr);
  CHECK(wanted->judge(base::as_bytes("pong"))->code == CheckCode::kL7Ok);
  const auto other = wanted->judge(base::as_bytes("no"));
  CHECK(other->code == CheckCode::kL7BadResponse);
  CHECK(other->info == "expected \"po\" first, got \"no\"");

  UdpCheck unwanted = check;
  unwanted.expect->negated = true;
  CHECK(make_inquiry(unwanted, nullptr)->judge(base::as_bytes("pong"))->code ==
        CheckCode::kL7BadResponse);
  CHECK(make_inquiry(unwanted, nullptr)->judge(base::as_bytes("no"))->code == CheckCode::kL7Ok);
}

TEST_CASE("udp: silence may be good") {
  const auto quiet = make_inquiry(UdpCheck{.silence_is_good = true}, nullptr);
  CHECK(quiet->on_silence().code == CheckCode::kL4Ok);
}

TEST_CASE("the corpus of dialogues keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/dialogue", fuzz::fuzz_dialogue) >= 20);
}
