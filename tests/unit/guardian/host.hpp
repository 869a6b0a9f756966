// What the tests against the real kernel share: a network namespace that lives as long as one test,
// in which `lo` stands in for the network card.
#pragma once

#include <doctest/doctest.h>
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/guardian/ledger.hpp"
#include "apps/hapair/guardian/vip_actuator.hpp"
#include "apps/hapair/guardian/vip_leases.hpp"
#include "libvrrp/io/netlink.hpp"
#include "libvrrp/io/netlink_monitor.hpp"
#include "tests/unit/ip.hpp"

namespace hapair::guardian {

using vrrp::Netlink;

inline base::Prefix prefix(std::string_view text) { return base::Prefix::parse(text).value(); }

/// A namespace belongs to a thread, so the rest of the process keeps its own.
inline void in_own_namespace(const std::function<void(Netlink&)>& body) {
  std::exception_ptr failure;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      MESSAGE("skipped: no right to make a network namespace");
      return;
    }
    try {
      Netlink netlink = Netlink::open().value();
      body(netlink);
    } catch (...) {  // the test framework's own: a REQUIRE that failed
      failure = std::current_exception();
    }
  }).join();
  if (failure) std::rethrow_exception(failure);
}

inline std::vector<vrrp::AddressChange> puts(const std::vector<vrrp::LinkAddress>& addresses) {
  std::vector<PlacedVip> vips;
  for (const vrrp::LinkAddress& address : addresses) vips.push_back({.address = address});
  return changes_to_put(vips);
}

inline bool has(Netlink& netlink, const vrrp::LinkAddress& address) {
  const auto present = netlink.addresses().value();
  return std::ranges::find(present, address) != present.end();
}

struct TemporaryLedger {
  TemporaryLedger() {
    std::string pattern = std::filesystem::temp_directory_path() / "hapair-host-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  ~TemporaryLedger() { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
  Ledger open() const { return Ledger::open(folder / "ledger").value(); }
};

inline Grants one_group_on_lo() {
  Grants grants;
  grants.interfaces = {"lo"};
  grants.groups = {
      {.name = "VI_1",
       .interface = 0,
       .version = vrrp::Version::kV3,
       .router_id = 51,
       .password = {},
       .source = base::IpAddress::parse("127.0.0.1").value(),
       .unicast = false,
       .peers = {},
       .addresses = {{.prefix = prefix("192.0.2.100")}, {.prefix = prefix("192.0.2.101")}}}};
  return grants;
}

struct Losses final : VipListener {
  void on_vip_lost(std::size_t, std::string_view reason) override { reasons.emplace_back(reason); }
  void on_link_replaced(std::string_view name) override { replaced.emplace_back(name); }
  std::vector<std::string> reasons;
  std::vector<std::string> replaced;
};

struct Events final : vrrp::NetlinkEventSink {
  void on_netlink_event(const vrrp::NetlinkEvent& event) override { seen.push_back(event); }
  std::vector<vrrp::NetlinkEvent> seen;
};

}  // namespace hapair::guardian
