// From a draft without faults to the model of one node.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/requests.hpp"
#include "apps/hapair/config/services.hpp"

namespace hapair::config {

/// What was derived from the secret, by the VIP's name: the worker can't read the secret itself.
using DerivedPasswords = std::map<std::string, std::string, std::less<>>;

/// What the model needs besides the file. The config reader finds it out and hands it on, since
/// the worker sees neither the secret nor the host's interfaces.
struct NodeFacts {
  DerivedPasswords passwords{};
  FilePasswords check_passwords{};  ///< what password files of checks and alerts hold
  FileContents error_pages{};
  FileContents user_files{};
  DerivedPasswords keys{};  ///< for signatures, 32 bytes each
  std::string hello_key{};  ///< for the nodes' hello, 32 bytes; empty: they say none
  std::string
      ticket_key{};  ///< for session tickets, 32 bytes; empty: there is no secret, or no TLS
  std::string cookie_key{};  ///< for cookies, 32 bytes; empty: there is no secret, or no cookie
  std::vector<tls_files::Items> tls_items{};  ///< as Model has them
  /// The IPv6 link-local address of each interface that has one.
  std::map<std::string, base::IpAddress, std::less<>> link_locals{};
  /// The system's nameservers, where names are resolved by them.
  std::vector<base::Endpoint> nameservers{};
};

/// `draft` has passed validate(); `self` is an index into its nodes. `hash` is left empty.
[[nodiscard]] Model build(const Draft& draft, std::size_t self, const NodeFacts& facts);

}  // namespace hapair::config
