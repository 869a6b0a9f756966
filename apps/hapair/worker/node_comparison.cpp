#include "apps/hapair/worker/node_comparison.hpp"

#include <algorithm>
#include <optional>

#include "apps/hapair/worker/settings.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {

NodeComparison::NodeComparison(event::EventLoop& loop, const config::Model& model,
                               const HealthWiring& health, const vrrp::HelloExchange& hellos,
                               VipSet& vips)
    : loop_(loop),
      model_(model),
      health_(health),
      hellos_(hellos),
      vips_(vips),
      deadline_(loop, event::Priority::kControl,
                event::Callback<>::to<&NodeComparison::update>(this)) {
  compared_ = all();
}

std::vector<NodeComparison::Compared> NodeComparison::all() const {
  std::vector<Compared> compared;
  for (std::size_t vip = 0; vip < model_.vips.size(); ++vip) {
    for (const NeededBackend& each : needed_backends(model_, vip)) {
      compared.push_back({vip,
                          each.backend,
                          {each.needed, each.patience},
                          model_.vips[vip].name,
                          each,
                          model_.backends[each.backend].name});
    }
  }
  return compared;
}

void NodeComparison::on_reload() {
  std::vector<Compared> next = all();
  for (Compared& each : next) {
    const auto before = std::ranges::find_if(compared_, [&](const Compared& other) {
      return other.vip_name == each.vip_name && other.backend_name == each.backend_name &&
             other.needed.needed == each.needed.needed &&
             other.needed.patience == each.needed.patience;
    });
    if (before != compared_.end()) {
      each.state = before->state;
    } else {
      vips_.set_elsewhere(each.vip, each.backend, "");
    }
  }
  compared_ = std::move(next);
  update();
}

void NodeComparison::update() noexcept {
  std::optional<base::Instant> next;
  const base::Instant now = loop_.now();
  for (Compared& each : compared_) {
    const check::Quorum::Counts here = health_.count(each.backend);
    const auto there =
        hellos_.most_usable(model_.vips[each.vip].name, model_.backends[each.backend].name);
    const auto count = there ? std::optional<std::size_t>(there->usable) : std::nullopt;
    if (each.state.on_counts({here.usable, here.unknown}, count, now)) {
      vips_.set_elsewhere(each.vip, each.backend, each.state.holds() ? text_of(each) : "");
    }
    if (const auto due = each.state.deadline()) next = next ? std::min(*next, *due) : *due;
  }
  if (next) {
    deadline_.arm_at(*next);
  } else {
    deadline_.cancel();
  }
}

/// As it was when it came to hold: "0 of 2 servers usable here, 2 from lb2".
std::string NodeComparison::text_of(const Compared& compared) const {
  const check::Quorum::Counts here = health_.count(compared.backend);
  const auto there =
      hellos_.most_usable(model_.vips[compared.vip].name, model_.backends[compared.backend].name);
  std::string text = base::concat(here.usable, " of ", here.total, " servers usable here");
  if (there) text += base::concat(", ", there->usable, " from ", hellos_.peer_name(there->peer));
  return text;
}

}  // namespace hapair::worker
