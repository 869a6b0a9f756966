#include "libvrrp/core/drill_note.hpp"

#include <algorithm>
#include <chrono>

#include "libvrrp/core/hello_fields.hpp"

namespace hapair::vrrp {
namespace {

using Microseconds = std::chrono::microseconds;

/// On the wire microseconds in 32 bits; what is not known is all ones.
constexpr std::uint32_t kUnknown = 0xffffffff;
constexpr Microseconds kMost = std::chrono::hours(1);

void put(base::ByteWriter& out, const std::optional<base::Duration>& time) {
  if (!time) {
    out.u32(kUnknown);
    return;
  }
  const auto us = std::chrono::duration_cast<Microseconds>(*time);
  out.u32(static_cast<std::uint32_t>(std::clamp(us, Microseconds(0), kMost).count()));
}

bool take(base::ByteReader& in, std::optional<base::Duration>& time) {
  const std::uint32_t us = in.u32();
  time.reset();
  if (us == kUnknown) return true;
  time = Microseconds(us);
  return *time <= kMost;
}

}  // namespace

void put_drill_note(base::ByteWriter& out, const DrillNote& note) {
  out.u64(note.number).u8(static_cast<std::uint8_t>(note.step));
  put_text(out, note.reason, kMaxDrillReason);
  const std::size_t count = std::min(note.vips.size(), kMaxHelloEntries);
  out.u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const DrillVipFigures& vip = note.vips[i];
    put_text(out, vip.name);
    put(out, vip.addresses);
    put(out, vip.neighbour);
  }
  out.u64(note.tally.requests).u64(note.tally.failed).u64(note.tally.reset);
}

bool take_drill_note(base::ByteReader& in, DrillNote& note) {
  note.number = in.u64();
  const std::uint8_t step = in.u8();
  note.step = static_cast<DrillStep>(step);
  if (note.number == 0 || step >= kDrillSteps) return false;
  if (!take_text(in, note.reason, kMaxDrillReason)) return false;
  const std::size_t count = in.u8();
  if (count == 0 || count > kMaxHelloEntries) return false;
  for (std::size_t i = 0; i < count; ++i) {
    DrillVipFigures& vip = note.vips.emplace_back();
    if (!take_text(in, vip.name)) return false;
    if (!take(in, vip.addresses) || !take(in, vip.neighbour)) return false;
  }
  note.tally = {.requests = in.u64(), .failed = in.u64(), .reset = in.u64()};
  return in.ok();
}

}  // namespace hapair::vrrp
