#include "liblb/core/rules/map.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"

namespace hapair::lb::rules {
namespace {

using base::concat;
using base::fail;
using base::IpAddress;

constexpr std::string_view kBlanks = " \t\r";
constexpr std::size_t kMaxHost = 253;

std::string quoted(std::string_view text) { return concat('"', base::printable(text, 64), '"'); }

std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// The first so many bits of an address, and zeros behind them.
std::array<char, 16> network_of(const IpAddress& address, std::size_t length) {
  std::array<char, 16> bytes{};
  const base::Bytes given = address.bytes();
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::size_t left = length > i * 8 ? length - i * 8 : 0;
    const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff00U >> left);
    bytes[i] = static_cast<char>(given[i] & mask);
  }
  return bytes;
}

std::string_view bytes_of(const std::array<char, 16>& network, const IpAddress& address) {
  return {network.data(), address.bytes().size()};
}

std::size_t family_index(const IpAddress& address) { return address.is_v4() ? 0 : 1; }

/// Networks of one family and length have a room in the table.
std::uint16_t room_of(const IpAddress& address, std::size_t length) {
  return static_cast<std::uint16_t>(family_index(address) * 256 + length);
}

base::Result<std::string> domain_of(std::string_view text) {
  std::string_view name = text;
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  const bool fine = !name.empty() && name.size() <= kMaxHost &&
                    std::ranges::all_of(name, is_fine) && !name.starts_with('.') &&
                    name.find("..") == std::string_view::npos;
  if (fine) return base::ascii_lowered(name);
  return fail(concat(quoted(text),
                     " is no domain; write one such as example.com, which stands for all below it, "
                     "too"));
}

}  // namespace

base::Result<Map::Key> Map::key_of(MapKind kind, std::string_view text) {
  if (kind == MapKind::kNetwork) {
    const auto prefix = base::Prefix::parse(text);
    if (!prefix) return std::unexpected(prefix.error());
    const IpAddress& address = prefix->address;
    const std::array<char, 16> network = network_of(address, prefix->length);
    Key key{.text = std::string(bytes_of(network, address)),
            .room = room_of(address, prefix->length),
            .length = prefix->length};
    if (key.text != base::as_text(address.bytes())) {
      return fail(concat(quoted(text),
                         " is an address within a network; write the network, or the address "
                         "alone"));
    }
    key.hash = hash_forwards(key.text);
    return key;
  }
  if (kind == MapKind::kDomain) {
    auto name = domain_of(text);
    if (!name) return std::unexpected(name.error());
    const TextHash hash = hash_backwards(*name);
    return Key{.text = *std::move(name), .hash = hash};
  }
  if (text.size() > kMaxKey) {
    return fail(concat("the key has more than ", kMaxKey, " bytes; make it shorter"));
  }
  return Key{.text = std::string(text),
             .hash = hash_forwards(text),
             .length = static_cast<std::uint16_t>(text.size())};
}

/// Takes a map's lines in turn.
class Map::Reader {
 public:
  explicit Reader(const MapTerms& terms) : map_(terms.kind), terms_(terms) {
    if (!terms.backends) return;
    for (std::size_t i = 0; i < terms.backends->size(); ++i) {
      const std::string& name = (*terms.backends)[i];
      if (!name.empty()) backends_.emplace(name, static_cast<std::uint32_t>(i));
    }
  }

  base::Result<void> take(std::string_view line) {
    ++line_;
    line = content(line);
    if (line.empty()) return {};
    const std::size_t blank = line.find_first_of(kBlanks);
    const std::string_view value =
        blank == std::string_view::npos ? "" : without_blanks(line.substr(blank));
    const auto added = add(line.substr(0, blank), value);
    if (added) return {};
    return fail(concat(line_, ": ", added.error().message));
  }
  Map made() { return std::move(map_); }

 private:
  /// Empty: a comment.
  static std::string_view content(std::string_view line) {
    line = without_blanks(line);
    return line.starts_with('#') ? std::string_view() : line;
  }

  base::Result<void> add(std::string_view text, std::string_view value) {
    if (std::ranges::any_of(text, http::is_forbidden_control) ||
        std::ranges::any_of(value, http::is_forbidden_control)) {
      return fail("the line has control characters; take them out");
    }
    const auto key = key_of(map_.kind_, text);
    if (!key) return std::unexpected(key.error());
    const auto backend = checked(text, value);
    if (!backend) return std::unexpected(backend.error());
    if (const auto* known = map_.table_.find(key->hash, key->room, key->text)) {
      return fail(concat(quoted(text), " stands in line ", lines_[*known], " already; keep one"));
    }
    if (map_.values_.size() == kMaxEntries) {
      return fail(concat("the map has more than ", kMaxEntries, " keys; make it smaller"));
    }
    map_.note_length(*key);
    map_.table_.insert(key->hash, key->room, key->text,
                       static_cast<std::uint32_t>(map_.values_.size()));
    map_.values_.push_back({.begin = static_cast<std::uint32_t>(map_.texts_.size()),
                            .size = static_cast<std::uint32_t>(value.size()),
                            .backend = *backend});
    map_.texts_ += value;
    lines_.push_back(line_);
    return {};
  }

