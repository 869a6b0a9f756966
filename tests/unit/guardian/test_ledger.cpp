#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "apps/hapair/guardian/ledger.hpp"

namespace hapair::guardian {
namespace {

/// A directory that goes with the test.
class SocketFolder {
 public:
  SocketFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "hapair-ledger-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~SocketFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string ledger() const { return path_ / "ledger"; }

 private:
  std::filesystem::path path_;
};

HeldAddress held(std::string_view prefix, std::uint32_t link = 7) {
  return {.link_name = "eth0",
          .address = {link, base::Prefix::parse(prefix).value()},
          .on_loopback = false};
}

Resignation resignation(std::size_t group) {
  return {.group = group,
          .advertising = false,
          .link_name = "eth0",
          .link = 7,
          .source = base::IpAddress::parse("192.0.2.1").value(),
          .destination = base::IpAddress::parse("224.0.0.18").value(),
          .packet = {0x31, 51, 0, 1}};
}

void overwrite(const std::string& path, std::size_t offset, std::size_t count, char value) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  const std::string bytes(count, value);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TEST_CASE("what is noted is there for the next one who opens the ledger") {
  const SocketFolder folder;
  {
    Ledger ledger = Ledger::open(folder.ledger()).value();
    CHECK(ledger.origin() == Ledger::Origin::kNew);
    REQUIRE(ledger.note_held(std::array{held("192.0.2.100/32")}).has_value());
    REQUIRE(ledger.note_held(std::array{held("2001:db8::1/128")}).has_value());
    REQUIRE(ledger.note_changed({"eth0", 7, {.ignore = 0, .announce = 1}}).has_value());
    REQUIRE(ledger.add_resignation(resignation(3)).has_value());
    ledger.set_advertising(3, true);
  }
  const Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.origin() == Ledger::Origin::kKept);
  CHECK(ledger.held() == std::vector{held("192.0.2.100/32"), held("2001:db8::1/128")});
  CHECK(ledger.changed() ==
        std::vector{ChangedLink{"eth0", 7, vrrp::ArpSettings{.ignore = 0, .announce = 1}}});
  Resignation expected = resignation(3);
  expected.advertising = true;
  CHECK(ledger.resignations() == std::vector{expected});
}

TEST_CASE("what is forgotten is gone, and its place is used again") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  for (int round = 0; round < 3; ++round) {
    REQUIRE(ledger.note_held(std::array{held("192.0.2.100/32")}).has_value());
    ledger.forget_held(std::array{held("192.0.2.100/32", 8).address});
    CHECK(ledger.held().size() == 1);
    ledger.forget_held(std::array{held("192.0.2.100/32").address});
    CHECK(ledger.held().empty());
  }
}

TEST_CASE("noting an address again changes its entry") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  HeldAddress entry = held("192.0.2.100/32");
  REQUIRE(ledger.note_held(std::array{entry}).has_value());
  entry.on_loopback = true;
  REQUIRE(ledger.note_held(std::array{entry}).has_value());
  CHECK(ledger.held() == std::vector{entry});
}

TEST_CASE("many are noted and forgotten at once") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  std::vector<HeldAddress> entries = {held("192.0.2.100/32"), held("192.0.2.101/32"),
                                      held("2001:db8::1/128")};
  REQUIRE(ledger.note_held(std::array{entries[1]}).has_value());
  for (HeldAddress& entry : entries) entry.on_loopback = true;
  REQUIRE(ledger.note_held(entries).has_value());
  CHECK(ledger.held() == std::vector{entries[1], entries[0], entries[2]});
  ledger.forget_held(std::array{entries[0].address, entries[1].address});
  CHECK(ledger.held() == std::vector{entries[2]});
}

