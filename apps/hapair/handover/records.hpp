// The shape of what one hapair tells its successor, which may be of another version: records of a
// tag, a length and a payload, where a payload may be records again. Who doesn't know a tag skips
// it; what is missing keeps its default. A tag never changes its meaning, nor its payload's form.
// Pure; reading is total.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::handover {

/// What this binary writes. It takes what is one older or one newer, too.
extern const std::uint16_t kFormat;

/// A tag that no format gives a meaning to: tests put it where a later one might have its own.
inline constexpr std::uint16_t kUnknownTag = 0x7fff;

class RecordWriter {
 public:
  RecordWriter& number(std::uint16_t tag, std::uint64_t value);
  RecordWriter& flag(std::uint16_t tag, bool value) { return number(tag, value ? 1 : 0); }
  RecordWriter& time(std::uint16_t tag, base::Duration value);
  RecordWriter& time(std::uint16_t tag, base::Instant at) {
    return time(tag, at.time_since_epoch());
  }
  RecordWriter& time(std::uint16_t tag, base::WallTime at) {
    return time(tag, std::chrono::duration_cast<base::Duration>(at.time_since_epoch()));
  }
  RecordWriter& text(std::uint16_t tag, std::string_view value) {
    return bytes(tag, base::as_bytes(value));
  }
  RecordWriter& address(std::uint16_t tag, const base::IpAddress& value) {
    return bytes(tag, value.bytes());
  }
  RecordWriter& bytes(std::uint16_t tag, base::Bytes value);
  RecordWriter& nested(std::uint16_t tag, const RecordWriter& value) {
    return bytes(tag, value.out_.view());
  }

  [[nodiscard]] const std::vector<std::uint8_t>& view() const { return out_.view(); }
  /// As the whole of a document of that format.
  [[nodiscard]] std::vector<std::uint8_t> document(std::uint16_t format = kFormat) const;

 private:
  base::ByteWriter out_;
};

struct Record {
  std::uint16_t tag = 0;
  base::Bytes payload;

  // 0, or an empty one, where the payload has another form.
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] bool flag() const { return number() != 0; }
  [[nodiscard]] base::Duration duration() const;
  [[nodiscard]] base::Instant instant() const { return base::Instant(duration()); }
  [[nodiscard]] base::WallTime wall() const {
    return base::WallTime(std::chrono::duration_cast<base::WallTime::duration>(duration()));
  }
  [[nodiscard]] std::string_view text() const { return base::as_text(payload); }
  [[nodiscard]] std::optional<base::IpAddress> address() const;
  /// As a number below `limit`; nullopt: it is none.
  template <class Enum>
  [[nodiscard]] std::optional<Enum> one_of(std::uint64_t limit) const {
    const std::uint64_t value = number();
    if (payload.size() != 8 || value >= limit) return std::nullopt;
    return static_cast<Enum>(value);
  }
};

class RecordReader {
 public:
  explicit RecordReader(base::Bytes bytes) : in_(bytes) {}

  /// nullopt: that was all, or the rest is damaged.
  [[nodiscard]] std::optional<Record> next();
  /// Nothing was damaged so far.
  [[nodiscard]] bool ok() const { return in_.ok(); }

 private:
  base::ByteReader in_;
};

/// The records of a document of a format that this binary takes.
[[nodiscard]] base::Result<base::Bytes> open_document(base::Bytes bytes);

}  // namespace hapair::handover
