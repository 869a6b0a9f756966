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
  kChange
};
enum HeardTag : std::uint16_t { kFrom = 1, kHeardPriority, kHeardAt };
enum ChangeTag : std::uint16_t { kBefore = 1, kAfter, kReason, kAt, kWall };

/// So many states an election can be in.
constexpr std::uint64_t kRoles = 4;

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
      change.from = record->one_of<vrrp::State>(kRoles).value_or(vrrp::State::kInitialize);
    }
    if (record->tag == kAfter) {
      change.to = record->one_of<vrrp::State>(kRoles).value_or(vrrp::State::kInitialize);
    }
    if (record->tag == kReason) change.reason = record->text();
    if (record->tag == kAt) change.at = record->instant();
    if (record->tag == kWall) change.wall = record->wall();
  }
  return change;
}

void take(const Record& record, vrrp::RouterMemory& router) {
  vrrp::ElectionMemory& election = router.election;
  switch (record.tag) {
    case kRole:
      election.state = record.one_of<vrrp::State>(kRoles).value_or(vrrp::State::kInitialize);
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
