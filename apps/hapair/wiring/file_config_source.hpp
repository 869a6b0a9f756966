// The config file as the guardian's config source: loads and validates it, turns it into grants for
// the guardian and a model for the worker. Runs in the config reader.
#pragma once

#include <string>

#include "apps/hapair/guardian/config_source.hpp"
#include "common/base/log.hpp"

namespace hapair::wiring {

class FileConfigSource final : public guardian::ConfigSource {
 public:
  /// `node`: which node this is; empty to find out. `control_path`: where the control socket goes.
  FileConfigSource(std::string path, std::string node, std::string control_path,
                   const base::Logger& log);

  [[nodiscard]] std::expected<guardian::LoadedConfig, guardian::ConfigFailure> load(
      const guardian::HostFacts& host) override;

 private:
  std::string path_;
  std::string node_;
  std::string control_path_;
  const base::Logger& log_;
};

}  // namespace hapair::wiring
