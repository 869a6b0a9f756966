#include "apps/hapair/config/resolv_conf.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::config {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::string_view kKeyword = "nameserver";

}  // namespace

std::vector<base::Endpoint> parse_resolv_conf(std::string_view text) {
  std::vector<base::Endpoint> servers;
  for (std::string_view line : base::split(text, '\n')) {
    // The keyword begins the line (resolv.conf(5)).
    if (!line.starts_with(kKeyword) || servers.size() == kMaxSystemNameservers) continue;
    line.remove_prefix(kKeyword.size());
    if (!line.starts_with(' ') && !line.starts_with('\t')) continue;
    line = base::trim(line.substr(0, line.find_first_of("#;\r")));
    const auto address = base::IpAddress::parse(line);
    if (address && !address->is_link_local()) servers.push_back({*address, kDnsPort});
  }
  if (servers.empty()) servers.push_back({base::IpAddress::v4(0x7f000001), kDnsPort});
  return servers;
}

}  // namespace hapair::config
