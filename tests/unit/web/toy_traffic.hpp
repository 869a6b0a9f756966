// Traffic made by hand: counters and servers without an engine.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/web/traffic_view.hpp"
#include "common/base/time.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/counters.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::web::test {

inline constexpr base::Instant kStart = base::Instant(std::chrono::hours(1));

struct ToyFrontend {
  lb::FrontendSettings settings;
  lb::TrafficCounters counters;
  lb::FrontendLatency latency;
};

class ToyTraffic final : public TrafficView {
 public:
  explicit ToyTraffic(std::size_t servers = 2) {
    add_frontend("front");
    add_backend("web", servers);
  }

  void add_frontend(std::string name) { fronts.emplace_back().settings.name = std::move(name); }
  void add_backend(std::string name, std::size_t servers) {
    lb::BackendSettings settings{.name = std::move(name)};
    for (std::size_t i = 0; i < servers; ++i) {
      settings.servers.push_back(
          {.name = "s" + std::to_string(i),
           .endpoint = {base::IpAddress::v4(0x0a000001), static_cast<std::uint16_t>(8000 + i)}});
    }
    backs.push_back(std::make_unique<lb::Backend>(std::move(settings), kStart));
    for (std::size_t i = 0; i < servers; ++i) mark(backs.size() - 1, i, lb::Standing::kUp, "UP");
  }
  void mark(std::size_t backend, std::size_t server, lb::Standing standing, std::string state,
            std::string reason = {}) {
    backs[backend]->set_health(server,
                               {.standing = standing,
                                .checked = true,
                                .state = std::move(state),
                                .reason = std::move(reason)},
                               kStart);
  }

  [[nodiscard]] std::uint64_t changes() const override { return generation; }
  [[nodiscard]] std::size_t frontends() const override { return fronts.size(); }
  [[nodiscard]] lb::FrontendView frontend(std::size_t place) const override {
    const ToyFrontend& front = fronts.at(place);
    return {front.settings, front.counters, front.latency, true};
  }
  [[nodiscard]] std::size_t backends() const override { return backs.size(); }
  [[nodiscard]] const lb::Backend& backend(std::size_t place) const override {
    return *backs.at(place);
  }

  std::deque<ToyFrontend> fronts;
  std::vector<std::unique_ptr<lb::Backend>> backs;
  std::uint64_t generation = 1;
};

}  // namespace hapair::web::test
