#include "apps/hapair/wiring/file_config_source.hpp"

#include <utility>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/config/accounts.hpp"
#include "apps/hapair/config/load.hpp"
#include "apps/hapair/wiring/cgroup_memory.hpp"
#include "apps/hapair/wiring/grants_from_model.hpp"
#include "apps/hapair/wiring/worker_model.hpp"
#include "common/base/text.hpp"

namespace hapair::wiring {
namespace {

config::Host host_of(const guardian::HostFacts& facts) {
  config::Host host;
  host.name = facts.host_name;
  for (const auto& interface : facts.interfaces) {
    host.interfaces.push_back({interface.name, interface.addresses});
  }
  return host;
}

std::unexpected<guardian::ConfigFailure> failure(const std::string& path,
                                                 const base::Error& error) {
  return std::unexpected(guardian::ConfigFailure{
      .text = base::concat(path, ": ", error.message, "\n"), .exit_code = cli::kExitConfig});
}

base::Result<Identity> identity_for(const config::Process& process, const base::Logger& log) {
  if (!config::needs_stand_in(process)) return look_up_identity(process.user, process.group);
  auto identity = stand_in_identity();
  if (identity) {
    log.warning(
        "user-missing", process.user,
        base::concat("this host has no such user (the package makes it): the worker runs as ",
                     identity->user, ", and only root may read the control socket"));
  }
  return identity;
}

}  // namespace

FileConfigSource::FileConfigSource(std::string path, std::string node, std::string control_path,
                                   const base::Logger& log)
    : path_(std::move(path)),
      node_(std::move(node)),
      control_path_(std::move(control_path)),
      log_(log) {}

std::expected<guardian::LoadedConfig, guardian::ConfigFailure> FileConfigSource::load(
    const guardian::HostFacts& host) {
  auto loaded = config::load(path_, node_, host_of(host));
  if (!loaded) {
    return std::unexpected(guardian::ConfigFailure{.text = loaded.error().to_string(),
                                                   .exit_code = loaded.error().exit_code});
  }
  for (const config::Fault& notice : loaded->notices) {
    log_.info("config-notice", notice.path, notice.message);
  }
  const config::Process& process = loaded->model.process;
  const auto identity = identity_for(process, log_);
  if (!identity) return failure(path_, identity.error());
  WorkerModel worker{.envelope = std::move(loaded->envelope),
                     .write_gid = std::nullopt,
                     .memory_limit = cgroup_memory_limit(&read_kernel_file)};
  if (!process.write_group.empty()) {
    const auto gid = look_up_group(process.write_group);
    if (!gid) return failure(path_, gid.error().within("process.write_group"));
    worker.write_gid = *gid;
  }
  auto scripts = look_up_scripts(loaded->model);
  if (!scripts) return failure(path_, scripts.error());
  guardian::Grants grants = grants_from_model(loaded->model, *identity, control_path_);
  grants.scripts = std::move(*scripts);
  return guardian::LoadedConfig{.grants = std::move(grants),
                                .model_envelope = encode_worker_model(worker)};
}

}  // namespace hapair::wiring
