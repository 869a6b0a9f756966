// Undoes what the ledger lists, without the guardian's memory: at the start of a guardian (what an
// earlier run left) and in the supervisor when the guardian is dead. Each step is safe to repeat.
#pragma once

#include <cstddef>

#include "apps/hapair/guardian/ledger.hpp"
#include "common/base/log.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

class Releaser {
 public:
  Releaser(Ledger& ledger, vrrp::Netlink& netlink, base::Logger& log)
      : ledger_(ledger), netlink_(netlink), log_(log) {}

  /// Moves the addresses to `lo`, where nobody answers ARP for them and connections live on.
  void silence();
  /// Sends priority 0 for every group that was being advertised. Needs CAP_NET_RAW.
  void resign();
  /// Takes the addresses, routes and rules off the host, and the links that were made for them; how
  /// many of the former there were.
  std::size_t remove();
  /// Puts the interfaces' ARP settings back.
  void restore_settings();

 private:
  std::size_t remove_routing();
  std::size_t remove_addresses();
  void remove_links();

  Ledger& ledger_;
  vrrp::Netlink& netlink_;
  base::Logger& log_;
};

}  // namespace hapair::guardian
