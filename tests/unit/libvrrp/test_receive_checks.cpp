// Which packets a group heeds. Each check is shown by one packet that passes all others.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "libvrrp/core/receive_checks.hpp"
#include "tests/unit/libvrrp/toy_authenticator.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using test::ip;

GroupSettings group(Version version) {
  GroupSettings settings;
  settings.name = "VI_1";
  settings.version = version;
  settings.vrid = 51;
  settings.addresses = {ip("10.99.0.100")};
  settings.own_address = ip("10.99.0.2");
  if (version == Version::kV2) {
    settings.auth_type = AuthType::kPassword;
    settings.auth = auth_key("1111");
  }
  return settings;
}

GroupSettings unicast_group() {
  GroupSettings settings = group(Version::kV3);
  settings.unicast = true;
  settings.peers = {ip("10.99.0.1"), ip("10.99.0.3")};
  return settings;
}

Advert advert_of(const GroupSettings& settings) {
  return {.version = settings.version,
          .vrid = settings.vrid,
          .priority = 150,
          .interval = settings.advert_interval,
          .addresses = settings.addresses,
          .auth_type = settings.auth_type,
          .auth = settings.auth};
}

/// A packet as a proper peer of the group would send it, for a test to spoil.
struct Sent {
  explicit Sent(const GroupSettings& settings)
      : advert(advert_of(settings)),
        source(ip("10.99.0.1")),
        destination(settings.unicast ? settings.own_address
                                     : multicast_group(base::Family::kIpv4)) {}

  Advert advert;
  base::IpAddress source;
  base::IpAddress destination;
  std::uint8_t ttl = 255;
};

std::string outcome(const GroupSettings& settings, const std::function<void(Sent&)>& spoil) {
  Sent sent(settings);
  spoil(sent);
  const auto payload = encode_advert(sent.advert, sent.source, sent.destination);
  ReceiveChecks checks(settings);
  const auto accepted =
      checks.accept({sent.source, sent.destination, sent.ttl, base::Bytes(payload)});
  CHECK(checks.accepted() == (accepted ? 1 : 0));
  CHECK(checks.dropped().total() == (accepted ? 0 : 1));
  if (accepted) return "accepted";
  CHECK(checks.dropped().of(accepted.error()) == 1);
  return std::string(to_string(accepted.error()));
}

TEST_CASE("proper adverts are accepted") {
  CHECK(outcome(group(Version::kV2), [](Sent&) {}) == "accepted");
  CHECK(outcome(group(Version::kV3), [](Sent&) {}) == "accepted");
  CHECK(outcome(unicast_group(), [](Sent&) {}) == "accepted");
}

TEST_CASE("multicast adverts must not have been forwarded") {
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.ttl = 254; }) == "ttl");
}

TEST_CASE("unicast peers may be routers apart") {
  CHECK(outcome(unicast_group(), [](Sent& sent) { sent.ttl = 60; }) == "accepted");
}

TEST_CASE("a group heeds only its own transport") {
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.destination = ip("10.99.0.2"); }) ==
        "destination");
  CHECK(outcome(unicast_group(), [](Sent& sent) { sent.destination = ip("224.0.0.18"); }) ==
        "destination");
}

TEST_CASE("unicast is heeded from configured peers only") {
  CHECK(outcome(unicast_group(), [](Sent& sent) { sent.source = ip("10.99.0.3"); }) == "accepted");
  CHECK(outcome(unicast_group(), [](Sent& sent) { sent.source = ip("10.99.0.4"); }) ==
        "not-a-peer");
}

TEST_CASE("our own packets are nobody's adverts") {
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.source = ip("10.99.0.2"); }) ==
        "own-packet");
  CHECK(outcome(unicast_group(), [](Sent& sent) { sent.source = ip("10.99.0.2"); }) ==
        "own-packet");
}

TEST_CASE("the version must be the configured one") {
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.advert.version = Version::kV2; }) ==
        "version");
  CHECK(outcome(group(Version::kV2), [](Sent& sent) { sent.advert.version = Version::kV3; }) ==
        "version");
}

TEST_CASE("the VRID must be ours") {
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.advert.vrid = 52; }) == "unknown-vrid");
}

TEST_CASE("version 2 authentication must be the configured one") {
  CHECK(outcome(group(Version::kV2), [](Sent& sent) { sent.advert.auth_type = AuthType::kNone; }) ==
        "auth-type");
  CHECK(outcome(group(Version::kV2), [](Sent& sent) { sent.advert.auth = auth_key("1112"); }) ==
        "auth-key");
  GroupSettings open = group(Version::kV2);
  open.auth_type = AuthType::kNone;
  open.auth = {};
  CHECK(outcome(open, [](Sent& sent) { sent.advert.auth_type = AuthType::kPassword; }) ==
        "auth-type");
}

