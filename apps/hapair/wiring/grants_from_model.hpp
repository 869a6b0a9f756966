// From a validated model to what the guardian may do for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/guardian/grants.hpp"
#include "apps/hapair/scripts/script.hpp"
#include "common/base/result.hpp"

namespace hapair::wiring {

/// Who the worker runs as.
struct Identity {
  std::string user;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t control_gid = 0;  ///< the group that may read the control socket
};

/// Looks the names up in the host's user database. An unknown name is an error with the remedy.
[[nodiscard]] base::Result<Identity> look_up_identity(const std::string& user,
                                                      const std::string& group);
/// For a host where the package's user was not made, as when hapair is tried from its build
/// directory: nobody, and the control socket for root alone.
[[nodiscard]] base::Result<Identity> stand_in_identity();
[[nodiscard]] base::Result<std::uint32_t> look_up_group(const std::string& group);

/// A key as the model has it (of a VIP's adverts, of the hellos); zeros where there is none.
[[nodiscard]] vrrp::HmacKey hmac_key_of(std::string_view derived);

/// Of the model's scripts, in its order, with their users as this host knows them.
[[nodiscard]] base::Result<std::vector<scripts::Script>> look_up_scripts(
    const config::Model& model);

/// The interfaces that carry VIPs, each once; the indices are those of Grants::interfaces.
[[nodiscard]] std::vector<std::string> interfaces_of(const config::Model& model);

/// The files that log targets name, each once: their places are the numbers by which the process
/// that writes them knows them.
[[nodiscard]] std::vector<std::string> log_files_of(const config::Model& model);

/// All but the scripts. `control_path`: where the control socket is to be.
[[nodiscard]] guardian::Grants grants_from_model(const config::Model& model,
                                                 const Identity& identity,
                                                 const std::string& control_path);

}  // namespace hapair::wiring
