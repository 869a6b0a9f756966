#include "apps/hapair/worker/echo_checks.hpp"

#include <memory>
#include <utility>

#include "apps/hapair/worker/check_specs.hpp"

namespace hapair::worker {

void EchoChecks::add(check::TargetId id, const config::Check& check, const config::Echo& echo,
                     std::size_t index) {
  const auto number = static_cast<std::uint16_t>(first_ + index);
  runner_.add(id, intervals_of(check), [&](check::ProbeHandler& handler) {
    auto prober =
        std::make_unique<check::EchoProber>(loop_, echo.address, check.timeout, number, handler);
    put(index, {.id = id, .prober = prober.get()});
    return prober;
  });
}

void EchoChecks::put(std::size_t index, const Known& known) {
  if (index >= probers_.size()) probers_.resize(index + 1);
  probers_[index] = known;
}

void EchoChecks::forget(check::TargetId id) {
  for (Known& each : probers_) {
    if (each.id == id) each.prober = nullptr;
  }
}

check::EchoProber* EchoChecks::prober(std::size_t target) const {
  if (target < first_ || target - first_ >= probers_.size()) return nullptr;
  return probers_[target - first_].prober;
}

void EchoChecks::on_found(const guardian::TargetFound& found) {
  if (check::EchoProber* const it = prober(found.target)) it->fail_with(found.detail);
}

void EchoChecks::on_socket(std::size_t target, net::UniqueFd socket) {
  if (check::EchoProber* const it = prober(target)) it->use(std::move(socket));
}

}  // namespace hapair::worker
