#include "apps/hapair/guardian/script_protocol.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/hapair/guardian/wire.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

using base::ByteReader;
using base::ByteWriter;

enum Kind : std::uint8_t { kFirst = 1, kSecond = 2, kThird = 3, kFourth = 4, kFifth = 5 };

/// Its bytes may each have become four.
constexpr std::size_t kMaxPrintable = 4 * scripts::ScriptResult::kMaxLine + 3;

void put_result(ByteWriter& out, const scripts::ScriptResult& result) {
  out.u8(static_cast<std::uint8_t>(result.ended_by)).u32(result.number);
  out.u8(result.timed_out ? 1 : 0);
  put_duration(out, result.took);
  put_text(out, result.line);
}

std::optional<scripts::ScriptResult> take_result(ByteReader& in) {
  scripts::ScriptResult result;
  const std::uint8_t ended_by = in.u8();
  result.number = in.u32();
  const auto timed_out = take_flag(in);
  const auto took = take_duration(in);
  result.line = take_text(in);
  if (ended_by >= scripts::kEndings || !timed_out || !took || result.line.size() > kMaxPrintable) {
    return std::nullopt;
  }
  result.ended_by = static_cast<scripts::EndedBy>(ended_by);
  result.timed_out = *timed_out;
  result.took = *took;
  return result;
}

std::optional<vrrp::NotifyState> take_state(ByteReader& in) {
  const std::uint8_t state = in.u8();
  if (state >= vrrp::kNotifyStates) return std::nullopt;
  return static_cast<vrrp::NotifyState>(state);
}

std::optional<TellAlert> take_alert(ByteReader& in) {
  TellAlert tell;
  tell.script = in.u16();
  tell.number = in.u64();
  for (std::string& word : tell.words) {
    word = take_text(in);
    const bool printable = std::ranges::all_of(word, [](char c) { return c >= ' ' && c <= '~'; });
    if (word.size() > TellAlert::kMaxWord || !printable) return std::nullopt;
  }
  return tell;
}

std::optional<ScriptOrder> take_order(ByteReader& in) {
  switch (in.u8()) {
    case kFirst:
      return RunScript{in.u16()};
    case kSecond: {
      TellState tell{.subject = in.u16()};
      const auto state = take_state(in);
      tell.priority = in.u8();
      const std::uint8_t scripts = in.u8();
      if (!state || scripts >= kTells) return std::nullopt;
      tell.state = *state;
      tell.scripts = static_cast<Tell>(scripts);
      return tell;
    }
    case kThird:
      return take_alert(in);
    default:
      return std::nullopt;
  }
}

std::optional<ScriptReport> take_report(ByteReader& in) {
  switch (in.u8()) {
    case kFirst: {
      const std::uint16_t script = in.u16();
      auto result = take_result(in);
      if (!result) return std::nullopt;
      return ScriptEnded{.script = script, .result = std::move(*result)};
    }
    case kSecond: {
      NotifyEnded ended{.subject = in.u16(), .result = {}};
      const auto state = take_state(in);
      ended.priority = in.u8();
      ended.script = in.u16();
      ended.waiting = in.u32();
      ended.skipped = in.u64();
      auto result = take_result(in);
      if (!state || !result) return std::nullopt;
      ended.state = *state;
      ended.result = std::move(*result);
      return ended;
    }
    case kThird:
      return ScriptsReady{};
    case kFourth: {
      ScriptUnfit unfit{.script = in.u16(), .reason = {}};
      unfit.reason = take_text(in);
      if (unfit.reason.size() > kMaxPrintable) return std::nullopt;
      return unfit;
    }
    case kFifth: {
      AlertEnded ended{.script = in.u16(), .number = in.u64(), .result = {}};
      auto result = take_result(in);
      if (!result) return std::nullopt;
      ended.result = std::move(*result);
      return ended;
    }
    default:
      return std::nullopt;
  }
}

/// Whole, and nothing behind it.
template <class Message>
base::Result<Message> complete(std::optional<Message> message, const ByteReader& in) {
  if (!message || !in.ok() || in.left() != 0) return base::fail("malformed message about scripts");
  return std::move(*message);
}

}  // namespace

std::vector<std::uint8_t> encode_script_order(const ScriptOrder& order) {
  ByteWriter out;
  if (const auto* run = std::get_if<RunScript>(&order)) {
    out.u8(kFirst).u16(run->script);
  } else if (const auto* tell = std::get_if<TellState>(&order)) {
    out.u8(kSecond).u16(tell->subject).u8(static_cast<std::uint8_t>(tell->state));
    out.u8(tell->priority).u8(static_cast<std::uint8_t>(tell->scripts));
  } else if (const auto* alert = std::get_if<TellAlert>(&order)) {
    out.u8(kThird).u16(alert->script).u64(alert->number);
    for (const std::string& word : alert->words) put_text(out, word);
  }
  return out.take();
}

base::Result<ScriptOrder> decode_script_order(base::Bytes bytes) {
  ByteReader in(bytes);
  const auto order = take_order(in);
  return complete(order, in);
}

std::vector<std::uint8_t> encode_script_report(const ScriptReport& report) {
  ByteWriter out;
  if (const auto* ended = std::get_if<ScriptEnded>(&report)) {
    out.u8(kFirst).u16(ended->script);
    put_result(out, ended->result);
  } else if (const auto* notify = std::get_if<NotifyEnded>(&report)) {
    out.u8(kSecond).u16(notify->subject).u8(static_cast<std::uint8_t>(notify->state));
    out.u8(notify->priority).u16(notify->script).u32(notify->waiting).u64(notify->skipped);
    put_result(out, notify->result);
  } else if (std::holds_alternative<ScriptsReady>(report)) {
    out.u8(kThird);
  } else if (const auto* unfit = std::get_if<ScriptUnfit>(&report)) {
    out.u8(kFourth).u16(unfit->script);
    put_text(out, unfit->reason);
  } else if (const auto* alert = std::get_if<AlertEnded>(&report)) {
    out.u8(kFifth).u16(alert->script).u64(alert->number);
    put_result(out, alert->result);
  }
  return out.take();
}

base::Result<ScriptReport> decode_script_report(base::Bytes bytes) {
  ByteReader in(bytes);
  auto report = take_report(in);
  return complete(std::move(report), in);
}

}  // namespace hapair::guardian
