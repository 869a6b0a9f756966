#include "apps/hapair/guardian/ledger.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

constexpr std::array<char, 8> kMagic = {'h', 'a', 'p', 'a', 'i', 'r', 'L', '\n'};
constexpr std::uint32_t kVersion = 6;

/// The mark of a valid entry; anything else is a free slot. Not 1, so that stray bytes rarely
/// match.
constexpr std::uint32_t kValid = 0x600d600d;

using Name = std::array<char, IFNAMSIZ>;

struct StoredAddress {
  std::uint8_t length;  ///< 4 or 16
  std::array<std::uint8_t, 16> bytes;
};

struct HeldSlot {
  std::uint32_t valid;
  std::uint32_t link;
  Name name;
  StoredAddress address;
  std::uint8_t prefix_length;
  std::uint8_t on_loopback;
};

/// Absent addresses have length 0.
struct RoutingSlot {
  std::uint32_t valid;
  std::uint32_t link;  ///< of a route; 0: it is a rule
  std::uint32_t table;
  std::uint32_t place;  ///< a route's metric, a rule's priority
  StoredAddress to;
  StoredAddress from;  ///< of a rule
  StoredAddress via;   ///< these two of a route
  StoredAddress source;
  std::uint8_t to_length;
  std::uint8_t from_length;
};

struct MadeSlot {
  std::uint32_t valid;
  Name name;
  vrrp::MacAddress mac;
};

struct ChangedSlot {
  std::uint32_t valid;
  std::uint32_t link;
  Name name;
  std::uint32_t ignore;
  std::uint32_t announce;
};

struct ResignationSlot {
  std::uint32_t valid;
  std::uint32_t link;
  Name name;
  std::uint16_t group;
  std::uint16_t length;
  std::uint8_t advertising;
  StoredAddress source;
  StoredAddress destination;
  std::array<std::uint8_t, Ledger::kMaxPacket> packet;
};

struct MaintenanceSlot {
  std::uint32_t valid;
  std::array<char, Ledger::kMaxGroupName + 1> group;
};

Name store_name(std::string_view text) {
  Name name{};
  std::copy_n(text.begin(), std::min(text.size(), name.size() - 1), name.begin());
  return name;
}

template <std::size_t N>
std::optional<std::string> load_name(const std::array<char, N>& name) {
  const auto end = std::find(name.begin(), name.end(), '\0');
  if (end == name.end() || end == name.begin()) return std::nullopt;
  return std::string(name.begin(), end);
}

StoredAddress store_address(const base::IpAddress& address) {
  StoredAddress stored{};
  stored.length = static_cast<std::uint8_t>(address.bytes().size());
  std::ranges::copy(address.bytes(), stored.bytes.begin());
  return stored;
}

std::optional<base::IpAddress> load_address(const StoredAddress& stored) {
  if (stored.length > stored.bytes.size()) return std::nullopt;
  const auto address = base::IpAddress::from_bytes({stored.bytes.data(), stored.length});
  if (!address) return std::nullopt;
  return *address;
}

template <class Slot>
bool is_valid(const Slot& slot) {
  return slot.valid == kValid;
}

/// The other processes, and the next start after a crash, see all of an entry or none of it.
template <class Slot, class Write>
void rewrite(Slot& slot, const Write& write) {
  std::atomic_ref<std::uint32_t> mark(slot.valid);
  mark.store(0);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  write();
  std::atomic_thread_fence(std::memory_order_seq_cst);
  mark.store(kValid);
}

template <class Slot>
void publish(Slot& slot, const Slot& content) {
  rewrite(slot, [&] {
    constexpr std::size_t kMark = sizeof slot.valid;
    auto* const target = reinterpret_cast<std::byte*>(&slot) + kMark;
    const auto* const source = reinterpret_cast<const std::byte*>(&content) + kMark;
    std::memcpy(target, source, sizeof(Slot) - kMark);
  });
}

template <class Slot>
void erase(Slot& slot) {
  std::atomic_ref<std::uint32_t>(slot.valid).store(0);
}

template <class Slots>
auto* free_slot(Slots& slots) {
  const auto found = std::ranges::find_if(slots, [](const auto& slot) { return !is_valid(slot); });
  return found == slots.end() ? nullptr : &*found;
}

