// Is this an LDAP server that answers a bind (RFC 4511)? Anonymous, or simple with a name and a
// password; the result must be success (0).
#pragma once

#include <compare>
#include <memory>
#include <string>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

struct LdapCheck {
  std::string bind_dn{};   ///< empty: anonymous
  std::string password{};  ///< not empty where there is a bind_dn (RFC 4513, section 5.1.2)

  auto operator<=>(const LdapCheck&) const = default;
};

[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const LdapCheck& check);

}  // namespace hapair::check