TEST_CASE("routes and rules are kept whole, and each once") {
  const SocketFolder folder;
  const auto ip = [](std::string_view text) { return base::IpAddress::parse(text).value(); };
  const auto prefix = [](std::string_view text) { return base::Prefix::parse(text).value(); };
  const std::vector<vrrp::Routing> all = {
      vrrp::Route{.to = prefix("0.0.0.0/0"),
                  .via = ip("192.0.2.1"),
                  .link = 7,
                  .source = ip("192.0.2.9"),
                  .table = 4294967295,
                  .metric = 50},
      vrrp::Route{.to = prefix("2001:db8::/32"), .link = 7, .metric = 1024},
      vrrp::Rule{.from = prefix("192.0.2.9"), .table = 100, .priority = 1000},
      vrrp::Rule{.from = prefix("::/0"), .to = prefix("2001:db8::/32"), .table = 100}};
  {
    Ledger ledger = Ledger::open(folder.ledger()).value();
    for (int twice = 0; twice < 2; ++twice) REQUIRE(ledger.note_routing(all).has_value());
  }
  Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.routing() == all);
  ledger.forget_routing(std::array{all[0], all[3]});
  CHECK(ledger.routing() == std::vector{all[1], all[2]});
  for (std::uint32_t priority = 1; ledger.routing().size() < Ledger::kMaxRouting; ++priority) {
    const vrrp::Routing rule = vrrp::Rule{.to = prefix("10.0.0.0/8"), .priority = priority};
    REQUIRE(ledger.note_routing(std::array{rule}).has_value());
  }
  CHECK_FALSE(ledger.note_routing(std::array{all[0]}).has_value());
}

TEST_CASE("links that were made are known by name and MAC address") {
  const SocketFolder folder;
  const MadeLink first{"vrrp.51", vrrp::virtual_mac(51, base::Family::kIpv4)};
  const MadeLink second{"vrrp.52", vrrp::virtual_mac(52, base::Family::kIpv4)};
  {
    Ledger ledger = Ledger::open(folder.ledger()).value();
    REQUIRE(ledger.note_made({"vrrp.51", {}}).has_value());
    for (const MadeLink& link : {first, second}) REQUIRE(ledger.note_made(link).has_value());
  }
  Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.made() == std::vector{first, second});
  ledger.forget_made("vrrp.51");
  CHECK(ledger.made() == std::vector{second});
  for (std::size_t i = 1; i < Ledger::kMaxMade; ++i) {
    REQUIRE(ledger.note_made({"eth" + std::to_string(i), {}}).has_value());
  }
  CHECK_FALSE(ledger.note_made(first).has_value());
}

TEST_CASE("a full ledger says so") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  for (std::uint32_t link = 0; link < Ledger::kMaxHeld; ++link) {
    REQUIRE(ledger.note_held(std::array{held("192.0.2.100/32", link)}).has_value());
  }
  CHECK_FALSE(ledger.note_held(std::array{held("192.0.2.101/32")}).has_value());
  CHECK(ledger.note_held(std::array{held("192.0.2.100/32", 5)}).has_value());
  ledger.forget_held(std::array{held("192.0.2.100/32", 5).address});
  const std::array two = {held("192.0.2.101/32"), held("192.0.2.102/32")};
  CHECK_FALSE(ledger.note_held(two).has_value());
  CHECK(ledger.held().size() == Ledger::kMaxHeld - 1);
  for (std::size_t i = 0; i < Ledger::kMaxResignations; ++i) {
    REQUIRE(ledger.add_resignation(resignation(i)).has_value());
  }
  CHECK_FALSE(ledger.add_resignation(resignation(0)).has_value());
  ledger.clear_resignations();
  CHECK(ledger.resignations().empty());
}

TEST_CASE("a packet that does not fit is refused") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  Resignation entry = resignation(0);
  entry.packet.assign(Ledger::kMaxPacket, 1);
  CHECK(ledger.add_resignation(entry).has_value());
  entry.packet.push_back(1);
  CHECK_FALSE(ledger.add_resignation(entry).has_value());
  entry.packet.clear();
  CHECK_FALSE(ledger.add_resignation(entry).has_value());
}

