// Which HTTP statuses count as healthy: "200-299,304".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::check {

class ExpectedStatus {
 public:
  static constexpr unsigned kLowest = 100;
  static constexpr unsigned kHighest = 599;

  /// 200-399, as HAProxy's httpchk.
  ExpectedStatus();

  /// Statuses and ranges with commas between; blanks around the parts are allowed.
  [[nodiscard]] static base::Result<ExpectedStatus> parse(std::string_view text);

  [[nodiscard]] bool contains(unsigned status) const;
  /// The shortest text that parse() reads as the same set.
  [[nodiscard]] std::string to_string() const;

  auto operator<=>(const ExpectedStatus&) const = default;

 private:
  void add_range(unsigned first, unsigned last);

  /// One bit for each status from kLowest on.
  std::array<std::uint64_t, 8> bits_{};
};

}  // namespace hapair::check
