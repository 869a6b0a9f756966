// The closed lists of messages between worker and guardian, and between guardian and supervisor. A
// message is one packet of a SeqpacketChannel: a kind byte, then fixed fields. Decoding is total; a
// message that is unknown or malformed is refused whole and never acted on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/hapair/guardian/decision.hpp"
#include "apps/hapair/guardian/handover_messages.hpp"
#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "libvrrp/core/packet.hpp"

namespace hapair::guardian {

// Worker to guardian. Groups, binds and interfaces are indices into the grants.

struct GetModel {
  bool operator==(const GetModel&) const = default;
};
struct Advertise {
  std::uint16_t group = 0;
  std::uint8_t priority = 0;
  base::Duration interval{};
  bool operator==(const Advertise&) const = default;
};
struct StopAdvertising {
  std::uint16_t group = 0;
  bool resign = false;
  bool operator==(const StopAdvertising&) const = default;
};
struct Hold {
  std::uint16_t group = 0;
  bool operator==(const Hold&) const = default;
};
struct Release {
  std::uint16_t group = 0;
  bool operator==(const Release&) const = default;
};
struct Announce {
  std::uint16_t group = 0;
  bool operator==(const Announce&) const = default;
};
struct OpenBind {
  std::uint16_t bind = 0;
  bool operator==(const OpenBind&) const = default;
};
struct OpenControl {
  bool operator==(const OpenControl&) const = default;
};
struct OpenVrrpReceive {
  std::uint16_t interface = 0;
  bool ipv6 = false;
  bool operator==(const OpenVrrpReceive&) const = default;
};
struct WorkerReady {
  bool operator==(const WorkerReady&) const = default;
};
struct Left {
  bool operator==(const Left&) const = default;
};
/// Sent by a signal handler: the worker is crashing.
struct Gasp {
  bool operator==(const Gasp&) const = default;
};

/// An operator's word, to be kept over restarts.
struct KeepMaintenance {
  std::uint16_t group = 0;
  bool on = false;
  bool operator==(const KeepMaintenance&) const = default;
};

/// Adverts to one destination of the group carry this checksum form from here on.
struct UseChecksum {
  std::uint16_t group = 0;
  std::uint16_t peer = 0;  ///< index into the group's peers; 0 for the multicast group
  vrrp::ChecksumForm form = vrrp::ChecksumForm::kPseudoHeader;
  bool operator==(const UseChecksum&) const = default;
};

/// Answered with a channel to the keeper of the journal's file, which sends its last lines first.
struct OpenJournal {
  bool operator==(const OpenJournal&) const = default;
};

/// Answered with a channel to the process that runs scripts (script_protocol.hpp).
struct OpenScripts {
  bool operator==(const OpenScripts&) const = default;
};

/// Answered with TargetFound, of the same run, when it is known.
struct CheckTarget {
  std::uint16_t target = 0;
  std::uint16_t run = 0;  ///< which check it is: an answer may be late
  bool again = false;     ///< the same run, which was pending
  bool operator==(const CheckTarget&) const = default;
};

/// Answered with a channel to the keeper of the log files (log_keeper.hpp).
struct OpenLogs {
  bool operator==(const OpenLogs&) const = default;
};

/// Answered with a channel to the keeper of TLS files (certificate_keeper.hpp).
struct OpenTlsFiles {
  bool operator==(const OpenTlsFiles&) const = default;
};

/// With a listening socket that the guardian has opened: whether it answers SYNs.
struct QuietSocket {
  bool on = false;
  bool operator==(const QuietSocket&) const = default;
};

/// Answered with VipSeen. `ask`: what is known of who has the VIP is forgotten, and asked anew.
struct LookAtVip {
  std::uint16_t group = 0;
  bool ask = false;
  bool operator==(const LookAtVip&) const = default;
};
/// An operator wants the configuration read anew. Answered with ReloadModel, or ReloadFailed.
struct AskReload {
  std::string who;
  bool check = false;  ///< it is only to be compared: nothing is prepared, and the model's answer
                       ///< is the end of it
  bool operator==(const AskReload&) const = default;
};
/// The worker has all that it needs of the new configuration. Indices are those of the new grants
/// from here on.
struct CommitReload {
  bool operator==(const CommitReload&) const = default;
};
/// So much of the reasons of a refusal, or of a failure, fits a message.
inline constexpr std::size_t kMaxReason = 40UL * 1024;

/// It has not, and goes on as before.
struct RefuseReload {
  std::string reason;  ///< a line for each fault
  bool operator==(const RefuseReload&) const = default;
};

using Request =
    std::variant<GetModel, Advertise, StopAdvertising, Hold, Release, Announce, OpenBind,
                 OpenControl, OpenVrrpReceive, WorkerReady, Left, Gasp, KeepMaintenance,
                 UseChecksum, OpenJournal, OpenScripts, CheckTarget, OpenLogs, OpenTlsFiles,
                 QuietSocket, LookAtVip, WantUpgrade, SocketsHere, StateHere, Prepared, Adopted,
                 AskReload, CommitReload, RefuseReload>;

/// The whole of an encoded Gasp; a constant, so that a signal handler can send it.
inline constexpr std::uint8_t kGaspByte = 12;

[[nodiscard]] std::vector<std::uint8_t> encode_request(const Request& request);
[[nodiscard]] base::Result<Request> decode_request(base::Bytes bytes);
/// "hold", "open-bind": for messages.
[[nodiscard]] std::string_view name_of(const Request& request);

// Guardian to worker.

/// Carries one descriptor: the sealed memory that holds the model envelope.
struct ModelHere {
  std::string node;
  bool successor = false;  ///< another process serves: prepare to take over from it
  bool operator==(const ModelHere&) const = default;
};
/// Carries one descriptor: the answer to an Open request.
struct Opened {
  bool operator==(const Opened&) const = default;
};
struct Refused {
  std::string reason;
  bool operator==(const Refused&) const = default;
};
struct Leave {
  base::Duration drain{};
  bool operator==(const Leave&) const = default;
};
struct VipLost {
  std::uint16_t group = 0;
  std::string reason;
  bool operator==(const VipLost&) const = default;
};

/// Sent once for each interface when the worker is ready, and at each change.
struct LinkState {
  std::uint16_t interface = 0;
  bool carrier = false;    ///< up, and packets can pass
  bool addressed = false;  ///< the addresses that our adverts leave from are on it
  bool operator==(const LinkState&) const = default;
};

/// Sent for each such group when the worker is ready: what an operator said before holds.
struct InMaintenance {
  std::uint16_t group = 0;
  bool operator==(const InMaintenance&) const = default;
};

enum class TargetOutcome : std::uint8_t {
  kGood,
  kBad,
  kPending,  ///< not known yet: ask again
  kUnknown,  ///< it could not be found out, for a reason of this host's
};
inline constexpr std::uint8_t kTargetOutcomes = 4;

/// What a target of the grants is found to be. Of an interface it is sent when the worker is ready,
/// and at each change; of a gateway when its interface isn't there; else on request.
struct TargetFound {
  std::uint16_t target = 0;
  std::uint16_t run = 0;  ///< of the request; 0: there was none
  TargetOutcome outcome = TargetOutcome::kGood;
  std::string detail;  ///< "eth1 has no carrier"
  bool operator==(const TargetFound&) const = default;
};

/// Carries one descriptor: the socket for echoes to a gateway, in place of any before. Sent when
/// the worker is ready, and when the gateway's interface was made anew.
struct EchoSocket {
  std::uint16_t target = 0;
  bool operator==(const EchoSocket&) const = default;
};

/// A group's routes and rules cannot be put, or now are; sent at each change.
struct RoutesState {
  std::uint16_t group = 0;
  std::string fault;  ///< empty: all are there
  bool operator==(const RoutesState&) const = default;
};

/// What this host knows of a group's first address.
struct VipSeen {
  std::uint16_t group = 0;
  bool here = false;       ///< it is on this host
  bool neighbour = false;  ///< the neighbour table knows another host that has it
  bool operator==(const VipSeen&) const = default;
};

/// What guardian or supervisor have decided, for the journal; only to a worker that is ready.
struct Decided {
  Decision decision;
  bool operator==(const Decided&) const = default;
};

// Of a reload. Indices are those of the new grants.

/// Carries one descriptor: the socket of a bind that is new. Before ReloadModel, like the next two.
struct ReloadBind {
  std::uint16_t bind = 0;
  bool operator==(const ReloadBind&) const = default;
};
/// Carries one descriptor: a socket for the adverts of one family on an interface that is new.
struct ReloadReceive {
  std::uint16_t interface = 0;
  bool ipv6 = false;
  bool operator==(const ReloadReceive&) const = default;
};

enum class ReloadChannelTo : std::uint8_t { kLogs, kTlsFiles, kScripts };
inline constexpr std::uint8_t kReloadChannels = 3;

/// Carries one descriptor: a channel to a process of the new configuration.
struct ReloadChannel {
  ReloadChannelTo to = ReloadChannelTo::kLogs;
  bool operator==(const ReloadChannel&) const = default;
};
/// Carries one descriptor, the sealed memory of the new model's envelope: prepare it, then say
/// CommitReload or RefuseReload.
struct ReloadModel {
  std::string who;       ///< ordered it
  bool scripts = false;  ///< others than before: where there are any, their channel came before
  bool check = false;    ///< it is only to be compared, and there is no answer
  bool operator==(const ReloadModel&) const = default;
};
/// The guardian works by the new grants: indices in what it says are theirs from here on.
struct ReloadDone {
  bool operator==(const ReloadDone&) const = default;
};
/// A reload has come to nothing, for these reasons, a line each; also said to a new worker of the
/// last one, if none was good since.
struct ReloadFailed {
  std::string who;
  std::string reason;
  base::WallTime at{};
  bool check = false;
  bool operator==(const ReloadFailed&) const = default;
};

using Reply =
    std::variant<ModelHere, Opened, Refused, Leave, VipLost, LinkState, InMaintenance, TargetFound,
                 EchoSocket, RoutesState, Decided, VipSeen, GiveAway, TakeOver, Serve, ReloadBind,
                 ReloadReceive, ReloadChannel, ReloadModel, ReloadDone, ReloadFailed>;

[[nodiscard]] std::vector<std::uint8_t> encode_reply(const Reply& reply);
[[nodiscard]] base::Result<Reply> decode_reply(base::Bytes bytes);

// Supervisor to guardian.

/// Carries two descriptors: the guardian's end of the new worker's channel, and its pidfd.
struct WorkerStarted {
  bool operator==(const WorkerStarted&) const = default;
};
/// Step down in order and exit.
struct StepDown {
  bool operator==(const StepDown&) const = default;
};

/// What the supervisor has decided, to be passed on to the worker.
struct PassOn {
  Decision decision;
  bool operator==(const PassOn&) const = default;
};

/// The log files have been renamed: begin new ones.
struct ReopenLogs {
  bool operator==(const ReopenLogs&) const = default;
};

/// The configuration is to be read anew.
struct Reload {
  std::string who;  ///< wants it
  bool operator==(const Reload&) const = default;
};

/// Carries one descriptor: the channel to the process that reads it (config_reader.hpp).
struct ReaderStarted {
  bool operator==(const ReaderStarted&) const = default;
};

using Command =
    std::variant<WorkerStarted, StepDown, PassOn, ReopenLogs, HandOver, Reload, ReaderStarted>;

[[nodiscard]] std::vector<std::uint8_t> encode_command(const Command& command);
[[nodiscard]] base::Result<Command> decode_command(base::Bytes bytes);

// Guardian to supervisor.

/// The guardian stands; a worker can be started, as this user.
struct GuardianReady {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string user;
  base::Duration drain_timeout{};
  base::Duration script_time{};  ///< beyond that: for notify scripts that tell of the end
  bool operator==(const GuardianReady&) const = default;
};
/// The worker serves.
struct ServiceReady {
  bool operator==(const ServiceReady&) const = default;
};

/// Start a process that reads the configuration; answered with ReaderStarted.
struct WantReader {
  bool check = false;  ///< only to see what a reload would do
  bool operator==(const WantReader&) const = default;
};

/// A reload has ended.
struct ReloadEnded {
  bool good = false;     ///< else nothing has changed
  bool scripts = false;  ///< good: it carries the parts of ScriptHost, or none are run
  base::Duration drain_timeout{};
  base::Duration script_time{};
  bool operator==(const ReloadEnded&) const = default;
};

using Report = std::variant<GuardianReady, ServiceReady, UpgradeWanted, HandedOver, KeptDuty,
                            WantReader, ReloadEnded>;

[[nodiscard]] std::vector<std::uint8_t> encode_report(const Report& report);
[[nodiscard]] base::Result<Report> decode_report(base::Bytes bytes);

}  // namespace hapair::guardian