std::optional<HeldAddress> load(const HeldSlot& slot) {
  if (!is_valid(slot)) return std::nullopt;
  const auto name = load_name(slot.name);
  const auto address = load_address(slot.address);
  if (!name || !address) return std::nullopt;
  if (slot.prefix_length > address->bytes().size() * 8 || slot.on_loopback > 1) return std::nullopt;
  return HeldAddress{.link_name = *name,
                     .address = {slot.link, {*address, slot.prefix_length}},
                     .on_loopback = slot.on_loopback == 1};
}

HeldSlot store(const HeldAddress& held) {
  HeldSlot content{};
  content.link = held.address.link;
  content.name = store_name(held.link_name);
  content.address = store_address(held.address.prefix.address);
  content.prefix_length = held.address.prefix.length;
  content.on_loopback = held.on_loopback ? 1 : 0;
  return content;
}

/// Found once for many: a takeover notes all addresses of a group before it puts them on.
template <std::size_t N>
std::map<vrrp::LinkAddress, HeldSlot*> slots_by_address(std::array<HeldSlot, N>& slots) {
  std::map<vrrp::LinkAddress, HeldSlot*> found;
  for (HeldSlot& slot : slots) {
    if (const auto entry = load(slot)) found.emplace(entry->address, &slot);
  }
  return found;
}

StoredAddress store_optional(const std::optional<base::IpAddress>& address) {
  return address ? store_address(*address) : StoredAddress{};
}

RoutingSlot store(const vrrp::Routing& routing) {
  RoutingSlot content{};
  if (const auto* route = std::get_if<vrrp::Route>(&routing)) {
    content.link = route->link;
    content.table = route->table;
    content.place = route->metric;
    content.to = store_address(route->to.address);
    content.to_length = route->to.length;
    content.via = store_optional(route->via);
    content.source = store_optional(route->source);
    return content;
  }
  const auto& rule = std::get<vrrp::Rule>(routing);
  content.table = rule.table;
  content.place = rule.priority;
  if (rule.to) content.to = store_address(rule.to->address);
  if (rule.from) content.from = store_address(rule.from->address);
  content.to_length = rule.to ? rule.to->length : 0;
  content.from_length = rule.from ? rule.from->length : 0;
  return content;
}

std::optional<base::Prefix> load_prefix(const StoredAddress& stored, std::uint8_t length) {
  const auto address = load_address(stored);
  if (!address || length > address->bytes().size() * 8) return std::nullopt;
  return base::Prefix{*address, length};
}

std::optional<vrrp::Routing> load(const RoutingSlot& slot) {
  if (!is_valid(slot)) return std::nullopt;
  const auto to = load_prefix(slot.to, slot.to_length);
  if (slot.link != 0) {
    if (!to) return std::nullopt;
    return vrrp::Route{.to = *to,
                       .via = load_address(slot.via),
                       .link = slot.link,
                       .source = load_address(slot.source),
                       .table = slot.table,
                       .metric = slot.place};
  }
  const auto from = load_prefix(slot.from, slot.from_length);
  if (!from && !to) return std::nullopt;
  return vrrp::Rule{.from = from, .to = to, .table = slot.table, .priority = slot.place};
}

std::optional<MadeLink> load(const MadeSlot& slot) {
  if (!is_valid(slot)) return std::nullopt;
  const auto name = load_name(slot.name);
  if (!name) return std::nullopt;
  return MadeLink{*name, slot.mac};
}

std::optional<ChangedLink> load(const ChangedSlot& slot) {
  if (!is_valid(slot)) return std::nullopt;
  const auto name = load_name(slot.name);
  if (!name) return std::nullopt;
  return ChangedLink{.link_name = *name, .link = slot.link, .before = {slot.ignore, slot.announce}};
}

std::optional<Resignation> load(const ResignationSlot& slot) {
  if (!is_valid(slot)) return std::nullopt;
  const auto name = load_name(slot.name);
  const auto source = load_address(slot.source);
  const auto destination = load_address(slot.destination);
  if (!name || !source || !destination) return std::nullopt;
  if (slot.length == 0 || slot.length > slot.packet.size() || slot.advertising > 1) {
    return std::nullopt;
  }
  return Resignation{.group = slot.group,
                     .advertising = slot.advertising == 1,
                     .link_name = *name,
                     .link = slot.link,
                     .source = *source,
                     .destination = *destination,
                     .packet = {slot.packet.begin(), slot.packet.begin() + slot.length}};
}

