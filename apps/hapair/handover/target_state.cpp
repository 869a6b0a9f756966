// How one target of the health registry stands, as records.

#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover {
namespace {

enum TargetTag : std::uint16_t {
  kName = 1,
  kState,
  kReason,
  kSinceAt,
  kSinceWall,
  kVerdict,
  kAgainst,
  kWarns,
  kTried,
  kAgentDown,
  kAgentAdmin,
  kAgentReason,
  kWeight,
  kMaxConnections,
  kOrder,
  kOrderReason,
  kResult,
  kChecks,
  kFailures,
  kObservedFailures,
  kTimesDown
};
enum ResultTag : std::uint16_t { kCode = 1, kStatus, kDuration, kInfo, kResultWarns, kTime };

// One beyond the last of each.
constexpr auto kStates = static_cast<std::uint64_t>(check::State::kResolving) + 1;
constexpr auto kVerdicts = static_cast<std::uint64_t>(check::Verdict::kFailing) + 1;
constexpr auto kAdmins = static_cast<std::uint64_t>(check::AgentWord::Admin::kMaintenance) + 1;
constexpr auto kOrders = static_cast<std::uint64_t>(check::Order::kForceDown) + 1;
constexpr auto kCodes = static_cast<std::uint64_t>(check::CheckCode::kObserved) + 1;
constexpr std::uint16_t kMaxWeight = 256;
/// Limits that no count of results in a row comes near.
constexpr check::RiseFallLimits kNoLimits{.rise = UINT32_MAX, .fall = UINT32_MAX};

template <class Enum>
std::uint64_t number_of(Enum value) {
  return static_cast<std::uint64_t>(value);
}

RecordWriter records_of(const check::CheckRecord& record) {
  const check::CheckResult& result = record.result;
  RecordWriter out;
  out.number(kCode, number_of(result.code)).number(kStatus, result.status);
  out.time(kDuration, result.duration).text(kInfo, result.info).flag(kResultWarns, result.warns);
  out.time(kTime, record.time);
  return out;
}

check::CheckRecord take_result(base::Bytes bytes) {
  check::CheckRecord out{};
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    check::CheckResult& result = out.result;
    if (record->tag == kCode) {
      result.code =
          record->one_of<check::CheckCode>(kCodes).value_or(check::CheckCode::kSocketError);
    }
    if (record->tag == kStatus) result.status = record->one_of<std::uint16_t>(1000).value_or(0);
    if (record->tag == kDuration) result.duration = record->duration();
    if (record->tag == kInfo) result.info = record->text().substr(0, check::CheckResult::kMaxInfo);
    if (record->tag == kResultWarns) result.warns = record->flag();
    if (record->tag == kTime) out.time = record->wall();
  }
  return out;
}

struct Count {
  check::Verdict verdict = check::Verdict::kNone;
  unsigned against = 0;
};

void take_words(const Record& record, check::Target& target) {
  switch (record.tag) {
    case kAgentDown:
      target.agent_down = record.flag();
      break;
    case kAgentAdmin:
      target.agent_admin = record.one_of<check::AgentWord::Admin>(kAdmins).value_or(
          check::AgentWord::Admin::kNothing);
      break;
    case kAgentReason:
      target.agent_reason = record.text();
      break;
    case kWeight:
      target.weight_percent = record.one_of<std::uint16_t>(kMaxWeight + 1U).value_or(100);
      break;
    case kMaxConnections:
      target.max_connections = record.one_of<std::uint32_t>(check::AgentWord::kMaxConnections + 1U);
      break;
    case kOrder:
      target.order = record.one_of<check::Order>(kOrders).value_or(check::Order::kNone);
      break;
    case kOrderReason:
      target.order_reason = record.text();
      break;
    default:
      break;
  }
}

void take(const Record& record, check::Target& target, Count& count) {
  switch (record.tag) {
    case kName:
      target.name = record.text();
      break;
    case kState:
      target.state = record.one_of<check::State>(kStates).value_or(check::State::kUnknown);
      break;
    case kReason:
      target.reason = record.text();
      break;
    case kSinceAt:
      target.since.at = record.instant();
      break;
    case kSinceWall:
      target.since.wall = record.wall();
      break;
    case kVerdict:
      count.verdict = record.one_of<check::Verdict>(kVerdicts).value_or(check::Verdict::kNone);
      break;
    case kAgainst:
      count.against = record.one_of<unsigned>(UINT32_MAX).value_or(0);
      break;
    case kWarns:
      target.warns = record.flag();
      break;
    case kTried:
      target.tried = record.flag();
      break;
    case kResult:
      target.results.push(take_result(record.payload));
      break;
    case kChecks:
      target.checks = record.number();
      break;
    case kFailures:
      target.failures = record.number();
      break;
    case kObservedFailures:
      target.observed_failures = record.number();
      break;
    case kTimesDown:
      target.times_down = record.number();
      break;
    default:
      take_words(record, target);
  }
}

}  // namespace

RecordWriter target_records(const check::Target& target) {
  RecordWriter out;
  out.text(kName, target.name).number(kState, number_of(target.state));
  out.text(kReason, target.reason);
  out.time(kSinceAt, target.since.at).time(kSinceWall, target.since.wall);
  out.number(kVerdict, number_of(target.counter.verdict()));
  out.number(kAgainst, target.counter.against());
  out.flag(kWarns, target.warns).flag(kTried, target.tried).flag(kAgentDown, target.agent_down);
  out.number(kAgentAdmin, number_of(target.agent_admin)).text(kAgentReason, target.agent_reason);
  out.number(kWeight, target.weight_percent);
  if (target.max_connections) out.number(kMaxConnections, *target.max_connections);
  out.number(kOrder, number_of(target.order)).text(kOrderReason, target.order_reason);
  for (std::size_t age = target.results.size(); age-- > 0;) {
    out.nested(kResult, records_of(target.results.newest(age)));
  }
  out.number(kChecks, target.checks).number(kFailures, target.failures);
  out.number(kObservedFailures, target.observed_failures).number(kTimesDown, target.times_down);
  return out;
}

check::Target take_target(base::Bytes bytes) {
  check::Target target;
  Count count;
  RecordReader in(bytes);
  while (const auto record = in.next()) take(*record, target, count);
  target.counter = check::RiseFall(kNoLimits, count.verdict, count.against);
  return target;
}

}  // namespace hapair::handover
