#include "apps/hapair/config/sections_vips.hpp"

#include <chrono>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections_notify.hpp"
#include "apps/hapair/config/sections_routes.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kVipAddresses{1, 255};
constexpr NumberRule kRepeats{1, 100, ""};
constexpr DurationRule kUpTo100Ms{0s, 100ms};
constexpr DurationRule kAnnounceDelay{0s, 1h};
constexpr DurationRule kUpToDay{0s, 24h};

void describe_announce(Shape& shape, Announce& announce) {
  shape.number({"repeat", "Gratuitous ARP messages for each address on becoming master."}, kRepeats,
               announce.repeat);
  shape.duration({"delay", "After so long they are sent once more; 0s: they are not."},
                 kAnnounceDelay, announce.delay);
  shape.duration({"refresh", "A master repeats one for each address every so often; 0s: never."},
                 kUpToDay, announce.refresh);
  shape.duration({"interval", "At least so long lies between two of the VIP's messages."},
                 kUpTo100Ms, announce.interval);
}

void describe_track(Shape& shape, TrackDraft& track) {
  shape.one_of({{"backend", {}}, {"target", {}}});
  shape.text({"backend", "The backend whose servers count."}, rules::kName, track.backend);
  shape.text({"target", "The target that must be up."}, rules::kName, track.target);
  shape.number({"min_up", "With fewer servers up than this, the backend counts as failed."},
               NumberRule{1, 1024, ""}, track.track.min_up);
  shape.number({"penalty",
                "What a failed backend or target takes off the VIP's priority on this node. "
                "Without, and without fault, the verdict decides: a node whose backends have "
                "enough servers is preferred, one whose target is down can't serve."},
               NumberRule{1, 253, ""}, track.track.penalty);
  shape.flag(
      {"fault", "true: a failed backend or target makes this node give the VIP up altogether."},
      track.track.fault);
}

void describe_auth(Shape& shape, VipDraft& vip) {
  shape.choice({"type",
                "\"pass\": a password in clear text in every advert (version 2 only); \"hmac\": "
                "each advert is "
                "signed (version 3 only, the default where there is a secret_file).",
                kMandatory},
               {"none", "pass", "hmac"}, {Auth::kNone, Auth::kPassword, Auth::kHmac}, vip.auth);
  shape.text({"password",
              "1 to 8 bytes; without, it derives from the secret_file. In a file that others can "
              "read it is a fault."},
             rules::kPassword, vip.password);
  shape.text({"password_file",
              "A file with the password, readable by root only, on every node; in place of it."},
             rules::kAbsolutePath, vip.password_file);
  shape.choice(
      {"mode",
       "\"receive-only\": sends unsigned adverts and takes both; \"permissive\": signs and "
       "takes both; \"enforce\": takes signed ones only."},
      {"receive-only", "permissive", "enforce"},
      {HmacMode::kReceiveOnly, HmacMode::kPermissive, HmacMode::kEnforce}, vip.vip.hmac_mode);
  shape.excludes("type", "none", {"password", "password_file", "mode"});
  shape.excludes("type", "pass", {"mode"});
  shape.excludes("type", "hmac", {"password", "password_file"});
}

void describe_address(Shape& shape, VipAddressDraft& draft) {
  shape.text({"address", "The address, with or without a prefix length.", kMandatory},
             rules::kVipAddress, draft.address);
  shape.text({"network", "The network that it is on; the VIP's by default."}, rules::kName,
             draft.as.network);
  shape.text({"label", "A label for the address, as `ip addr` shows it (IPv4 only)."},
             rules::kLabel, draft.as.label);
  shape.choice({"scope", "How far the address is known."}, {"global", "site", "link", "host"},
               {Scope::kGlobal, Scope::kSite, Scope::kLink, Scope::kHost}, draft.as.scope);
  shape.flag({"advertise", "false: it moves with the VIP, but stands in no advert."},
             draft.as.advertise);
}

}  // namespace

void describe_vip(Shape& shape, VipDraft& draft) {
  Vip& vip = draft.vip;
  shape.number(
      {"router_id", "The virtual router's id (VRID); no two VIPs may share one.", kMandatory},
      NumberRule{1, 255, ""}, vip.router_id);
  shape.texts_or_objects(
      {"addresses",
       "The virtual addresses, with /32 or /128 where no prefix length is given; an object says "
       "more "
       "of one.",
       kMandatory},
      kVipAddresses, rules::kVipAddress,
      [&](const ListedText& listed) {
        draft.addresses.push_back({.path = listed.path, .address = listed.text, .as = {}});
      },
      [&](Shape& address) {
        draft.addresses.push_back({.path = address.path(), .address = {}, .as = {}});
        describe_address(address, draft.addresses.back());
      });
  shape.flag({"virtual_mac",
              "true: its addresses have the virtual router's MAC address, 00:00:5e:00:01 (IPv4) or "
              "00:00:5e:00:02 (IPv6) and the router_id, which moves with them."},
             vip.virtual_mac);
  describe_routes(shape, draft);
  shape.choice({"family",
                "The family that adverts travel over; that of the first advertised address by "
                "default."},
               {"ipv4", "ipv6"}, {base::Family::kIpv4, base::Family::kIpv6}, draft.family);
  shape.text(
      {"network", "The network of that name that the nodes have; their own interface by default."},
      rules::kName, vip.network);
  shape.number({"version", "The VRRP version: 3 (RFC 9568) or 2 (RFC 3768)."}, NumberRule{2, 3, ""},
               vip.version);
  shape.duration({"advert_interval",
                  "Time between two adverts; the peers take over after a little more than three. "
                  "Version 3: 10ms to 40950ms in steps of 10ms, 100ms by default; version 2: 1s to "
                  "255s in whole seconds, 1s by default."},
                 DurationRule{10ms, 255s}, draft.advert_interval);
  shape.text({"failback",
              "Whether the preferred node, when it is back, takes the VIP from a master that "
              "serves: \"immediate\", \"never\", or after it has been stable so long (\"5m\")."},
             rules::kFailback, draft.failback);
  shape.choice(
      {"transport", "How adverts travel: to the VRRP multicast group, or to each other node."},
      {"multicast", "unicast"}, {Transport::kMulticast, Transport::kUnicast}, vip.transport);
  shape.object({"auth",
                "How adverts are known to come from our own nodes; in version 3 with a secret_file "
                "by hmac by default, else not at all."},
               [&](Shape& auth) { describe_auth(auth, draft); });
  shape.object({"announce", "How the VIP's addresses are announced to the network."},
               [&](Shape& announce) { describe_announce(announce, vip.announce); });
  shape.number_map({"priorities",
                    "VRRP priorities of single nodes for this VIP, by node name; the nodes' own by "
                    "default."},
                   kUpTo16, kPriority, draft.priorities);
  shape.list(
      {"track",
       "Backends and targets that this node needs; without one it is weaker in the election."},
      kUpTo16, [&](Shape& track) {
        draft.track.push_back({});
        draft.track.back().path = track.path();
        describe_track(track, draft.track.back());
      });
  describe_notify(shape, "Scripts that are told what the VIP becomes on this node.", draft.notify);
}

}  // namespace hapair::config
