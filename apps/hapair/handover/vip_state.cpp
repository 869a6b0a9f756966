// The election of one VIP, as records.
#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover {
namespace {

enum VipTag : std::uint16_t {
  kName = 1,
  kRole,
  kPriority,
  kMasterInterval,
  kDeadline,
  kHeard,
  kObeyed,
  kPreemptAt,
  kListeningSince,
  kListenUntil,
  kClaim,
  kMasterSince,
  kAsserted,
  kListenedAgain,
  kYields,
  kTimesMaster,
  kChange,
  kFigures
};
enum HeardTag : std::uint16_t { kFrom = 1, kHeardPriority, kHeardAt };
enum ChangeTag : std::uint16_t { kBefore = 1, kAfter, kReason, kAt, kWall };
enum FiguresTag : std::uint16_t {
  kAdverts = 1,
  kFarewells,
  kMoves,
  kSilences,
  kSilenceSum,
  kSilenceMax
};
enum MovesTag : std::uint16_t { kMovedFrom = 1, kMovedTo, kMovedTimes };

RecordWriter records_of(const vrrp::HeardMaster& heard) {
  RecordWriter out;
  out.address(kFrom, heard.from).number(kHeardPriority, heard.priority).time(kHeardAt, heard.at);
  return out;
}

std::optional<vrrp::HeardMaster> take_heard(base::Bytes bytes) {
  std::optional<base::IpAddress> from;
  vrrp::HeardMaster heard;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kFrom) from = record->address();
    if (record->tag == kHeardPriority) {
      heard.priority = record->one_of<std::uint8_t>(256).value_or(0);
    }
    if (record->tag == kHeardAt) heard.at = record->instant();
  }
  if (!from) return std::nullopt;
  heard.from = *from;
  return heard;
}

RecordWriter records_of(const vrrp::RoleChange& change) {
  RecordWriter out;
  out.number(kBefore, static_cast<std::uint64_t>(change.from));
  out.number(kAfter, static_cast<std::uint64_t>(change.to));
  out.text(kReason, change.reason).time(kAt, change.at).time(kWall, change.wall);
  return out;
}

vrrp::RoleChange take_change(base::Bytes bytes) {
  vrrp::RoleChange change;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kBefore) {
      change.from = record->one_of<vrrp::State>(vrrp::kStates).value_or(vrrp::State::kInitialize);
    }
    if (record->tag == kAfter) {
      change.to = record->one_of<vrrp::State>(vrrp::kStates).value_or(vrrp::State::kInitialize);
    }
    if (record->tag == kReason) change.reason = record->text();
    if (record->tag == kAt) change.at = record->instant();
    if (record->tag == kWall) change.wall = record->wall();
  }
  return change;
}

RecordWriter records_of(const vrrp::RouterFigures& figures) {
  RecordWriter out;
  out.number(kAdverts, figures.adverts).number(kFarewells, figures.farewells);
  for (std::size_t from = 0; from < vrrp::kStates; ++from) {
    for (std::size_t to = 0; to < vrrp::kStates; ++to) {
      const std::uint64_t times = figures.transitions.at(from).at(to);
      if (times == 0) continue;
      RecordWriter each;
      each.number(kMovedFrom, from).number(kMovedTo, to).number(kMovedTimes, times);
      out.nested(kMoves, each);
    }
  }
  const base::DurationSummary& silence = figures.silence;
  out.number(kSilences, silence.count).time(kSilenceSum, silence.sum);
  out.time(kSilenceMax, silence.max);
  return out;
}

void take_moves(base::Bytes bytes, vrrp::RouterFigures& figures) {
  std::optional<std::uint8_t> from;
  std::optional<std::uint8_t> to;
  std::uint64_t times = 0;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kMovedFrom) from = record->one_of<std::uint8_t>(vrrp::kStates);
    if (record->tag == kMovedTo) to = record->one_of<std::uint8_t>(vrrp::kStates);
    if (record->tag == kMovedTimes) times = record->number();
  }
  if (from && to) figures.transitions.at(*from).at(*to) = times;
}

vrrp::RouterFigures take_router_figures(base::Bytes bytes) {
  vrrp::RouterFigures figures;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kAdverts) figures.adverts = record->number();
    if (record->tag == kFarewells) figures.farewells = record->number();
    if (record->tag == kMoves) take_moves(record->payload, figures);
    if (record->tag == kSilences) figures.silence.count = record->number();
    if (record->tag == kSilenceSum) figures.silence.sum = record->duration();
    if (record->tag == kSilenceMax) figures.silence.max = record->duration();
  }
  return figures;
}

void take(const Record& record, vrrp::RouterMemory& router) {
  vrrp::ElectionMemory& election = router.election;
  switch (record.tag) {
    case kRole:
      election.state = record.one_of<vrrp::State>(vrrp::kStates).value_or(vrrp::State::kInitialize);
      break;
    case kPriority:
      election.priority = record.one_of<std::uint8_t>(256).value_or(0);
      break;
    case kMasterInterval:
      election.master_interval = record.duration();
      break;
    case kDeadline:
      election.deadline = record.instant();
      break;
    case kHeard:
      election.heard = take_heard(record.payload);
      break;
    case kObeyed:
      election.obeyed = take_heard(record.payload);
      break;
    case kPreemptAt:
      election.preempt_at = record.instant();
      break;
    case kListeningSince:
      election.listening_since = record.instant();
      break;
    case kListenUntil:
      election.listen_until = record.instant();
      break;
    case kClaim:
      election.claim = std::string(record.text());
      break;
    case kMasterSince:
      election.master_since = record.instant();
      break;
    case kAsserted:
      election.asserted = record.instant();
      break;
    case kListenedAgain:
      election.listened_again = record.one_of<std::uint32_t>(UINT32_MAX).value_or(0);
      break;
    case kYields:
      election.yields = record.flag();
      break;
    case kTimesMaster:
      router.times_master = record.number();
      break;
    case kChange:
      router.history.push_back(take_change(record.payload));
      break;
    case kFigures:
      router.figures = take_router_figures(record.payload);
      break;
    default:
      break;
  }
}

}  // namespace

RecordWriter vip_records(const VipState& vip) {
  const vrrp::ElectionMemory& election = vip.router.election;
  RecordWriter out;
  out.text(kName, vip.name);
  out.number(kRole, static_cast<std::uint64_t>(election.state));
  out.number(kPriority, election.priority).time(kMasterInterval, election.master_interval);
  if (election.deadline) out.time(kDeadline, *election.deadline);
  if (election.heard) out.nested(kHeard, records_of(*election.heard));
  if (election.obeyed) out.nested(kObeyed, records_of(*election.obeyed));
  if (election.preempt_at) out.time(kPreemptAt, *election.preempt_at);
  out.time(kListeningSince, election.listening_since).time(kListenUntil, election.listen_until);
  if (election.claim) out.text(kClaim, *election.claim);
  out.time(kMasterSince, election.master_since);
  if (election.asserted) out.time(kAsserted, *election.asserted);
  out.number(kListenedAgain, election.listened_again).flag(kYields, election.yields);
  out.number(kTimesMaster, vip.router.times_master);
  for (const vrrp::RoleChange& change : vip.router.history) out.nested(kChange, records_of(change));
  out.nested(kFigures, records_of(vip.router.figures));
  return out;
}

VipState take_vip(base::Bytes bytes) {
  VipState vip;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kName) {
      vip.name = record->text();
    } else {
      take(*record, vip.router);
    }
  }
  return vip;
}

}  // namespace hapair::handover
