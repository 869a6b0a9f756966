// Any text is a list of hosts: every name that is found has addresses, within the limits.
#pragma once

#include <cstdint>
#include <span>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/net/hosts_file.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_hosts_file(std::span<const std::uint8_t> bytes) {
  const std::string_view text = base::as_text(bytes);
  const net::HostsFile file = net::HostsFile::parse(text);
  require(file.names() <= net::HostsFile::kMaxNames, "names have a limit");
  require(file.find("localhost").has_value(), "localhost is known");
  for (const std::string_view line : base::split(text, '\n')) {
    const auto found = file.find(line.substr(line.rfind(' ') + 1));
    if (!found) continue;
    require(!found->empty(), "a known name has an address");
    require(found->size() <= net::HostsFile::kMaxAddresses, "addresses have a limit");
  }
}

}  // namespace hapair::fuzz
