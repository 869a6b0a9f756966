// How the guardian gets its configuration without knowing the parser. The wiring implements it; it
// runs in the config reader: a short-lived child of the guardian without network.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "apps/hapair/guardian/grants.hpp"
#include "common/base/ip_address.hpp"

namespace hapair::guardian {

/// What the reader has to know of the host, gathered before it loses sight of the network.
struct HostFacts {
  struct Interface {
    std::string name;
    std::vector<base::IpAddress> addresses;
  };
  std::string host_name;
  std::vector<Interface> interfaces;
};

struct LoadedConfig {
  Grants grants;
  std::string model_envelope;  ///< opaque here; handed to the worker as it is
};

/// Why there is no configuration: the full text for the operator, and the exit code to leave with.
struct ConfigFailure {
  std::string text;
  int exit_code = 3;
};

class ConfigSource {
 public:
  [[nodiscard]] virtual std::expected<LoadedConfig, ConfigFailure> load(const HostFacts& host) = 0;

 protected:
  ~ConfigSource() = default;
};

}  // namespace hapair::guardian
