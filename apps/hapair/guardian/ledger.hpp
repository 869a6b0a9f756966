// What the guardian has changed on this host and who must be told when it ends: a mapped file in
// the runtime directory, shared with the supervisor, which releases from it when the guardian
// cannot. As a file it outlives a crash of everything, and the next start cleans up what it lists.
//
// An entry is written first and marked valid last, so a half-written one does not count; each entry
// is checked when it is read, so a damaged file leads to nothing but being ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {

/// An address we have put on the host: on a link, and perhaps on `lo` while it is silent.
struct HeldAddress {
  std::string link_name;
  vrrp::LinkAddress address;
  bool on_loopback = false;

  bool operator==(const HeldAddress&) const = default;
};

/// An interface whose ARP settings we have changed.
struct ChangedLink {
  std::string link_name;
  std::uint32_t link = 0;
  vrrp::ArpSettings before;

  bool operator==(const ChangedLink&) const = default;
};

/// A link that we have made, known by its name and MAC address.
struct MadeLink {
  std::string name;
  vrrp::MacAddress mac{};

  bool operator==(const MadeLink&) const = default;
};

/// A ready-made advert with priority 0, to be sent if `advertising` when all else has failed.
struct Resignation {
  std::size_t group = 0;
  bool advertising = false;
  std::string link_name;
  std::uint32_t link = 0;
  base::IpAddress source;
  base::IpAddress destination;
  std::vector<std::uint8_t> packet;

  bool operator==(const Resignation&) const = default;
};

class Ledger {
 public:
  static constexpr std::size_t kMaxHeld = 1024;
  static constexpr std::size_t kMaxRouting = 256;
  static constexpr std::size_t kMaxMade = 256;  ///< two for each group
  static constexpr std::size_t kMaxChanged = 16;
  static constexpr std::size_t kMaxResignations = 256;
  static constexpr std::size_t kMaxMaintenance = 128;
  static constexpr std::size_t kMaxGroupName = 64;
  /// A signed advert with 255 IPv6 addresses.
  static constexpr std::size_t kMaxPacket = 4128;

  enum class Origin { kNew, kKept, kUnusable };

  /// Opens or makes the file and locks it: one hapair a runtime directory. A file that is not a
  /// ledger of this version is emptied (`origin` says so).
  [[nodiscard]] static base::Result<Ledger> open(const std::string& path);
  /// The ledger of a hapair whose place this one takes, with its lock: both have it until one
  /// goes, and DutyPage says who may write. Fails where it is not one of this version.
  [[nodiscard]] static base::Result<Ledger> share(net::UniqueFd fd);
  ~Ledger();
  Ledger(Ledger&& other) noexcept;
  Ledger& operator=(Ledger&& other) noexcept;

  [[nodiscard]] Origin origin() const { return origin_; }
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// Fails, with nothing noted, when there is no room for all of them. Noting the same address
  /// again changes its entry.
  [[nodiscard]] base::Result<void> note_held(std::span<const HeldAddress> held);
  void forget_held(std::span<const vrrp::LinkAddress> addresses);
  [[nodiscard]] std::vector<HeldAddress> held() const;

  /// The same for routes and rules.
  [[nodiscard]] base::Result<void> note_routing(std::span<const vrrp::Routing> routing);
  void forget_routing(std::span<const vrrp::Routing> routing);
  [[nodiscard]] std::vector<vrrp::Routing> routing() const;

  /// An operator has taken the group, by its name, out of the election or back in; holds until the
  /// host starts anew.
  [[nodiscard]] base::Result<void> set_maintenance(std::string_view group, bool on);
  [[nodiscard]] bool in_maintenance(std::string_view group) const;

  [[nodiscard]] base::Result<void> note_made(const MadeLink& made);
  void forget_made(std::string_view name);
  [[nodiscard]] std::vector<MadeLink> made() const;

  [[nodiscard]] base::Result<void> note_changed(const ChangedLink& changed);
  void forget_changed(std::uint32_t link);
  [[nodiscard]] std::vector<ChangedLink> changed() const;

  [[nodiscard]] base::Result<void> add_resignation(const Resignation& resignation);
  void set_advertising(std::size_t group, bool advertising);
  /// Another packet for the group's resignation to that destination, of the same length.
  void renew_resignation(std::size_t group, const base::IpAddress& destination, base::Bytes packet);
  void clear_resignations();
  [[nodiscard]] std::vector<Resignation> resignations() const;

 private:
  struct File;

  Ledger(net::UniqueFd fd, File* file, Origin origin)
      : fd_(std::move(fd)), file_(file), origin_(origin) {}

  net::UniqueFd fd_;
  File* file_ = nullptr;
  Origin origin_ = Origin::kNew;
};

}  // namespace hapair::guardian
