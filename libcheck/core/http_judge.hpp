// Judges the answer to an HTTP check: the status line and fields of one response, read strictly and
// bounded. What comes behind the head is never waited for. Pure and incremental.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "common/http/head_parser.hpp"
#include "libcheck/core/expectation.hpp"
#include "libcheck/core/result.hpp"

namespace hapair::check {

struct HttpVerdict {
  CheckCode code = CheckCode::kL7BadResponse;
  std::uint16_t status = 0;  ///< 0 when there was no well-formed status line
  std::string info;
};

/// Serves one response. About 12 KiB, so it exists only while an answer is awaited.
class HttpJudge {
 public:
  static constexpr std::size_t kMaxHead = 8 * 1024;
  /// Interim (1xx) responses before the final one; more are refused.
  static constexpr int kMaxInterim = 8;

  explicit HttpJudge(const ExpectedStatus& expect);
  HttpJudge(const HttpJudge&) = delete;
  HttpJudge& operator=(const HttpJudge&) = delete;

  /// Where the next bytes of the response go; not empty before the verdict.
  [[nodiscard]] std::span<std::uint8_t> room();
  /// `bytes` were put there. A verdict when the head is complete or beyond saving.
  [[nodiscard]] std::optional<HttpVerdict> take(std::size_t bytes);
  /// The server finished without a whole head.
  [[nodiscard]] HttpVerdict on_eof() const;

 private:
  [[nodiscard]] HttpVerdict judge() const;
  void drop(std::size_t bytes);

  const ExpectedStatus& expect_;
  http::ResponseParser parser_;
  http::ResponseHead head_;
  std::array<std::uint8_t, kMaxHead + 1> buffer_;  ///< the byte beyond shows that it is too long
  std::size_t filled_ = 0;
  int interim_ = 0;
};

}  // namespace hapair::check
