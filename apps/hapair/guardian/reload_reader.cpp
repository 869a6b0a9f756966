#include "apps/hapair/guardian/reload_reader.hpp"

#include <sys/prctl.h>

#include <array>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/config_reader.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"
#include "libvrrp/io/netlink.hpp"

namespace hapair::guardian {
namespace {

constexpr std::size_t kMaxFaultBytes = 48 * 1024;
constexpr std::size_t kMaxGrantBytes = 4 * 1024 * 1024;

/// The first byte; of kRead the second one says which processes follow grants and envelope,
/// each with a channel and a pidfd.
enum Word : std::uint8_t { kRead = 1, kFailed = 2 };
constexpr std::uint8_t kLogs = 1;
constexpr std::uint8_t kCertificates = 2;
constexpr std::array<std::uint8_t, 2> kHas = {kLogs, kCertificates};

base::Result<ReadConfig> read(ConfigSource& source, base::Logger& log) {
  auto netlink = vrrp::Netlink::open();
  if (!netlink) return std::unexpected(netlink.error());
  const auto host = gather_host_facts(*netlink);
  if (!host) return std::unexpected(host.error());
  auto config = read_config(source, *host, log);
  if (!config) return base::fail(config.error().text);
  return std::move(*config);
}

base::Result<void> tell_failure(net::SeqpacketChannel& guardian, std::string text) {
  if (text.size() > kMaxFaultBytes) {
    text.resize(kMaxFaultBytes);
    text += "\n(and more)";
  }
  base::ByteWriter out;
  out.u8(kFailed).bytes(base::as_bytes(text));
  return guardian.send(out.view());
}

/// The small processes that the configuration needs.
using Made = std::array<HelperProcess::Handle, 2>;

Made start_keepers(const Grants& grants, base::Logger& log) {
  LogKeeper logs = LogKeeper::start(grants.logs, log);
  auto certificates = CertificateKeeper::start(grants.tls_files, log);
  return {logs.hand_on(), certificates.hand_on()};
}

base::Result<void> tell_config(net::SeqpacketChannel& guardian, const ReadConfig& config,
                               const Made& made) {
  const auto grants = sealed_memory("hapair-grants", encode_grants(config.grants));
  if (!grants) return std::unexpected(grants.error());
  std::vector<int> fds = {grants->get(), config.envelope.get()};
  std::uint8_t has = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i].channel || !made[i].process) continue;
    has |= kHas[i];
    fds.push_back(made[i].channel.get());
    fds.push_back(made[i].process.get());
  }
  const std::array<std::uint8_t, 2> words = {kRead, has};
  return guardian.send(words, fds);
}

}  // namespace

int run_reload_reader(ConfigSource& source, net::SeqpacketChannel guardian, bool check,
                      base::Logger& log) {
  ::prctl(PR_SET_NAME, "hapair-reload", 0, 0, 0);
  ignore_service_signals();
  auto channel = keep_only(std::move(guardian));
  if (!channel) return kExitFailed;
  const auto config = read(source, log);
  if (!config) return tell_failure(*channel, config.error().message) ? 0 : kExitFailed;
  const Made made = check ? Made() : start_keepers(config->grants, log);
  return tell_config(*channel, *config, made) ? 0 : kExitFailed;
}

std::expected<NewConfig, std::string> take_new_config(net::Packet packet) {
  base::ByteReader in(packet.bytes);
  const std::uint8_t word = in.u8();
  if (word == kFailed) return std::unexpected(std::string(base::as_text(in.take(in.left()))));
  const std::uint8_t has = in.u8();
  std::size_t expected = 2;
  for (const std::uint8_t each : kHas) expected += (has & each) != 0 ? 2 : 0;
  if (word != kRead || !in.ok() || packet.fds.size() != expected) {
    return std::unexpected("the config reader's answer is malformed");
  }
  const auto bytes = read_sealed(packet.fds[0].get(), kMaxGrantBytes);
  if (!bytes) return std::unexpected(bytes.error().message);
  auto grants = decode_grants(*bytes);
  if (!grants) return std::unexpected(grants.error().message);
  NewConfig config{.grants = std::move(*grants), .envelope = std::move(packet.fds[1])};
  auto next = packet.fds.begin() + 2;
  const auto take = [&next] {
    HelperProcess::Handle handle{.channel = std::move(next[0]), .process = std::move(next[1])};
    next += 2;
    return handle;
  };
  if ((has & kLogs) != 0) config.logs = LogKeeper::take_on(take());
  if ((has & kCertificates) != 0) config.certificates = CertificateKeeper::take_on(take());
  return config;
}

}  // namespace hapair::guardian
