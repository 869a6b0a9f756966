#include <doctest/doctest.h>

#include "libvrrp/core/checksum_choice.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using test::ip;

constexpr base::Instant kStart = base::from_ns(1'000'000'000'000);
constexpr ChecksumForm kPlain = ChecksumForm::kPlain;
constexpr ChecksumForm kPseudo = ChecksumForm::kPseudoHeader;
constexpr ChecksumForm kOld = ChecksumForm::kPseudoMulticast;

GroupSettings multicast() {
  GroupSettings settings;
  settings.vrid = 51;
  settings.own_address = ip("10.0.0.1");
  return settings;
}

GroupSettings unicast() {
  GroupSettings settings = multicast();
  settings.unicast = true;
  settings.peers = {ip("10.0.0.2"), ip("10.0.0.3")};
  return settings;
}

/// A group that hears adverts, one every `interval`.
struct Listener {
  ChecksumChoice choice;
  base::Duration interval = 1s;
  base::Instant now = kStart;

  explicit Listener(const GroupSettings& settings) : choice(settings) {}

  std::optional<ChecksumOrder> hear(ChecksumForm form, const char* from = "10.0.0.2") {
    now += interval;
    DecodedAdvert decoded;
    decoded.checksum = form;
    return choice.on_advert(decoded, ip(from), now);
  }

  /// How many orders came of `count` adverts.
  int hear_many(ChecksumForm form, int count) {
    int orders = 0;
    for (int i = 0; i < count; ++i) orders += hear(form) ? 1 : 0;
    return orders;
  }
};

TEST_CASE("the first form heard is taken at once, and ordered once") {
  for (const ChecksumForm form : {kPlain, kPseudo, kOld}) {
    Listener listener(multicast());
    CHECK(listener.hear(form) == ChecksumOrder{.peer = 0, .form = form});
    CHECK(listener.hear_many(form, 100) == 0);
  }
}

TEST_CASE("another form is taken when the one in use has been silent for long enough") {
  Listener listener(multicast());
  (void)listener.hear(kPlain);
  CHECK_FALSE(listener.hear(kPseudo));
  CHECK_FALSE(listener.hear(kPseudo));
  CHECK(listener.hear(kPseudo) == ChecksumOrder{.peer = 0, .form = kPseudo});
  CHECK(listener.hear_many(kPseudo, 10) == 0);
}

TEST_CASE("fast adverts of another form have to go on for the whole time") {
  Listener listener(multicast());
  listener.interval = 10ms;
  (void)listener.hear(kPlain);
  CHECK(listener.hear_many(kPseudo, 299) == 0);
  CHECK(listener.hear(kPseudo) == ChecksumOrder{.peer = 0, .form = kPseudo});
}

TEST_CASE("slow adverts of another form have to come several times in a row") {
  Listener listener(multicast());
  listener.interval = 40s;
  (void)listener.hear(kPlain);
  CHECK(listener.hear_many(kPseudo, 2) == 0);
  CHECK_FALSE(listener.hear(kOld));  // a third form begins to count anew
  CHECK(listener.hear_many(kPseudo, 2) == 0);
  CHECK(listener.hear_many(kPseudo, 1) == 1);
}

TEST_CASE("peers that disagree and are heard in turn never make it flap") {
  for (const base::Duration interval : {base::Duration(10ms), base::Duration(40s)}) {
    Listener listener(multicast());
    listener.interval = interval;
    (void)listener.hear(kPlain, "10.0.0.2");
    for (int i = 0; i < 1000; ++i) {
      CHECK_FALSE(listener.hear(kPseudo, "10.0.0.3"));
      CHECK_FALSE(listener.hear(kPlain, "10.0.0.2"));
    }
  }
}

TEST_CASE("by unicast each peer is answered in its own form") {
  Listener listener(unicast());
  CHECK(listener.hear(kPlain, "10.0.0.3") == ChecksumOrder{.peer = 1, .form = kPlain});
  CHECK(listener.hear(kOld, "10.0.0.2") == ChecksumOrder{.peer = 0, .form = kOld});
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(listener.hear(kPlain, "10.0.0.3"));
    CHECK_FALSE(listener.hear(kOld, "10.0.0.2"));
  }
  CHECK_FALSE(listener.hear(kPlain, "10.0.0.9"));  // no peer
}

TEST_CASE("where there is one form, nothing is learned") {
  GroupSettings v2 = multicast();
  v2.version = Version::kV2;
  CHECK_FALSE(Listener(v2).hear(kPlain));
  GroupSettings v6 = multicast();
  v6.own_address = ip("fe80::1");
  CHECK_FALSE(Listener(v6).hear(kPseudo, "fe80::2"));
}

TEST_CASE("a unicast group without peers orders nothing") {
  GroupSettings alone = unicast();
  alone.peers.clear();
  CHECK_FALSE(Listener(alone).hear(kPlain));
}

}  // namespace
}  // namespace hapair::vrrp
