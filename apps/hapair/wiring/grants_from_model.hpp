// From a validated model to what the guardian may do for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "common/base/result.hpp"

namespace hapair::wiring {

/// The worker's numeric identity.
struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

/// Looks the names up in the host's user database. An unknown name is an error with the remedy.
[[nodiscard]] base::Result<Identity> look_up_identity(const std::string& user,
                                                      const std::string& group);
[[nodiscard]] base::Result<std::uint32_t> look_up_group(const std::string& group);

/// The interfaces that carry VIPs, each once; the indices are those of Grants::interfaces.
[[nodiscard]] std::vector<std::string> interfaces_of(const config::Model& model);

/// `control_path`: where the control socket is to be.
[[nodiscard]] guardian::Grants grants_from_model(const config::Model& model, Identity identity,
                                                 const std::string& control_path);

}  // namespace hapair::wiring
