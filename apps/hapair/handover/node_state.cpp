#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover {
namespace {

enum StateTag : std::uint16_t { kVip = 1, kTarget, kEngine, kEvent };

}  // namespace

std::vector<std::uint8_t> encode_state(const NodeState& state, std::uint16_t format) {
  RecordWriter out;
  if (format > 1) out.text(kUnknownTag, "of a later format");
  for (const VipState& vip : state.vips) out.nested(kVip, vip_records(vip));
  for (const check::Target& target : state.targets) out.nested(kTarget, target_records(target));
  out.nested(kEngine, engine_records(state.engine));
  for (const base::JournalEvent& event : state.journal) out.nested(kEvent, event_records(event));
  return out.document(format);
}

base::Result<NodeState> decode_state(base::Bytes bytes) {
  if (bytes.size() > NodeState::kMaxBytes) return base::fail("the state handed over is too large");
  const auto records = open_document(bytes);
  if (!records) return std::unexpected(records.error());
  NodeState state;
  RecordReader in(*records);
  while (const auto record = in.next()) {
    switch (record->tag) {
      case kVip:
        state.vips.push_back(take_vip(record->payload));
        break;
      case kTarget:
        state.targets.push_back(take_target(record->payload));
        break;
      case kEngine:
        state.engine = take_engine(record->payload);
        break;
      case kEvent:
        state.journal.push_back(take_event(record->payload));
        break;
      default:
        break;
    }
  }
  if (!in.ok()) return base::fail("the state handed over is cut short");
  return state;
}

}  // namespace hapair::handover
