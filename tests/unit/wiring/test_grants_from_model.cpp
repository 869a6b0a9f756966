#include <doctest/doctest.h>
#include <unistd.h>

#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/wiring/worker_model.hpp"

using namespace hapair;

namespace {

config::Vip vip(const std::string& name, const std::string& interface) {
  config::Vip vip;
  vip.name = name;
  vip.interface = interface;
  vip.router_id = 51;
  vip.source = base::IpAddress::parse("192.0.2.1").value();
  vip.peers = {base::IpAddress::parse("192.0.2.2").value()};
  vip.addresses.resize(1);
  vip.addresses[0].prefix = base::Prefix::parse("192.0.2.100").value();
  vip.addresses[0].interface = interface;
  return vip;
}

config::Model model() {
  config::Model model;
  model.cluster.nodes = {{.name = "lb1",
                          .address = base::IpAddress::parse("192.0.2.1").value(),
                          .home = {.interface = "eth0"},
                          .networks = {},
                          .priority = 254}};
  model.vips = {vip("A", "eth0"), vip("B", "eth1"), vip("C", "eth0")};
  config::Frontend frontend;
  config::Bind floating;
  floating.id = 1;
  floating.endpoint = base::Endpoint::parse("192.0.2.100:80").value();
  floating.vip = 0;
  config::Bind local;
  local.id = 0;
  local.unix_path = "/run/app.sock";
  frontend.binds = {floating, local};
  model.frontends = {frontend};
  return model;
}

const wiring::Identity kIdentity{.user = "hapair", .uid = 990, .gid = 991, .control_gid = 992};

}  // namespace

TEST_CASE("a grant names only what the model names") {
  const auto grants = wiring::grants_from_model(model(), kIdentity, "/run/hapair/control.sock");
  CHECK(grants.node == "lb1");
  CHECK(grants.user == "hapair");
  CHECK(grants.uid == 990);
  CHECK(grants.gid == 991);
  CHECK(grants.interfaces == std::vector<std::string>{"eth0", "eth1"});
  REQUIRE(grants.groups.size() == 3);
  CHECK(grants.groups[1].interface == 1);
  CHECK(grants.groups[2].interface == 0);
  CHECK(grants.groups[0].peers.empty());  // multicast: whoever listens
  CHECK(grants.control.mode == 0660);
  CHECK(grants.control.gid == 992);
}

TEST_CASE("binds stand at their ids, and only those on a VIP may be bound before it is here") {
  const auto grants = wiring::grants_from_model(model(), {}, "/c");
  REQUIRE(grants.binds.size() == 2);
  CHECK(grants.binds[0].unix_path == "/run/app.sock");
  CHECK_FALSE(grants.binds[0].freebind);
  CHECK(grants.binds[1].endpoint.to_string() == "192.0.2.100:80");
  CHECK(grants.binds[1].freebind);
}

TEST_CASE("unicast peers and a password reach the grant") {
  config::Model unicast = model();
  unicast.vips[0].transport = config::Transport::kUnicast;
  unicast.vips[0].version = 2;
  unicast.vips[0].password = "1111";
  const auto grant = wiring::grants_from_model(unicast, {}, "/c").groups[0];
  CHECK(grant.peers == unicast.vips[0].peers);
  CHECK(grant.version == vrrp::Version::kV2);
  CHECK(grant.password.value() == vrrp::auth_key("1111"));
}

TEST_CASE("a grant survives the crossing to the guardian") {
  const auto grants = wiring::grants_from_model(model(), kIdentity, "/c");
  CHECK(guardian::decode_grants(guardian::encode_grants(grants)).value() == grants);
}

TEST_CASE("an unknown user, an unknown group and root are refused with the remedy") {
  CHECK(wiring::look_up_identity("no-such-user", "root").error().message ==
        "process.user: this host has no user 'no-such-user'; create it (systemd-sysusers does, "
        "from the package) or name another one");
  CHECK(wiring::look_up_identity("nobody", "no-such-group").error().message ==
        "process.group: this host has no group 'no-such-group'; create it (groupadd --system "
        "no-such-group) or name another one");
  CHECK(wiring::look_up_identity("root", "root").error().message ==
        "process.user: 'root' is root; the worker talks to the network and must be another user");
  CHECK(wiring::look_up_identity("nobody", "root").value().gid == 0);
}

TEST_CASE("without the package's user the worker is nobody and the control socket root's") {
  const auto identity = wiring::stand_in_identity().value();
  CHECK(identity.user == "nobody");
  CHECK(identity.uid != 0);
  CHECK(identity.control_gid == 0);
}

TEST_CASE("the worker's model carries the envelope and the write group") {
  for (const auto gid : {std::optional<std::uint32_t>(), std::optional<std::uint32_t>(1234)}) {
    const std::string bytes =
        wiring::encode_worker_model({.envelope = "text", .write_gid = gid, .memory_limit = gid});
    const auto decoded = wiring::decode_worker_model(bytes).value();
    CHECK(decoded.envelope == "text");
    CHECK(decoded.write_gid == gid);
    CHECK(decoded.memory_limit == gid);
  }
  CHECK_FALSE(wiring::decode_worker_model("abc"));
}
