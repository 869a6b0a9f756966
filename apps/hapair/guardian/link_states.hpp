// What the granted interfaces can do: whether packets pass, and whether the addresses are there
// that our adverts leave from. Kept from the kernel's events; the worker is told of changes.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

class LinkStates {
 public:
  /// All is well until told otherwise: the guardian would not have started else.
  explicit LinkStates(const Grants& grants);

  /// True when that is news.
  [[nodiscard]] bool set_carrier(std::size_t interface, bool carrier);
  /// An address came or went. True when that makes a difference to addressed().
  [[nodiscard]] bool set_present(std::size_t interface, const base::IpAddress& address,
                                 bool present);

  [[nodiscard]] bool carrier(std::size_t interface) const { return states_[interface].carrier; }
  [[nodiscard]] bool addressed(std::size_t interface) const;

 private:
  struct State {
    bool carrier = true;
    std::map<base::IpAddress, bool> sources;  ///< whether each is there
  };
  std::vector<State> states_;
};

}  // namespace hapair::guardian
