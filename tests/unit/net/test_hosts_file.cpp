#include "common/net/hosts_file.hpp"

#include <doctest/doctest.h>

#include "tests/fuzz/hosts_file_body.hpp"
#include "tests/fuzz/replay.hpp"

namespace hapair::net {
namespace {

/// "192.0.2.1 2001:db8::1"; "-" where the name is not known.
std::string found(std::string_view text, std::string_view name) {
  const auto addresses = HostsFile::parse(text).find(name);
  if (!addresses) return "-";
  std::string all;
  for (const base::IpAddress& each : *addresses) all += (all.empty() ? "" : " ") + each.to_string();
  return all;
}

TEST_CASE("names and aliases have the addresses of all their lines, in order") {
  constexpr std::string_view kText =
      "# comment\n"
      "192.0.2.1\tweb.internal web # the first\n"
      "\n"
      "2001:db8::1   web\r\n"
      "192.0.2.1 web\n"
      "   192.0.2.2 db.internal.\n"
      "192.0.2.3 last";
  CHECK(found(kText, "web.internal") == "192.0.2.1");
  CHECK(found(kText, "web") == "192.0.2.1 2001:db8::1");
  CHECK(found(kText, "WEB.") == "192.0.2.1 2001:db8::1");
  CHECK(found(kText, "db.internal") == "192.0.2.2");
  CHECK(found(kText, "last") == "192.0.2.3");
  CHECK(found(kText, "internal") == "-");
  CHECK(found(kText, "first") == "-");
  CHECK(found(kText, "") == "-");
}

TEST_CASE("what makes no sense is passed over") {
  CHECK(found("web 192.0.2.1\n192.0.2.999 web\nfe80::1%eth0 web\nfe80::1 web\n192.0.2.1\n",
              "web") == "-");
  CHECK(found("192.0.2.1 " + std::string(254, 'a') + " b", std::string(254, 'a')) == "-");
  CHECK(found("192.0.2.1 " + std::string(254, 'a') + " b", "b") == "192.0.2.1");
}

TEST_CASE("localhost is this host always, unless the list says which") {
  CHECK(found("", "localhost") == "127.0.0.1 ::1");
  CHECK(found("", "LocalHost.") == "127.0.0.1 ::1");
  CHECK(found("", "db.localhost") == "127.0.0.1 ::1");
  CHECK(found("", "notlocalhost") == "-");
  CHECK(found("127.0.0.9 localhost", "localhost") == "127.0.0.9");
}

TEST_CASE("names and their addresses have limits") {
  std::string many;
  for (int i = 0; i < 70; ++i) many += "10.0.0." + std::to_string(i) + " web\n";
  CHECK(HostsFile::parse(many).find("web")->size() == HostsFile::kMaxAddresses);
  std::string names;
  for (std::size_t i = 0; i <= HostsFile::kMaxNames; ++i) {
    names += "10.0.0.1 n" + std::to_string(i) + "\n";
  }
  names += "10.0.0.2 n0\n";
  const HostsFile full = HostsFile::parse(names);
  CHECK(full.names() == HostsFile::kMaxNames);
  CHECK(full.find("n0")->size() == 2);
  CHECK_FALSE(full.find("n" + std::to_string(HostsFile::kMaxNames)));
}

TEST_CASE("the corpus of hosts files replays") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/hosts_file", fuzz::fuzz_hosts_file) >=
        3);
}

}  // namespace
}  // namespace hapair::net
