#include "apps/hapair/handover/steps.hpp"

#include "apps/hapair/handover/records.hpp"

namespace hapair::handover {
namespace {

enum MessageTag : std::uint16_t { kStep = 1, kReason, kSocket, kLast, kDuty };
enum DutyTag : std::uint16_t {
  kGroup = 1,
  kRouterId,
  kInterface,
  kAddress,
  kAdvertising,
  kHeld,
  kPriority,
  kInterval
};

RecordWriter records_of(const Duty& duty) {
  RecordWriter out;
  out.text(kGroup, duty.group).number(kRouterId, duty.router_id).text(kInterface, duty.interface);
  for (const std::string& address : duty.addresses) out.text(kAddress, address);
  out.flag(kAdvertising, duty.advertising).flag(kHeld, duty.held);
  out.number(kPriority, duty.priority).time(kInterval, duty.interval);
  return out;
}

Duty take_duty(base::Bytes bytes) {
  Duty duty;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    switch (record->tag) {
      case kGroup:
        duty.group = record->text();
        break;
      case kRouterId:
        duty.router_id = record->one_of<std::uint8_t>(256).value_or(0);
        break;
      case kInterface:
        duty.interface = record->text();
        break;
      case kAddress:
        duty.addresses.emplace_back(record->text());
        break;
      case kAdvertising:
        duty.advertising = record->flag();
        break;
      case kHeld:
        duty.held = record->flag();
        break;
      case kPriority:
        duty.priority = record->one_of<std::uint8_t>(256).value_or(0);
        break;
      case kInterval:
        duty.interval = record->duration();
        break;
      default:
        break;
    }
  }
  return duty;
}

}  // namespace

std::vector<std::uint8_t> encode_step(const StepMessage& message) {
  RecordWriter out;
  if (kFormat > 1) out.text(kUnknownTag, "of a later format");
  out.number(kStep, static_cast<std::uint64_t>(message.step));
  if (!message.reason.empty()) out.text(kReason, message.reason);
  for (const std::string& socket : message.sockets) out.text(kSocket, socket);
  if (message.last) out.flag(kLast, true);
  for (const Duty& duty : message.duties) out.nested(kDuty, records_of(duty));
  return out.document();
}

base::Result<StepMessage> decode_step(base::Bytes bytes) {
  const auto records = open_document(bytes);
  if (!records) return std::unexpected(records.error());
  StepMessage message;
  RecordReader in(*records);
  while (const auto record = in.next()) {
    switch (record->tag) {
      case kStep:
        message.step = record->one_of<Step>(kSteps).value_or(Step::kNone);
        break;
      case kReason:
        message.reason = record->text();
        break;
      case kSocket:
        message.sockets.emplace_back(record->text());
        break;
      case kLast:
        message.last = record->flag();
        break;
      case kDuty:
        message.duties.push_back(take_duty(record->payload));
        break;
      default:
        break;
    }
  }
  if (!in.ok() || message.step == Step::kNone)
    return base::fail("a step of the hand-over is damaged");
  return message;
}

}  // namespace hapair::handover
