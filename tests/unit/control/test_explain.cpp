// The sentences of explain and why-not against golden texts and in each case there is.
#include <doctest/doctest.h>

#include "apps/hapair/control/explain.hpp"
#include "sample_status.hpp"
#include "tests/unit/golden.hpp"

using namespace hapair;
using namespace hapair::control;
using namespace std::chrono_literals;

namespace {

std::string told(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += sentence + "\n";
  return text;
}

VipStatus backup_of(unsigned priority) {
  VipStatus vip = sample_backup();
  vip.peers = {{base::IpAddress::parse("192.168.100.124").value(), priority, 100ms, 50ms, 7}};
  vip.sync_group.clear();
  return vip;
}

}  // namespace

TEST_CASE("explain tells the role, what it rests on, who was heard and what was before") {
  const Status status = sample_status();
  CHECK(matches_golden(told(explain(status, status.vips[0])), "control/explain_master.txt"));
  CHECK(matches_golden(told(explain(status, status.vips[1])), "control/explain_backup.txt"));
}

TEST_CASE("why-not names a better master") {
  CHECK(told(why_not(sample_status(), backup_of(254))) ==
        "192.168.100.124 is master with priority 254, this node has priority 100.\n");
}

TEST_CASE("why-not names a master of the same priority") {
  CHECK(told(why_not(sample_status(), backup_of(100))) ==
        "192.168.100.124 is master with the same priority, 100: who was first stays.\n");
}

TEST_CASE("why-not names failback, and how long it takes") {
  VipStatus vip = backup_of(90);
  CHECK(told(why_not(sample_status(), vip)) ==
        "Failback is \"never\", and 192.168.100.124 serves: it stays master.\n");
  vip.failback = "5m";
  vip.would_be_master_in = 299s + 400ms;
  CHECK(told(why_not(sample_status(), vip)) ==
        "It takes the VIP back from 192.168.100.124 in 299s (failback 5m), if all stays well.\n");
  vip.yields = true;
  CHECK(told(why_not(sample_status(), vip)) ==
        "It was told to step down, and takes the VIP back only when 192.168.100.124 gives it up or "
        "is gone.\n");
}

TEST_CASE("why-not tells that it listens, that its sync group waits, that it takes no part") {
  VipStatus vip = backup_of(0);
  vip.would_be_master_in = 640ms;
  CHECK(told(why_not(sample_status(), vip)) ==
        "It listens for other masters and takes the VIP in 640ms if it hears none.\n");
  vip.claims = true;
  vip.sync_group = "site";
  CHECK(told(why_not(sample_status(), vip)) ==
        "It would be master, but its sync group site waits until it is that of every member.\n");
  vip.role = "initialize";
  vip.reason = "this node is stopping";
  CHECK(told(why_not(sample_status(), vip)) ==
        "lb1 takes no part in the election: this node is stopping.\n");
}

TEST_CASE("what makes a node unfit comes first, and alone where it is in fault") {
  VipStatus vip = backup_of(254);
  vip.role = "fault";
  vip.tracks = {{"maintenance", false, "ordered by root", 0, true},
                {"interface ens33", true, "up", 0, true}};
  CHECK(told(why_not(sample_status(), vip)) ==
        "It tracks maintenance: ordered by root, so it is unfit to be master.\n");
}
