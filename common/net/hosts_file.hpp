// The system's own list of names and addresses, as hosts(5) has it. "localhost" and what ends in
// ".localhost" is this host, whatever the list says or leaves out (RFC 6761, section 6.3). Pure;
// total over any text.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"

namespace hapair::net {

class HostsFile {
 public:
  /// Names that are kept, aliases included; those behind them are not known.
  static constexpr std::size_t kMaxNames = 65536;
  /// Addresses of one name; more are left out.
  static constexpr std::size_t kMaxAddresses = 64;
  static constexpr std::size_t kMaxName = 253;  ///< bytes; a longer one is none

  HostsFile() = default;
  /// Lines that make no sense, and addresses with a zone, are passed over.
  [[nodiscard]] static HostsFile parse(std::string_view text);

  /// All addresses of a name, in the list's order; nullopt: it does not know the name. Letters are
  /// alike in upper and lower case, a dot at the end doesn't count.
  [[nodiscard]] std::optional<std::vector<base::IpAddress>> find(std::string_view name) const;

  [[nodiscard]] std::size_t names() const { return addresses_.size(); }

 private:
  /// By name in lower case.
  std::map<std::string, std::vector<base::IpAddress>, std::less<>> addresses_;
};

}  // namespace hapair::net
