#include <doctest/doctest.h>

#include "apps/hapair/config/host.hpp"

using namespace hapair;
using namespace hapair::config;

namespace {

base::IpAddress address(std::string_view text) { return base::IpAddress::parse(text).value(); }

NodeDraft node(std::string name, std::string_view own, std::string interface) {
  NodeDraft draft;
  draft.name = std::move(name);
  draft.address = address(own);
  draft.interface = std::move(interface);
  return draft;
}

std::vector<NodeDraft> pair() {
  return {node("lb1", "192.0.2.11", "eth0"), node("lb2", "192.0.2.12", "eth0")};
}

Host host(std::string name, std::vector<base::IpAddress> addresses) {
  return {std::move(name), {{"lo", {address("127.0.0.1")}}, {"eth0", std::move(addresses)}}};
}

}  // namespace

TEST_CASE("--node decides, whatever the host has") {
  CHECK(identify_node(pair(), "lb2", host("lb1", {address("192.0.2.11")})).value() == 1);
}

TEST_CASE("--node with a name that is none says which there are") {
  const auto node = identify_node(pair(), "lb3", host("lb1", {}));
  REQUIRE_FALSE(node.has_value());
  CHECK(node.error().message ==
        "there is no node \"lb3\"; --node takes one of lb1 (192.0.2.11), lb2 (192.0.2.12)");
}

TEST_CASE("the node whose address is on an interface is this one, before any host name") {
  CHECK(identify_node(pair(), "", host("lb1", {address("10.0.0.1"), address("192.0.2.12")}))
            .value() == 1);
}

TEST_CASE("without an address the host name decides, with or without its domain") {
  CHECK(identify_node(pair(), "", host("lb2", {})).value() == 1);
  CHECK(identify_node(pair(), "", host("LB2.example.com", {})).value() == 1);
}

TEST_CASE("a host with the addresses of two nodes must be told which it is") {
  const auto node =
      identify_node(pair(), "", host("lb1", {address("192.0.2.11"), address("192.0.2.12")}));
  REQUIRE_FALSE(node.has_value());
  CHECK(node.error().message.find("say which one it is with --node NAME") != std::string::npos);
}

TEST_CASE("a host that is no node is told what was tried") {
  const auto node = identify_node(pair(), "", host("www", {address("10.0.0.1")}));
  REQUIRE_FALSE(node.has_value());
  CHECK(node.error().message ==
        "this host is none of the nodes lb1 (192.0.2.11), lb2 (192.0.2.12): none of their "
        "addresses is on one of its interfaces, and its name \"www\" is none of theirs; correct an "
        "address, or say --node NAME");
}

TEST_CASE("the host has a loopback interface with its address") {
  const auto here = read_host();
  REQUIRE(here.has_value());
  CHECK_FALSE(here->name.empty());
  const std::vector<NodeDraft> nodes{node("here", "127.0.0.1", "lo")};
  bool up = false;
  for (const HostInterface& interface : here->interfaces) up = up || !interface.addresses.empty();
  if (up) CHECK(identify_node(nodes, "", *here).has_value());
}