template <class Entry, class Slots>
std::vector<Entry> load_all(const Slots& slots) {
  std::vector<Entry> entries;
  for (const auto& slot : slots) {
    if (auto entry = load(slot)) entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace

struct Ledger::File {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t size;
  std::array<ChangedSlot, kMaxChanged> changed;
  std::array<HeldSlot, kMaxHeld> held;
  std::array<RoutingSlot, kMaxRouting> routing;
  std::array<MadeSlot, kMaxMade> made;
  std::array<ResignationSlot, kMaxResignations> resignations;
  std::array<MaintenanceSlot, kMaxMaintenance> maintenance;

  [[nodiscard]] bool recognised() const {
    return magic == kMagic && version == kVersion && size == sizeof(File);
  }
};

base::Result<Ledger> Ledger::open(const std::string& path) {
  const std::string what = base::concat("ledger ", path);
  net::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) return base::os_fail(what);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::os_fail(what);
    return std::unexpected(
        base::Error{base::concat(what, " is in use: another hapair runs here; stop it, or choose ",
                                 "another directory with --runtime-dir"),
                    EWOULDBLOCK});
  }
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::os_fail(what);
  const bool sized = status.st_size == static_cast<off_t>(sizeof(File));
  if (!sized && ::ftruncate(fd.get(), 0) != 0) return base::os_fail(what);
  // All of it is on the file system before anything is kept there: what is written later can't find
  // it full, which in mapped memory would be a signal instead of an error.
  if (const int code = ::posix_fallocate(fd.get(), 0, sizeof(File)); code != 0) {
    return base::os_fail(what, code);
  }
  void* raw = ::mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (raw == MAP_FAILED) return base::os_fail(what);
  auto* file = static_cast<File*>(raw);
  Origin origin = Origin::kKept;
  if (!sized || !file->recognised()) {
    origin = status.st_size == 0 ? Origin::kNew : Origin::kUnusable;
    std::memset(raw, 0, sizeof(File));
    file->version = kVersion;
    file->size = sizeof(File);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    file->magic = kMagic;
  }
  return Ledger(std::move(fd), file, origin);
}

