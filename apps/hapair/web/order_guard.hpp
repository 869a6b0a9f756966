// Whether an order comes from the page itself: a user's browser sends his password along with what
// any other site has it send. So an order has a token that only the page knows, bound to its user
// and to a key that dies with the process, in a field that no form and no foreign page can set; and
// where the browser says from which site it comes, that must be this one. Pure but for the digest.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/http/head.hpp"

namespace hapair::web {

class OrderGuard {
 public:
  using Key = std::array<std::uint8_t, 32>;
  static constexpr std::string_view kField = "X-Hapair-Token";

  explicit OrderGuard(const Key& key) : key_(key) {}

  /// Without one, all zero, it takes no orders.
  [[nodiscard]] bool has_key() const { return key_ != Key{}; }
  /// Empty without a key.
  [[nodiscard]] std::string token_of(std::string_view user) const;
  /// Fails with "problem; remedy".
  [[nodiscard]] base::Result<void> check(const http::RequestHead& request,
                                         std::string_view user) const;

 private:
  Key key_;
};

}  // namespace hapair::web
