// The part of the live document that tells of the node, its peers and the VIPs. Pure.
#pragma once

#include <string>

#include "apps/hapair/control/readiness.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "common/base/journal.hpp"

namespace hapair::web {

/// Who has a VIP, as far as this node knows.
struct Holder {
  std::string node;     ///< its name; empty: it is no node of the cluster, or nobody
  std::string address;  ///< of whom adverts come; empty: nobody has it
  bool self = false;
};
[[nodiscard]] Holder holder_of(const control::Status& status, const control::VipStatus& vip);

/// Members of an object: "node", "peers", "vips", "ready".
void append_pair(std::string& out, const control::Status& status,
                 const control::Readiness& readiness);
/// The member "events": the last ones after that number, oldest first.
void append_events(std::string& out, const base::Journal& journal, std::uint64_t after);

}  // namespace hapair::web