base::Result<Ledger> Ledger::share(net::UniqueFd fd) {
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return base::os_fail("ledger");
  const auto other = [] {
    return base::fail("the ledger is one of another version: restart hapair to change over");
  };
  if (status.st_size != static_cast<off_t>(sizeof(File))) return other();
  void* raw = ::mmap(nullptr, sizeof(File), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (raw == MAP_FAILED) return base::os_fail("ledger");
  Ledger ledger(std::move(fd), static_cast<File*>(raw), Origin::kKept);
  if (!ledger.file_->recognised()) return other();
  return ledger;
}

Ledger::~Ledger() {
  if (file_ != nullptr) ::munmap(file_, sizeof(File));
}

Ledger::Ledger(Ledger&& other) noexcept
    : fd_(std::move(other.fd_)),
      file_(std::exchange(other.file_, nullptr)),
      origin_(other.origin_) {}

Ledger& Ledger::operator=(Ledger&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(file_, other.file_);
  std::swap(origin_, other.origin_);
  return *this;
}

base::Result<void> Ledger::note_held(std::span<const HeldAddress> held) {
  const auto slots = slots_by_address(file_->held);
  std::vector<HeldSlot*> free;
  for (HeldSlot& slot : file_->held) {
    if (!is_valid(slot)) free.push_back(&slot);
  }
  std::vector<HeldSlot*> places;
  std::size_t taken = 0;
  for (const HeldAddress& each : held) {
    const auto known = slots.find(each.address);
    if (known == slots.end() && taken == free.size()) {
      return base::fail("the ledger has no room for another address");
    }
    places.push_back(known != slots.end() ? known->second : free[taken++]);
  }
  for (std::size_t i = 0; i < held.size(); ++i) publish(*places[i], store(held[i]));
  return {};
}

void Ledger::forget_held(std::span<const vrrp::LinkAddress> addresses) {
  const auto slots = slots_by_address(file_->held);
  for (const vrrp::LinkAddress& address : addresses) {
    const auto known = slots.find(address);
    if (known != slots.end()) erase(*known->second);
  }
}

std::vector<HeldAddress> Ledger::held() const { return load_all<HeldAddress>(file_->held); }

base::Result<void> Ledger::note_routing(std::span<const vrrp::Routing> routing) {
  for (const vrrp::Routing& each : routing) {
    const auto known = std::ranges::find_if(
        file_->routing, [&](const RoutingSlot& slot) { return load(slot) == each; });
    if (known != file_->routing.end()) continue;
    RoutingSlot* slot = free_slot(file_->routing);
    if (slot == nullptr) return base::fail("the ledger has no room for another route or rule");
    publish(*slot, store(each));
  }
  return {};
}

void Ledger::forget_routing(std::span<const vrrp::Routing> routing) {
  for (RoutingSlot& slot : file_->routing) {
    const auto entry = load(slot);
    if (entry && std::ranges::find(routing, *entry) != routing.end()) erase(slot);
  }
}

std::vector<vrrp::Routing> Ledger::routing() const {
  return load_all<vrrp::Routing>(file_->routing);
}

base::Result<void> Ledger::set_maintenance(std::string_view group, bool on) {
  for (MaintenanceSlot& slot : file_->maintenance) {
    if (is_valid(slot) && load_name(slot.group) == group) erase(slot);
  }
  if (!on) return {};
  MaintenanceSlot* slot = free_slot(file_->maintenance);
  if (slot == nullptr || group.empty() || group.size() > kMaxGroupName) {
    return base::fail("the ledger has no room for another group's maintenance");
  }
  MaintenanceSlot content{};
  std::ranges::copy(group, content.group.begin());
  publish(*slot, content);
  return {};
}

bool Ledger::in_maintenance(std::string_view group) const {
  return std::ranges::any_of(file_->maintenance, [group](const MaintenanceSlot& slot) {
    return is_valid(slot) && load_name(slot.group) == group;
  });
}

base::Result<void> Ledger::note_made(const MadeLink& made) {
  forget_made(made.name);
  MadeSlot* slot = free_slot(file_->made);
  if (slot == nullptr) return base::fail("the ledger has no room for another link");
  MadeSlot content{};
  content.name = store_name(made.name);
  content.mac = made.mac;
  publish(*slot, content);
  return {};
}

void Ledger::forget_made(std::string_view name) {
  for (MadeSlot& slot : file_->made) {
    if (is_valid(slot) && load_name(slot.name) == name) erase(slot);
  }
}

std::vector<MadeLink> Ledger::made() const { return load_all<MadeLink>(file_->made); }

base::Result<void> Ledger::note_changed(const ChangedLink& changed) {
  forget_changed(changed.link);
  ChangedSlot* slot = free_slot(file_->changed);
  if (slot == nullptr) return base::fail("the ledger has no room for another interface");
  ChangedSlot content{};
  content.link = changed.link;
  content.name = store_name(changed.link_name);
  content.ignore = changed.before.ignore;
  content.announce = changed.before.announce;
  publish(*slot, content);
  return {};
}

void Ledger::forget_changed(std::uint32_t link) {
  for (ChangedSlot& slot : file_->changed) {
    if (is_valid(slot) && slot.link == link) erase(slot);
  }
}

std::vector<ChangedLink> Ledger::changed() const { return load_all<ChangedLink>(file_->changed); }

base::Result<void> Ledger::add_resignation(const Resignation& resignation) {
  ResignationSlot* slot = free_slot(file_->resignations);
  if (slot == nullptr || resignation.packet.empty() || resignation.packet.size() > kMaxPacket) {
    return base::fail("the ledger has no room for another VIP group's resignation");
  }
  ResignationSlot content{};
  content.link = resignation.link;
  content.name = store_name(resignation.link_name);
  content.group = static_cast<std::uint16_t>(resignation.group);
  content.length = static_cast<std::uint16_t>(resignation.packet.size());
  content.advertising = resignation.advertising ? 1 : 0;
  content.source = store_address(resignation.source);
  content.destination = store_address(resignation.destination);
  std::ranges::copy(resignation.packet, content.packet.begin());
  publish(*slot, content);
  return {};
}

void Ledger::set_advertising(std::size_t group, bool advertising) {
  for (ResignationSlot& slot : file_->resignations) {
    if (is_valid(slot) && slot.group == group) slot.advertising = advertising ? 1 : 0;
  }
}

void Ledger::renew_resignation(std::size_t group, const base::IpAddress& destination,
                               base::Bytes packet) {
  for (ResignationSlot& slot : file_->resignations) {
    if (!is_valid(slot) || slot.group != group || slot.length != packet.size()) continue;
    if (load_address(slot.destination) != destination) continue;
    rewrite(slot, [&] { std::ranges::copy(packet, slot.packet.begin()); });
  }
}

void Ledger::clear_resignations() {
  for (ResignationSlot& slot : file_->resignations) erase(slot);
}

std::vector<Resignation> Ledger::resignations() const {
  return load_all<Resignation>(file_->resignations);
}

}  // namespace hapair::guardian
