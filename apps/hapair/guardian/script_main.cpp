#include "apps/hapair/guardian/script_main.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apps/hapair/guardian/grants_scripts.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/script_loop.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"

namespace hapair::guardian {
namespace {

constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

/// To become a script's user and to end it.
constexpr std::array kHostCapabilities = {CAP_SETUID, CAP_SETGID, CAP_KILL};

/// A script of root's gets what the process that starts it has.
base::Result<void> drop_what_no_script_needs(const Grants& grants) {
  const bool runs_as_root = std::ranges::any_of(
      grants.scripts, [](const scripts::Script& script) { return script.uid == 0; });
  return runs_as_root ? base::Result<void>() : keep_capabilities(kHostCapabilities);
}

}  // namespace

std::vector<std::uint8_t> encode_script_grants(const Grants& grants) {
  base::ByteWriter out;
  put_scripts(out, grants);
  return out.take();
}

base::Result<Grants> decode_script_grants(base::Bytes bytes) {
  base::ByteReader in(bytes);
  Grants grants;
  if (auto taken = take_scripts(in, grants); !taken) return std::unexpected(taken.error());
  if (!in.ok() || in.left() != 0) return base::fail("malformed grants of scripts");
  return grants;
}

int run_script_host(net::UniqueFd channel, net::UniqueFd granted, scripts::RunningScripts& running,
                    base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-scripts", 0, 0, 0);
  reset_signals();
  const auto failed = [&log](const base::Error& error) {
    log.error("scripts-unavailable", "scripts", error.message);
    return kExitFailed;
  };
  const auto bytes = read_sealed(granted.get(), kMaxBytes);
  if (!bytes) return failed(bytes.error());
  const auto grants = decode_script_grants(*bytes);
  if (!grants) return failed(grants.error());
  (void)granted.release();  // closed with the others
  auto kept = keep_only(net::SeqpacketChannel(std::move(channel)));
  if (!kept) return failed(kept.error());
  if (const auto dropped = drop_what_no_script_needs(*grants); !dropped) {
    return failed(dropped.error());
  }
  ScriptLoop(std::move(*kept), *grants, running, log).run();
  return 0;
}

}  // namespace hapair::guardian
