#include "libcheck/core/http_judge.hpp"

#include <algorithm>
#include <cassert>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr http::HeadLimits kLimits{.max_start_line = HttpJudge::kMaxHead,
                                   .max_head = HttpJudge::kMaxHead};

HttpVerdict refuse(std::string info) { return {CheckCode::kL7BadResponse, 0, std::move(info)}; }

}  // namespace

HttpJudge::HttpJudge(const ExpectedStatus& expect) : expect_(expect), parser_(kLimits) {}

std::span<std::uint8_t> HttpJudge::room() { return std::span(buffer_).subspan(filled_); }

std::optional<HttpVerdict> HttpJudge::take(std::size_t bytes) {
  assert(bytes <= room().size());
  filled_ += bytes;
  for (;;) {
    const auto text = base::as_text(std::span(buffer_).first(filled_));
    const http::ParseResult result = parser_.parse(text, head_);
    if (result.faulty()) {
      return refuse(base::printable(http::info(result.fault).rule, CheckResult::kMaxInfo));
    }
    if (!result.complete()) return std::nullopt;
    if (!head_.is_interim()) return judge();
    if (++interim_ > kMaxInterim) return refuse("too many interim responses");
    drop(result.bytes);
  }
}

HttpVerdict HttpJudge::on_eof() const {
  const bool silent = filled_ == 0 && interim_ == 0;
  return refuse(silent ? "closed without an answer" : "closed within the response head");
}

HttpVerdict HttpJudge::judge() const {
  const auto status = static_cast<std::uint16_t>(head_.status);
  return {expect_.contains(status) ? CheckCode::kL7Ok : CheckCode::kL7WrongStatus, status,
          base::printable(head_.reason, CheckResult::kMaxInfo)};
}

void HttpJudge::drop(std::size_t bytes) {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(bytes),
            buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
  filled_ -= bytes;
  parser_.restart();
  head_.clear();
}

}  // namespace hapair::check