TEST_CASE("without authentication the bytes in its place do not matter") {
  GroupSettings open = group(Version::kV2);
  open.auth_type = AuthType::kNone;
  open.auth = {};
  CHECK(outcome(open, [](Sent& sent) { sent.advert.auth = auth_key("junk"); }) == "accepted");
}

TEST_CASE("version 2 demands the configured interval, version 3 learns") {
  CHECK(outcome(group(Version::kV2), [](Sent& sent) { sent.advert.interval = 2s; }) ==
        "interval-mismatch");
  CHECK(outcome(group(Version::kV3), [](Sent& sent) { sent.advert.interval = 2s; }) == "accepted");
}

TEST_CASE("other addresses are for the election to judge") {
  CHECK(outcome(group(Version::kV3),
                [](Sent& sent) { sent.advert.addresses = {ip("10.99.0.200")}; }) == "accepted");
}

TEST_CASE("what the decoder refuses is counted under its reason") {
  const GroupSettings settings = group(Version::kV3);
  ReceiveChecks checks(settings);
  const auto payload = test::from_hex("3133960100644307");
  CHECK_FALSE(checks.accept({ip("10.99.0.1"), ip("224.0.0.18"), 255, base::Bytes(payload)}));
  CHECK(checks.dropped().of(DropReason::kLength) == 1);
}

TEST_CASE("every reason has a label and an explanation of its own") {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const auto reason = static_cast<DropReason>(i);
    CHECK(to_string(reason) != "unknown");
    CHECK(explain(reason) != "unknown");
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(to_string(static_cast<DropReason>(j)) != to_string(reason));
    }
  }
  CHECK(to_string(static_cast<DropReason>(kDropReasons)) == "unknown");
}

/// A group that signs, with a peer that does or does not.
struct SignedGroup {
  explicit SignedGroup(SignatureMode mode) : settings(signing(mode)) {}

  static GroupSettings signing(SignatureMode mode) {
    GroupSettings settings = group(Version::kV3);
    settings.signatures = mode;
    return settings;
  }

  std::vector<std::uint8_t> plain() const {
    return encode_advert(advert_of(settings), kPeer, multicast_group(base::Family::kIpv4));
  }
  std::vector<std::uint8_t> signed_with(std::uint8_t key, std::uint64_t sequence) const {
    return sign_advert(plain(), kPeer, multicast_group(base::Family::kIpv4), sequence,
                       test::ToyAuthenticator(key));
  }
  std::string outcome(const std::vector<std::uint8_t>& payload,
                      const base::IpAddress& from = kPeer) {
    const auto accepted =
        checks.accept({from, multicast_group(base::Family::kIpv4), 255, base::Bytes(payload)});
    if (!accepted) return std::string(to_string(accepted.error()));
    return accepted->is_signed ? "taken, signed" : "taken, unsigned";
  }

  inline static const base::IpAddress kPeer = ip("10.99.0.1");
  GroupSettings settings;
  test::ToyAuthenticator authenticator{7};
  ReceiveChecks checks{settings, &authenticator};
};

TEST_CASE("each mode takes what it should") {
  SignedGroup off(SignatureMode::kOff);
  CHECK(off.outcome(off.plain()) == "taken, unsigned");
  CHECK(off.outcome(off.signed_with(7, 1)) == "length");
  for (const SignatureMode mode : {SignatureMode::kReceiveOnly, SignatureMode::kPermissive}) {
    SignedGroup open(mode);
    CHECK(open.outcome(open.plain()) == "taken, unsigned");
    CHECK(open.outcome(open.signed_with(7, 1)) == "taken, signed");
    CHECK(open.outcome(open.signed_with(8, 2)) == "bad-signature");
  }
  SignedGroup strict(SignatureMode::kEnforce);
  CHECK(strict.outcome(strict.plain()) == "unsigned");
  CHECK(strict.outcome(strict.signed_with(7, 1)) == "taken, signed");
  CHECK(strict.outcome(strict.signed_with(8, 2)) == "bad-signature");
}

TEST_CASE("a recorded advert is refused, and so is an older one") {
  SignedGroup group(SignatureMode::kEnforce);
  CHECK(group.outcome(group.signed_with(7, 100)) == "taken, signed");
  CHECK(group.outcome(group.signed_with(7, 100)) == "replay");
  CHECK(group.outcome(group.signed_with(7, 99)) == "replay");
  CHECK(group.outcome(group.signed_with(7, 101)) == "taken, signed");
}

TEST_CASE("an advert recorded of one sender is nothing worth from another") {
  SignedGroup group(SignatureMode::kEnforce);
  CHECK(group.outcome(group.signed_with(7, 100), ip("10.99.0.9")) == "checksum");
}

TEST_CASE("a wrong signature moves no number on") {
  SignedGroup group(SignatureMode::kEnforce);
  CHECK(group.outcome(group.signed_with(8, UINT64_MAX)) == "bad-signature");
  CHECK(group.outcome(group.signed_with(7, 1)) == "taken, signed");
}

}  // namespace
}  // namespace hapair::vrrp