  /// The place of the backend that the value names; 0 where it names none.
  [[nodiscard]] base::Result<std::uint32_t> checked(std::string_view key,
                                                    std::string_view value) const {
    if (value.empty() && (terms_.valued || terms_.backends)) {
      return fail(concat(quoted(key), " has no value; write one behind it"));
    }
    if (value.size() > kMaxValue) {
      return fail(concat("the value has more than ", kMaxValue, " bytes; make it shorter"));
    }
    if (!terms_.backends) return 0U;
    const auto known = backends_.find(value);
    if (known != backends_.end()) return known->second;
    return fail(
        concat(quoted(value), " is no backend in mode http; name one that the configuration has"));
  }

  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  Map map_;
  const MapTerms& terms_;
  std::unordered_map<std::string_view, std::uint32_t, Hash, std::equal_to<>> backends_;
  std::vector<std::size_t> lines_;  ///< of each entry
  std::size_t line_ = 0;
};

base::Result<Map> Map::parse(const MapTerms& terms, std::string_view text) {
  Reader reader(terms);
  while (!text.empty()) {
    if (const auto taken = reader.take(base::take_part(text, '\n')); !taken) {
      return std::unexpected(taken.error());
    }
  }
  return reader.made();
}

void Map::note_length(const Key& key) {
  std::vector<std::uint16_t>& lengths = lengths_[key.room >= 256 ? 1 : 0];
  const auto at = std::ranges::lower_bound(lengths, key.length, std::greater());
  if (at == lengths.end() || *at != key.length) lengths.insert(at, key.length);
}

const std::uint32_t* Map::find_prefix(std::string_view text) const {
  const std::vector<std::uint16_t>& lengths = lengths_[0];
  if (lengths.empty()) return nullptr;
  std::array<TextHash, kMaxKey + 1> hashes;  // NOLINT: filled as far as it is read
  const std::size_t hashed = std::min<std::size_t>(text.size(), lengths.front());
  hashes[0] = kHashBasis;
  for (std::size_t i = 0; i < hashed; ++i) hashes[i + 1] = hash_step(hashes[i], text[i]);
  for (const std::uint16_t length : lengths) {
    if (length > hashed) continue;
    const auto* found = table_.find(hashes[length], 0, text.substr(0, length));
    if (found != nullptr) return found;
  }
  return nullptr;
}

const std::uint32_t* Map::find_domain(std::string_view text) const {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.size() > kMaxHost) return nullptr;
  std::array<char, kMaxHost> lowered;  // NOLINT: filled as far as it is read
  std::ranges::transform(text, lowered.begin(), base::ascii_lower);
  const std::string_view name(lowered.data(), text.size());
  const std::uint32_t* longest = nullptr;
  TextHash hash = kHashBasis;
  for (std::size_t at = name.size(); at-- > 0;) {
    hash = hash_step(hash, name[at]);
    if (at != 0 && name[at - 1] != '.') continue;
    if (const auto* found = table_.find(hash, 0, name.substr(at))) longest = found;
  }
  return longest;
}

const std::uint32_t* Map::find_network(std::string_view text) const {
  const auto address = IpAddress::parse(text);
  if (!address) return nullptr;
  for (const std::uint16_t length : lengths_[family_index(*address)]) {
    const std::array<char, 16> network = network_of(*address, length);
    const std::string_view bytes = bytes_of(network, *address);
    const auto* found = table_.find(hash_forwards(bytes), room_of(*address, length), bytes);
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::optional<Map::Value> Map::find(std::string_view text) const {
  const std::uint32_t* found = nullptr;
  switch (kind_) {
    case MapKind::kExact:
      if (text.size() <= kMaxKey) found = table_.find(hash_forwards(text), 0, text);
      break;
    case MapKind::kPrefix:
      found = find_prefix(text);
      break;
    case MapKind::kDomain:
      found = find_domain(text);
      break;
    case MapKind::kNetwork:
      found = find_network(text);
      break;
  }
  if (found == nullptr) return std::nullopt;
  const Entry& entry = values_[*found];
  return Value{std::string_view(texts_).substr(entry.begin, entry.size), entry.backend};
}

}  // namespace hapair::lb::rules
