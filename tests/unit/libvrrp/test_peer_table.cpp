// Who was heard, within bounds; and how often a log line may be repeated.
#include <doctest/doctest.h>

#include <chrono>

#include "common/base/repeat_guard.hpp"
#include "libvrrp/core/peer_table.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;

base::IpAddress peer(unsigned n) { return base::IpAddress::v4(0x0a000000 + n); }

DecodedAdvert advert(std::uint8_t priority) {
  DecodedAdvert decoded;
  decoded.advert.priority = priority;
  decoded.advert.interval = 100ms;
  decoded.checksum = ChecksumForm::kPseudoHeader;
  return decoded;
}

TEST_CASE("a peer is listed once, with what it last said") {
  PeerTable table;
  table.heard(advert(100), peer(1), base::Instant(1s));
  table.heard(advert(90), peer(2), base::Instant(2s));
  table.heard(advert(0), peer(1), base::Instant(3s));
  REQUIRE(table.peers().size() == 2);
  const PeerHeard& first = table.peers()[0];
  CHECK(first.address == peer(1));
  CHECK(first.priority == 0);
  CHECK(first.interval == 100ms);
  CHECK(first.checksum == ChecksumForm::kPseudoHeader);
  CHECK(first.last_heard == base::Instant(3s));
  CHECK(first.adverts == 2);
}

TEST_CASE("when the table is full the longest silent peer is forgotten") {
  PeerTable table;
  for (unsigned n = 1; n <= PeerTable::kMaxPeers; ++n) {
    table.heard(advert(100), peer(n), base::Instant(std::chrono::seconds(n)));
  }
  table.heard(advert(100), peer(1), base::Instant(50s));
  table.heard(advert(100), peer(99), base::Instant(51s));
  CHECK(table.peers().size() == PeerTable::kMaxPeers);
  CHECK(table.peers().front().address == peer(1));
  CHECK(table.peers()[1].address == peer(3));
  CHECK(table.peers().back().address == peer(99));
}

TEST_CASE("master is who was heard last, until it resigns or falls silent") {
  PeerTable table;
  const auto master = [&](base::Instant now) {
    const PeerHeard* found = table.master(now);
    return found == nullptr ? std::string("nobody") : found->address.to_string();
  };
  CHECK(master(base::Instant(1s)) == "nobody");
  table.heard(advert(100), peer(1), base::Instant(1s));
  table.heard(advert(90), peer(2), base::Instant(1100ms));
  CHECK(master(base::Instant(1200ms)) == peer(2).to_string());
  table.heard(advert(0), peer(2), base::Instant(1200ms));
  CHECK(master(base::Instant(1400ms)) == peer(1).to_string());
  CHECK(master(base::Instant(1401ms)) == "nobody");
}

TEST_CASE("adverts begin anew after a farewell or a silence") {
  PeerTable table;
  const auto began = [&] { return table.peers().front().began; };
  table.heard(advert(100), peer(1), base::Instant(1s));
  table.heard(advert(100), peer(1), base::Instant(1300ms));
  CHECK(began() == base::Instant(1s));
  CHECK(table.peers().front().farewell == base::Instant());
  table.heard(advert(0), peer(1), base::Instant(1400ms));
  CHECK(began() == base::Instant(1s));
  CHECK(table.peers().front().farewell == base::Instant(1400ms));
  table.heard(advert(100), peer(1), base::Instant(1450ms));
  CHECK(began() == base::Instant(1450ms));
  table.heard(advert(100), peer(1), base::Instant(1751ms));
  CHECK(began() == base::Instant(1751ms));
}

TEST_CASE("a repeated message passes once a minute and tells how many were held back") {
  base::RepeatGuard guard;
  CHECK(guard.pass(base::Instant(10s)) == 0);
  CHECK_FALSE(guard.pass(base::Instant(11s)));
  CHECK_FALSE(guard.pass(base::Instant(69s)));
  CHECK(guard.pass(base::Instant(70s)) == 2);
  CHECK_FALSE(guard.pass(base::Instant(71s)));
  CHECK(guard.pass(base::Instant(200s)) == 1);
  CHECK(guard.pass(base::Instant(300s)) == 0);
}

}  // namespace
}  // namespace hapair::vrrp
