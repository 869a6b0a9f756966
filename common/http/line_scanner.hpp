// Cuts a message head into its lines (RFC 9112, section 2.2): CRLF and nothing else ends a line,
// and no control character stands within one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/http/fault.hpp"

namespace hapair::http {

/// Remembers how far it has looked, so that a call with a few more bytes costs only those bytes.
class LineScanner {
 public:
  enum class Outcome : std::uint8_t { kLine, kNeedMore, kFault };

  struct Line {
    Outcome outcome = Outcome::kNeedMore;
    std::string_view text;         ///< kLine: without CRLF
    Fault fault = Fault::kBareLf;  ///< kFault: which
    std::size_t at = 0;            ///< kFault: the offset of the byte that it is about
  };

  /// The next line of `buffered`, which holds all bytes since restart(). A line of more than
  /// `max_bytes` with its CRLF is the fault `too_long`.
  Line next(std::string_view buffered, std::size_t max_bytes, Fault too_long);

  /// Offset of the first byte that belongs to no line returned yet.
  [[nodiscard]] std::size_t line_start() const { return line_start_; }

  void restart() { line_start_ = searched_ = 0; }

 private:
  static Line faulty(Fault fault, std::size_t at) { return {Outcome::kFault, {}, fault, at}; }

  std::size_t line_start_ = 0;
  std::size_t searched_ = 0;  ///< the unfinished line has no control character before this offset
};

}  // namespace hapair::http
