// Strict, incremental parsers for the head of an HTTP/1 message (RFC 9112, sections 2 to 6). What
// two parsers could read in two ways is a fault, never repaired. Every line is judged as soon as it
// is complete, and the verdict does not depend on how the bytes were cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/http/fault.hpp"
#include "common/http/head.hpp"
#include "common/http/line_scanner.hpp"

namespace hapair::http {

struct HeadLimits {
  std::size_t max_start_line = 8192;              ///< bytes with CRLF; beyond: 414
  std::size_t max_head = 16384;                   ///< bytes of the whole head; beyond: 431
  std::size_t max_fields = FieldList::kCapacity;  ///< 1 to FieldList::kCapacity; beyond: 431
};

struct ParseResult {
  enum class Verdict : std::uint8_t { kNeedMore, kComplete, kFault };

  Verdict verdict = Verdict::kNeedMore;
  /// kComplete: size of the head; the body starts there. kFault: where the rule is broken, the
  /// offset of a byte or of the line that is at fault.
  std::size_t bytes = 0;
  Fault fault = Fault::kBareLf;  ///< meaningful with kFault only

  [[nodiscard]] bool complete() const { return verdict == Verdict::kComplete; }
  [[nodiscard]] bool faulty() const { return verdict == Verdict::kFault; }
};

/// One parser serves one message after the other: call restart() between them. Feed it all bytes
/// of the message so far, from its first byte on, with the same head each time. When the buffer
/// has moved in between, the lines are simply parsed again.
class RequestParser {
 public:
  explicit RequestParser(const HeadLimits& limits = {}) : limits_(limits) {}

  /// One blank line before the request line is skipped (RFC 9112, section 2.2).
  ParseResult parse(std::string_view buffered, RequestHead& head);
  void restart();

 private:
  std::optional<Fault> take_line(std::string_view line, RequestHead& head);

  LineScanner scanner_;
  HeadLimits limits_;
  const char* base_ = nullptr;  ///< where the lines parsed so far lie
  bool have_start_line_ = false;
  bool skipped_blank_ = false;
};

class ResponseParser {
 public:
  explicit ResponseParser(const HeadLimits& limits = {}) : limits_(limits) {}

  ParseResult parse(std::string_view buffered, ResponseHead& head);
  void restart();

 private:
  std::optional<Fault> take_line(std::string_view line, ResponseHead& head);

  LineScanner scanner_;
  HeadLimits limits_;
  const char* base_ = nullptr;  ///< where the lines parsed so far lie
  bool have_start_line_ = false;
};

}  // namespace hapair::http
