// Node priorities, and those of single VIPs where they differ.
#include <algorithm>

#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::int64_t kHighest = 254;
constexpr std::int64_t kUsual = 100;
constexpr std::int64_t kStep = 10;

class Priorities {
 public:
  explicit Priorities(Work& work) : work_(work) {}

  void run() {
    if (work_.vips.empty()) return;
    JsonTree& nodes = work_.config()["cluster"]["nodes"];
    const std::vector<std::int64_t> own = of_vip(work_.vips.front());
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      JsonTree& out = nodes[work_.nodes[node].name]["priority"];
      out = own[node];
      if (const Statement* const block = work_.vips.front().of_node(node)) {
        if (const Statement* const line = block->last("priority")) work_.carry(out, *line);
      }
    }
    for (const VipInput& vip : work_.vips) {
      const std::vector<std::int64_t> each = of_vip(vip);
      if (each == own) continue;
      JsonTree& out = work_.config()["vips"][vip.name]["priorities"];
      for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
        out[work_.nodes[node].name] = each[node];
      }
    }
  }

 private:
  std::vector<std::int64_t> of_vip(const VipInput& vip) {
    std::vector<std::int64_t> out(work_.nodes.size(), 0);
    std::int64_t lowest = kHighest;
    for (const Member& member : vip.members) {
      out[member.node] = of_member(vip, member);
      lowest = std::min(lowest, out[member.node]);
    }
    // Nodes whose file says nothing of this VIP come behind the others.
    for (std::int64_t& each : out) {
      if (each != 0) continue;
      lowest = std::max<std::int64_t>(1, lowest - kStep);
      each = lowest;
    }
    return out;
  }

  std::int64_t of_member(const VipInput& vip, const Member& member) {
    const Statement* const line = member.block->last("priority");
    const Statement* const state = member.block->last("state");
    std::int64_t base = kUsual;
    if (line == nullptr) {
      if (state != nullptr && state->word(1) == "MASTER") base = kHighest;
    } else if (const auto given = whole_number(line->word(1), 1, 255)) {
      base = *given;
    } else {
      work_.account().wrong(line->at,
                            concat("\"", base::printable(line->word(1)),
                                   "\" is no priority of 1 to 255; keepalived takes 100"),
                            "100");
    }
    if (base > kHighest) {
      base = kHighest;
      work_.account().changed(line->at,
                              "is 254: 255 is for a host whose own address this is for good, and a "
                              "VIP of hapair's moves");
    }
    const auto bonus = work_.bonus.find({vip.name, member.node});
    if (bonus != work_.bonus.end()) base = std::min(kHighest, base + bonus->second);
    return base;
  }

  Work& work_;
};

}  // namespace

void write_priorities(Work& work) { Priorities(work).run(); }

}  // namespace hapair::importing::keepalived