TEST_CASE("only one at a time has the ledger") {
  const SocketFolder folder;
  const Ledger ledger = Ledger::open(folder.ledger()).value();
  const auto second = Ledger::open(folder.ledger());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().os_errno == EWOULDBLOCK);
  CHECK(second.error().message ==
        "ledger " + folder.ledger() +
            " is in use: another hapair runs here; stop it, or choose another directory with "
            "--runtime-dir");
}

TEST_CASE("a file that is no ledger becomes an empty one") {
  const SocketFolder folder;
  SUBCASE("too short") { std::ofstream(folder.ledger()) << "something else"; }
  SUBCASE("another version") {
    REQUIRE(
        Ledger::open(folder.ledger())->note_held(std::array{held("192.0.2.100/32")}).has_value());
    overwrite(folder.ledger(), 8, 1, 99);
  }
  const Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.origin() == Ledger::Origin::kUnusable);
  CHECK(ledger.held().empty());
}

TEST_CASE("a damaged entry is ignored, the others count") {
  const SocketFolder folder;
  const std::string path = folder.ledger();
  std::size_t first = 0;
  {
    Ledger ledger = Ledger::open(path).value();
    REQUIRE(ledger.note_held(std::array{held("192.0.2.100/32")}).has_value());
    REQUIRE(ledger.note_held(std::array{held("192.0.2.101/32")}).has_value());
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    first = bytes.find("eth0") - 8;  // the mark and the link come before the name
  }
  // Each field of the first entry, spoilt on its own.
  struct Damage {
    std::size_t offset;
    std::size_t count;
  };
  const Damage mark{0, 4};
  const Damage name{8, 16};
  const Damage address_length{24, 1};
  const Damage prefix_length{41, 1};
  const Damage flag{42, 1};
  for (const Damage& damage : {mark, name, address_length, prefix_length, flag}) {
    std::ifstream before(path, std::ios::binary);
    const std::string intact{std::istreambuf_iterator<char>(before), {}};
    overwrite(path, first + damage.offset, damage.count, static_cast<char>(0xee));
    CHECK(Ledger::open(path)->held() == std::vector{held("192.0.2.101/32")});
    std::ofstream(path, std::ios::binary) << intact;
  }
}

TEST_CASE("a ledger of noise lists nothing and harms nothing") {
  const SocketFolder folder;
  {
    const Ledger ledger = Ledger::open(folder.ledger()).value();
  }
  const auto size = std::filesystem::file_size(folder.ledger());
  overwrite(folder.ledger(), 16, size - 16, static_cast<char>(0xff));
  const Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.origin() == Ledger::Origin::kKept);
  CHECK(ledger.held().empty());
  CHECK(ledger.changed().empty());
  CHECK(ledger.resignations().empty());
}

TEST_CASE("maintenance is kept by the group's name, and ends when it is told to") {
  const SocketFolder folder;
  {
    Ledger ledger = Ledger::open(folder.ledger()).value();
    REQUIRE(ledger.set_maintenance("VI_1", true).has_value());
    REQUIRE(ledger.set_maintenance("VI_1", true).has_value());
    REQUIRE(ledger.set_maintenance("VI_2", true).has_value());
    REQUIRE(ledger.set_maintenance("VI_2", false).has_value());
  }
  const Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK(ledger.in_maintenance("VI_1"));
  CHECK_FALSE(ledger.in_maintenance("VI_2"));
  CHECK_FALSE(ledger.in_maintenance(""));
}

TEST_CASE("the room for maintenance has a limit, and so has a name") {
  const SocketFolder folder;
  Ledger ledger = Ledger::open(folder.ledger()).value();
  CHECK_FALSE(ledger.set_maintenance(std::string(65, 'x'), true).has_value());
  for (std::size_t i = 0; i < Ledger::kMaxMaintenance; ++i) {
    REQUIRE(ledger.set_maintenance("VI_" + std::to_string(i), true).has_value());
  }
  CHECK_FALSE(ledger.set_maintenance("another", true).has_value());
  CHECK(ledger.set_maintenance("VI_7", false).has_value());
  CHECK(ledger.set_maintenance("another", true).has_value());
}

}  // namespace
}  // namespace hapair::guardian
