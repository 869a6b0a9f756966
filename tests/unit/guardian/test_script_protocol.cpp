// The fuzz corpus of messages, which test_protocol.cpp replays, has these as well.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/guardian/script_protocol.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

const std::vector<ScriptOrder> kOrders = {
    RunScript{1023}, TellState{.subject = 7, .state = vrrp::NotifyState::kStop, .priority = 254},
    TellState{.subject = 7, .scripts = Tell::kNothing},
    TellAlert{.script = 9,
              .number = 1ULL << 40,
              .words = {"server", "web/a", "", "down", "Layer4 timeout"}}};
const std::vector<ScriptReport> kReports = {
    ScriptEnded{.script = 3, .result = {.number = 255, .took = 40ms, .line = "first line"}},
    NotifyEnded{.subject = 190,
                .state = vrrp::NotifyState::kFault,
                .priority = 1,
                .script = 4,
                .waiting = 16,
                .skipped = 1ULL << 40,
                .result = {.ended_by = scripts::EndedBy::kSignal,
                           .number = 9,
                           .timed_out = true,
                           .took = 10min,
                           .line = std::string(4 * scripts::ScriptResult::kMaxLine + 3, 'x')}},
    ScriptsReady{}, ScriptUnfit{.script = 3, .reason = "/x is gone"},
    AlertEnded{.script = 9, .number = 7, .result = {.number = 2, .took = 1ms}}};

TEST_CASE("orders and reports about scripts are read as they were written") {
  for (const auto& order : kOrders) {
    CHECK(decode_script_order(encode_script_order(order)).value() == order);
  }
  for (const auto& report : kReports) {
    CHECK(decode_script_report(encode_script_report(report)).value() == report);
  }
}

TEST_CASE("cut or with bytes behind their end they are refused") {
  const auto check = [](std::vector<std::uint8_t> whole, const auto& decode) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CHECK_FALSE(decode(base::Bytes(whole).first(length)).has_value());
    }
    whole.push_back(0);
    CHECK(decode(whole).error().message == "malformed message about scripts");
  };
  for (const auto& order : kOrders) check(encode_script_order(order), decode_script_order);
  for (const auto& report : kReports) check(encode_script_report(report), decode_script_report);
}

TEST_CASE("words that a script could not be given are refused") {
  TellAlert tell;
  tell.words[4] = std::string(TellAlert::kMaxWord, 'x');
  CHECK(decode_script_order(encode_script_order(tell)));
  tell.words[4] += 'x';
  CHECK_FALSE(decode_script_order(encode_script_order(tell)));
  for (const std::string& odd :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("\xc3\xa9")}) {
    tell.words[4] = odd;
    CHECK_FALSE(decode_script_order(encode_script_order(tell)));
  }
}

TEST_CASE("what became of a run is told in words") {
  using scripts::EndedBy;
  using scripts::ScriptResult;
  CHECK(ScriptResult{}.how() == "exit code 0");
  CHECK(ScriptResult{}.good());
  CHECK_FALSE(ScriptResult{.timed_out = true}.good());
  CHECK(ScriptResult{.timed_out = true}.how() == "exit code 0 after its time limit");
  CHECK(ScriptResult{.ended_by = EndedBy::kSignal, .number = 15}.how() == "signal 15 (Terminated)");
  CHECK(ScriptResult{.ended_by = EndedBy::kNotStarted, .line = "why"}.how() ==
        "could not be started: why");
}

}  // namespace
}  // namespace hapair::guardian
