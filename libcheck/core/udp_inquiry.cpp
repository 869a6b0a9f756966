#include "libcheck/core/udp_inquiry.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

class UdpInquiry final : public Inquiry {
 public:
  UdpInquiry(UdpCheck check, const Pattern* pattern)
      : check_(std::move(check)), pattern_(pattern) {}

  std::string request() const override { return check_.send; }

  std::optional<Finding> judge(base::Bytes datagram) override {
    if (!check_.expect) return passed(shown(datagram));
    const bool found = match_end(*check_.expect, base::as_text(datagram), pattern_).has_value();
    if (found != check_.expect->negated) return passed(shown(datagram));
    return malformed(
        base::concat("expected ", describe(*check_.expect), ", got \"", shown(datagram), '"'));
  }

  Finding on_silence() const override {
    if (check_.silence_is_good)
      return {.code = CheckCode::kL4Ok, .info = "nothing speaks against it"};
    return {.code = CheckCode::kL7Timeout, .info = "no answer in time"};
  }

 private:
  const UdpCheck check_;
  const Pattern* pattern_;
};

}  // namespace

std::unique_ptr<Inquiry> make_inquiry(const UdpCheck& check, const Pattern* pattern) {
  return std::make_unique<UdpInquiry>(check, pattern);
}

}  // namespace hapair::check
