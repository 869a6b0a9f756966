#include "libvrrp/core/neighbourhood.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include "common/base/text.hpp"

namespace hapair::vrrp {
namespace {

/// A group may have 255 addresses; a log line need not.
constexpr std::size_t kMaxListed = 8;

const NodeAddress* node_at(const GroupSettings& settings, const base::IpAddress& from) {
  const auto found = std::ranges::find(settings.nodes, from, &NodeAddress::address);
  return found == settings.nodes.end() ? nullptr : &*found;
}

std::string list_of(std::span<const base::IpAddress> addresses) {
  std::vector<std::string> texts;
  for (const base::IpAddress& address : addresses.first(std::min(addresses.size(), kMaxListed))) {
    texts.push_back(address.to_string());
  }
  std::string list = base::join(texts, ", ");
  if (addresses.size() > kMaxListed) {
    list += base::concat(" and ", addresses.size() - kMaxListed, " more");
  }
  return list;
}

/// A well-formed advert that was dropped since its sender is set up in another way, or has another
/// secret. Anything else is junk, whoever it claims to come from.
bool tells_of_other_settings(DropReason reason) {
  switch (reason) {
    case DropReason::kVersion:
    case DropReason::kAuthType:
    case DropReason::kAuthKey:
    case DropReason::kIntervalMismatch:
    case DropReason::kUnsigned:
    case DropReason::kBadSignature:
    case DropReason::kReplay:
      return true;
    case DropReason::kIpHeader:
    case DropReason::kTtl:
    case DropReason::kDestination:
    case DropReason::kOwnPacket:
    case DropReason::kSourceNotPeer:
    case DropReason::kTooShort:
    case DropReason::kType:
    case DropReason::kLength:
    case DropReason::kNoAddresses:
    case DropReason::kChecksum:
    case DropReason::kUnknownVrid:
      return false;
  }
  return false;
}

}  // namespace

bool VridsInUse::add(std::uint8_t vrid) {
  if (vrid == 0 || used_.test(vrid)) return false;
  used_.set(vrid);
  return true;
}

std::optional<std::uint8_t> VridsInUse::free_above(std::uint8_t vrid) const {
  for (int step = 1; step <= 255; ++step) {
    const auto candidate = static_cast<std::uint8_t>((vrid + step - 1) % 255 + 1);
    if (!used_.test(candidate)) return candidate;
  }
  return std::nullopt;
}

std::string name_of(const GroupSettings& settings, const base::IpAddress& from) {
  const NodeAddress* node = node_at(settings, from);
  if (node == nullptr) return from.to_string();
  return base::concat(node->name, " (", from.to_string(), ")");
}

std::string difference(std::vector<base::IpAddress> there, std::vector<base::IpAddress> here) {
  std::ranges::sort(there);
  std::ranges::sort(here);
  std::vector<base::IpAddress> only_there;
  std::vector<base::IpAddress> only_here;
  std::ranges::set_difference(there, here, std::back_inserter(only_there));
  std::ranges::set_difference(here, there, std::back_inserter(only_here));
  std::vector<std::string> parts;
  if (!only_there.empty()) parts.push_back(base::concat("only there ", list_of(only_there)));
  if (!only_here.empty()) parts.push_back(base::concat("only here ", list_of(only_here)));
  return base::join(parts, "; ");
}

std::optional<Alarm> about_stranger(const GroupSettings& settings, const base::IpAddress& from,
                                    const VridsInUse& vrids) {
  if (!settings.knows_all_nodes || node_at(settings, from) != nullptr) return std::nullopt;
  const auto free = vrids.free_above(settings.vrid);
  return Alarm{AlarmKind::kStranger,
               base::concat(from.to_string(), " advertises with router_id ", settings.vrid,
                            " too, and is none of this cluster's nodes; add it to them, or give "
                            "this VIP another router_id",
                            free ? base::concat(", such as ", *free, ", which nobody here uses")
                                 : std::string())};
}

std::optional<Alarm> about_refused(const GroupSettings& settings, const base::IpAddress& from,
                                   DropReason reason, const VridsInUse& vrids) {
  if (!tells_of_other_settings(reason)) return std::nullopt;
  if (node_at(settings, from) == nullptr) return about_stranger(settings, from, vrids);
  return Alarm{
      AlarmKind::kNodeRefused,
      base::concat("an advert of ", name_of(settings, from), " is dropped: ", explain(reason),
                   "; until then each of the two nodes may become master, unaware of "
                   "the other")};
}

}  // namespace hapair::vrrp
