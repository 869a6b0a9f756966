// HTTP/2 frames made by hand, right or wrong (RFC 9113, sections 4.1 and 6; RFC 7541, section 6).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/h2_connection.hpp"

namespace hapair::lb::test {

using FieldTexts = std::vector<std::pair<std::string, std::string>>;

enum class FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};

inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kAck = 1;
inline constexpr std::uint8_t kEndHeaders = 4;

inline std::string number(std::uint32_t value, unsigned bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
  return text;
}

inline std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  return number(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + number(stream, 4) + std::string(payload);
}

/// An HPACK string or number of up to 16,000.
inline std::string hpack_length(std::size_t size) {
  if (size < 127) return std::string(1, static_cast<char>(size));
  size -= 127;
  std::string text = "\x7f";
  while (size >= 128) {
    text += static_cast<char>(0x80 | (size & 0x7f));
    size >>= 7;
  }
  return text + static_cast<char>(size);
}

/// Each field as a literal without indexing, without Huffman's code.
inline std::string hpack(const FieldTexts& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block += '\0';
    block += hpack_length(name.size()) + name + hpack_length(value.size()) + value;
  }
  return block;
}

inline std::string headers(std::uint32_t stream, const FieldTexts& fields,
                           std::uint8_t flags = kEndStream | kEndHeaders) {
  return frame(FrameType::kHeaders, flags, stream, hpack(fields));
}

inline std::string preface() {
  return std::string(http::kH2Preface) + frame(FrameType::kSettings, 0, 0, "");
}

inline FieldTexts get_fields(const std::string& path = "/") {
  return {{":method", "GET"}, {":scheme", "http"}, {":authority", "example.com"}, {":path", path}};
}

inline FieldTexts with(FieldTexts fields, const FieldTexts& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline FieldTexts post_fields(const FieldTexts& more = {}) {
  return with(
      {{":method", "POST"}, {":scheme", "http"}, {":authority", "a.example"}, {":path", "/p"}},
      more);
}

}  // namespace hapair::lb::test
