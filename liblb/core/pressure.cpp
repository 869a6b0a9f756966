#include "liblb/core/pressure.hpp"

#include <algorithm>
#include <cstddef>

namespace hapair::lb {

void Pressure::on_reading(std::uint64_t used, std::uint64_t limit, base::Instant now) {
  // In floating point no product overflows; a point more or less decides nothing.
  const auto percent = limit == 0 ? std::uint64_t{0}
                                  : static_cast<std::uint64_t>(100.0 * static_cast<double>(used) /
                                                               static_cast<double>(limit));
  const bool refused = refused_ && now - *refused_ < settings_.calm;
  const Shed least = refused ? Shed::kIdle : Shed::kNothing;
  const Shed wanted = std::max(stage_at(percent, 0), least);
  if (wanted >= stage_) {
    stage_ = wanted;
    below_since_.reset();
    return;
  }
  const Shed eased = std::max(stage_at(percent, settings_.ease), least);
  if (eased >= stage_) {
    below_since_.reset();
    return;
  }
  if (!below_since_) below_since_ = now;
  if (now - *below_since_ < settings_.calm) return;
  stage_ = eased;
  below_since_.reset();
}

void Pressure::on_refusal(base::Instant now) {
  refused_ = now;
  stage_ = std::max(stage_, Shed::kIdle);
  below_since_.reset();
}

Shed Pressure::stage_at(std::uint64_t percent, std::uint32_t ease) const {
  Shed stage = Shed::kNothing;
  for (std::size_t i = 0; i < settings_.begins.size(); ++i) {
    if (percent + ease < settings_.begins[i]) break;
    stage = static_cast<Shed>(i + 1);
  }
  return stage;
}

}  // namespace hapair::lb
