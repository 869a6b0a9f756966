#include "apps/hapair/handover/records.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"

// Only a program that tests upgrade to has another one.
#ifndef HAPAIR_HANDOVER_FORMAT
#define HAPAIR_HANDOVER_FORMAT 1
#endif

namespace hapair::handover {

const std::uint16_t kFormat = HAPAIR_HANDOVER_FORMAT;

namespace {

constexpr std::array<std::uint8_t, 8> kMagic = {'h', 'a', 'p', 'a', 'i', 'r', 'H', '\n'};
constexpr std::size_t kNumber = 8;

}  // namespace

RecordWriter& RecordWriter::number(std::uint16_t tag, std::uint64_t value) {
  out_.u16(tag).u32(kNumber).u64(value);
  return *this;
}

RecordWriter& RecordWriter::time(std::uint16_t tag, base::Duration value) {
  return number(tag, static_cast<std::uint64_t>(value.count()));
}

RecordWriter& RecordWriter::bytes(std::uint16_t tag, base::Bytes value) {
  out_.u16(tag).u32(static_cast<std::uint32_t>(value.size())).bytes(value);
  return *this;
}

std::vector<std::uint8_t> RecordWriter::document(std::uint16_t format) const {
  base::ByteWriter whole;
  whole.bytes(kMagic).u16(format).bytes(out_.view());
  return whole.take();
}

std::uint64_t Record::number() const {
  return payload.size() == kNumber ? base::ByteReader(payload).u64() : 0;
}

base::Duration Record::duration() const {
  return base::Duration(static_cast<std::int64_t>(number()));
}

std::optional<base::IpAddress> Record::address() const {
  const auto address = base::IpAddress::from_bytes(payload);
  if (!address) return std::nullopt;
  return *address;
}

std::optional<Record> RecordReader::next() {
  if (in_.left() == 0) return std::nullopt;
  Record record{.tag = in_.u16(), .payload = {}};
  const std::size_t length = in_.u32();
  record.payload = in_.take(length);
  if (!in_.ok()) return std::nullopt;
  return record;
}

base::Result<base::Bytes> open_document(base::Bytes bytes) {
  base::ByteReader in(bytes);
  const bool known = std::ranges::equal(in.take(kMagic.size()), kMagic);
  const std::uint16_t format = in.u16();
  if (!known || !in.ok()) return base::fail("that is no hand-over");
  if (format + 1 < kFormat || format > kFormat + 1) {
    return base::fail(base::concat("the hand-over has format ", format, ", this hapair takes ",
                                   kFormat - 1, " to ", kFormat + 1,
                                   ": restart hapair to change over that many versions"));
  }
  return bytes.subspan(kMagic.size() + sizeof format);
}

}  // namespace hapair::handover
