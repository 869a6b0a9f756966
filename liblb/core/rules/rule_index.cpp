#include "liblb/core/rules/rule_index.hpp"

#include <algorithm>

namespace hapair::lb::rules {
namespace {

/// A rule may name a host or path twice.
void add_once(std::vector<RuleNumber>& list, RuleNumber rule) {
  if (list.empty() || list.back() != rule) list.push_back(rule);
}

constexpr std::uint32_t kAnyHost = 0;
constexpr std::uint32_t kKinds = 3;
constexpr std::uint32_t kHosts = 0;  // the room of the hosts themselves

}  // namespace

RuleNumber Candidates::next() {
  RuleNumber lowest = kNone;
  for (std::size_t i = 0; i < size_; ++i) lowest = std::min(lowest, *lists_[i].next);
  for (std::size_t i = 0; i < size_;) {
    Rest& rest = lists_[i];
    if (*rest.next == lowest) ++rest.next;
    if (rest.next == rest.end) {
      rest = lists_[--size_];
    } else {
      ++i;
    }
  }
  return lowest;
}

RuleIndex::RuleIndex() : hosts_(1) {}

bool RuleIndex::takes(const HostTest& test) {
  return std::ranges::all_of(test.names,
                             [](const std::string& name) { return name.size() <= kMaxKey; });
}

bool RuleIndex::takes(const PathTest& test) {
  return (test.how == Compare::kEquals || test.how == Compare::kPrefix) &&
         std::ranges::all_of(test.texts,
                             [](const std::string& text) { return text.size() <= kMaxKey; });
}

std::uint32_t RuleIndex::host_named(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(1);
  const TextHash hash = hash_backwards(name);
  if (const std::uint32_t* known = table_.find(hash, kHosts, name)) return *known;
  hosts_.emplace_back();
  const auto number = static_cast<std::uint32_t>(hosts_.size() - 1);
  table_.insert(hash, kHosts, name, number);
  host_lengths_.set(name.size());
  max_host_ = std::max(max_host_, name.size());
  return number;
}

void RuleIndex::add(RuleNumber rule, const HostTest* hosts, const PathTest* paths) {
  std::vector<std::uint32_t> numbers;
  if (hosts == nullptr) numbers.push_back(kAnyHost);
  if (hosts != nullptr) {
    for (const std::string& name : hosts->names) numbers.push_back(host_named(name));
  }
  for (const std::uint32_t host : numbers) {
    if (paths == nullptr) {
      add_once(hosts_[host].any_path, rule);
      continue;
    }
    const Kind kind = paths->how == Compare::kEquals ? Kind::kExact : Kind::kPrefix;
    for (const std::string& path : paths->texts) add_path(host, rule, kind, path);
  }
}

void RuleIndex::add_path(std::uint32_t host, RuleNumber rule, Kind kind, std::string_view path) {
  Host& entry = hosts_[host];
  if (kind == Kind::kExact) {
    entry.exact_paths = true;
  } else {
    const auto length = static_cast<std::uint16_t>(path.size());
    const auto at = std::ranges::lower_bound(entry.prefix_lengths, length);
    if (at == entry.prefix_lengths.end() || *at != length) entry.prefix_lengths.insert(at, length);
  }
  max_path_ = std::max(max_path_, path.size());
  const std::uint32_t room = host * kKinds + static_cast<std::uint32_t>(kind);
  const TextHash hash = hash_forwards(path);
  if (const std::uint32_t* known = table_.find(hash, room, path)) {
    add_once(lists_[*known], rule);
    return;
  }
  table_.insert(hash, room, path, static_cast<std::uint32_t>(lists_.size()));
  lists_.push_back({rule});
}

bool RuleIndex::look_up(std::string_view host, std::string_view path, Candidates& found) const {
  found.clear();
  std::array<TextHash, kMaxKey + 1> hashes;  // NOLINT: filled as far as it is read
  const std::size_t hashed = std::min(path.size(), max_path_);
  hashes[0] = kHashBasis;
  for (std::size_t i = 0; i < hashed; ++i) hashes[i + 1] = hash_step(hashes[i], path[i]);
  const std::span<const TextHash> of_path(hashes.data(), hashed + 1);

  bool fits = look_up_paths(kAnyHost, path, of_path, found);
  if (hosts_.size() == 1) return fits;
  TextHash hash = kHashBasis;
  const std::size_t longest = std::min(host.size(), max_host_);
  for (std::size_t length = 1; length <= longest; ++length) {
    const std::size_t at = host.size() - length;
    hash = hash_step(hash, host[at]);
    // The whole host, or what is below a domain; ".example.com" is neither.
    if (!host_lengths_[length] || (at == 0) == (host[at] == '.')) continue;
    const std::uint32_t* known = table_.find(hash, kHosts, host.substr(at));
    if (known != nullptr) fits = look_up_paths(*known, path, of_path, found) && fits;
  }
  return fits;
}

bool RuleIndex::look_up_paths(std::uint32_t host, std::string_view path,
                              std::span<const TextHash> hashes, Candidates& found) const {
  const Host& entry = hosts_[host];
  bool fits = entry.any_path.empty() || found.add(entry.any_path);
  const auto look = [&](Kind kind, std::string_view text) {
    const std::uint32_t room = host * kKinds + static_cast<std::uint32_t>(kind);
    const std::uint32_t* list = table_.find(hashes[text.size()], room, text);
    if (list != nullptr) fits = found.add(lists_[*list]) && fits;
  };
  if (entry.exact_paths && path.size() <= max_path_) look(Kind::kExact, path);
  for (const std::uint16_t length : entry.prefix_lengths) {
    if (length > path.size()) break;
    look(Kind::kPrefix, path.substr(0, length));
  }
  return fits;
}

}  // namespace hapair::lb::rules
