#include "apps/hapair/guardian/config_reader.hpp"

#include <linux/capability.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "apps/hapair/guardian/patient_fork.hpp"
#include "apps/hapair/guardian/process_setup.hpp"
#include "apps/hapair/guardian/refuse_network.hpp"
#include "apps/hapair/guardian/sealed_memory.hpp"
#include "common/base/text.hpp"
#include "common/net/seqpacket.hpp"

namespace hapair::guardian {
namespace {

constexpr std::array<std::uint8_t, 1> kConfig = {1};  ///< with grants and envelope
constexpr std::array<std::uint8_t, 1> kFaults = {2};  ///< with their text
constexpr std::size_t kMaxFaultBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxGrantBytes = 4 * 1024 * 1024;
/// Maps and answers alone may have 64 MiB each.
constexpr std::size_t kMaxEnvelopeBytes = 256 * 1024 * 1024;

/// Reading root-only files is all that the reader may do.
constexpr std::array kReaderCapabilities = {CAP_DAC_READ_SEARCH};

void say(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  if (!text.empty() && text.back() != '\n') std::fputc('\n', stderr);
}

/// The reader process. Its value is its exit code.
int run_reader(ConfigSource& source, const HostFacts& host, net::SeqpacketChannel& channel) {
  ::prctl(PR_SET_NAME, "hapair-reader", 0, 0, 0);
  auto confined = keep_capabilities(kReaderCapabilities);
  if (confined) confined = refuse_network();
  if (!confined) {
    say(base::concat("hapair: config reader: ", confined.error().message));
    return kExitFailed;
  }
  const auto loaded = source.load(host);
  if (!loaded) {
    const auto text = sealed_memory("hapair-faults", base::as_bytes(loaded.error().text));
    if (!text || !channel.send(kFaults, {text->get()})) say(loaded.error().text);
    return loaded.error().exit_code != 0 ? loaded.error().exit_code : kExitFailed;
  }
  const auto grants = sealed_memory("hapair-grants", encode_grants(loaded->grants));
  const auto envelope = sealed_memory("hapair-model", base::as_bytes(loaded->model_envelope));
  if (!grants || !envelope || !channel.send(kConfig, {grants->get(), envelope->get()})) {
    say("hapair: config reader: cannot hand the configuration over");
    return kExitFailed;
  }
  return 0;
}

/// Waits for the reader's one message or its end.
base::Result<net::Packet> receive_one(net::SeqpacketChannel& channel) {
  while (true) {
    pollfd wait{.fd = channel.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, -1) < 0 && errno != EINTR) return base::os_fail("poll");
    net::Packet packet;
    const auto received = channel.receive(packet);
    if (!received) return std::unexpected(received.error());
    if (*received == net::SeqpacketChannel::Received::kClosed) return base::fail("no answer");
    if (*received == net::SeqpacketChannel::Received::kPacket) return packet;
  }
}

int exit_code_of(pid_t reader) {
  int status = 0;
  while (::waitpid(reader, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kExitFailed;
}

/// Why there is no configuration, as the reader says.
std::string faults_in(const base::Result<net::Packet>& packet) {
  const std::string unknown = "the config reader has failed; standard error may say why";
  if (!packet || packet->fds.size() != 1) return unknown;
  const auto bytes = read_sealed(packet->fds[0].get(), kMaxFaultBytes);
  return bytes ? std::string(base::as_text(*bytes)) : unknown;
}

base::Result<ReadConfig> unpack(net::Packet packet) {
  if (packet.fds.size() != 2) return base::fail("the reader's answer is malformed");
  const auto bytes = read_sealed(packet.fds[0].get(), kMaxGrantBytes);
  if (!bytes) return std::unexpected(bytes.error());
  auto grants = decode_grants(*bytes);
  if (!grants) return std::unexpected(grants.error());
  if (const auto fits = sealed_size(packet.fds[1].get(), kMaxEnvelopeBytes); !fits) {
    return std::unexpected(fits.error());
  }
  return ReadConfig{.grants = std::move(*grants), .envelope = std::move(packet.fds[1])};
}

}  // namespace

base::Result<HostFacts> gather_host_facts(vrrp::Netlink& netlink) {
  HostFacts facts;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) facts.host_name = name.data();
  const auto links = netlink.links();
  if (!links) return std::unexpected(links.error());
  const auto addresses = netlink.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  for (const vrrp::Link& link : *links) {
    HostFacts::Interface interface{.name = link.name, .addresses = {}};
    for (const vrrp::LinkAddress& address : *addresses) {
      if (address.link == link.index) interface.addresses.push_back(address.prefix.address);
    }
    facts.interfaces.push_back(std::move(interface));
  }
  return facts;
}

std::expected<ReadConfig, ReadFailure> read_config(ConfigSource& source, const HostFacts& host,
                                                   base::Logger& log) {
  const auto failed = [&log](const base::Error& error) {
    log.error("config-reader-failed", "guardian", error.message);
    return std::unexpected(
        ReadFailure{.exit_code = kExitFailed, .text = error.message, .logged = true});
  };
  auto ends = net::SeqpacketChannel::pair();
  if (!ends) return failed(ends.error());
  auto& [ours, theirs] = *ends;
  const auto reader = patient_fork();
  if (!reader) return failed(reader.error());
  if (*reader == 0) {
    ours.close();
    std::exit(run_reader(source, host, theirs));
  }
  theirs.close();
  auto packet = receive_one(ours);
  if (const int code = exit_code_of(*reader); code != 0) {
    return std::unexpected(
        ReadFailure{.exit_code = code, .text = faults_in(packet), .logged = false});
  }
  auto config = packet ? unpack(std::move(*packet))
                       : base::Result<ReadConfig>(std::unexpected(packet.error()));
  if (!config) return failed(config.error());
  return std::move(*config);
}

}  // namespace hapair::guardian
