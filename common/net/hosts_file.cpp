#include "common/net/hosts_file.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::net {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";
constexpr std::string_view kLocalhost = "localhost";

/// Takes the next word off a line; empty: there is none.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

std::string in_lower_case(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return base::ascii_lowered(name);
}

}  // namespace

HostsFile HostsFile::parse(std::string_view text) {
  HostsFile file;
  for (std::string_view line : base::split(text, '\n')) {
    line = line.substr(0, line.find('#'));
    const auto address = base::IpAddress::parse(next_word(line));
    if (!address || address->is_link_local()) continue;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      const std::string name = in_lower_case(word);
      if (name.empty() || name.size() > kMaxName) continue;
      const bool room = file.addresses_.size() < kMaxNames || file.addresses_.contains(name);
      if (!room) continue;
      std::vector<base::IpAddress>& known = file.addresses_[name];
      const bool fresh = std::ranges::find(known, *address) == known.end();
      if (fresh && known.size() < kMaxAddresses) known.push_back(*address);
    }
  }
  return file;
}

std::optional<std::vector<base::IpAddress>> HostsFile::find(std::string_view name) const {
  if (name.size() > kMaxName + 1) return std::nullopt;
  const std::string wanted = in_lower_case(name);
  if (const auto found = addresses_.find(wanted); found != addresses_.end()) return found->second;
  if (wanted != kLocalhost && !wanted.ends_with(base::concat('.', kLocalhost))) return std::nullopt;
  return std::vector{base::IpAddress::v4(0x7f000001), base::IpAddress::parse("::1").value()};
}

}  // namespace hapair::net
