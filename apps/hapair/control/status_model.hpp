// What the status document says, as plain values. The wiring fills it, status_json renders it;
// docs/api.md describes every field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/duration_summary.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/base/time.hpp"
#include "liblb/core/stats_snapshot.hpp"

namespace hapair::control {

/// How late something happens: the loop's timers, an election's deadlines, the guardian's adverts.
struct LoopLagStatus {
  base::Duration p50{};
  base::Duration p99{};
  base::Duration p999{};
  base::Duration max{};
  std::uint64_t samples = 0;
};

/// How exactly the guardian can keep its times, and does.
struct GuardianStatus {
  bool real_time = false;      ///< it runs in the real-time class
  bool memory_locked = false;  ///< it is never swapped out
  LoopLagStatus advert_lateness;
};

struct RoleChangeStatus {
  base::WallTime time{};
  std::string from;
  std::string to;
  std::string reason;
};

/// A router whose adverts are heard.
struct PeerStatus {
  base::IpAddress address;
  unsigned priority = 0;  ///< 0: it has resigned
  base::Duration advert_interval{};
  base::Duration silent_for{};  ///< since its last advert
  std::uint64_t adverts = 0;
  bool is_signed = false;  ///< its last advert was, and rightly
};

/// Something the VIP's election depends on.
struct TrackStatus {
  std::string name;  ///< "backend web_server"
  bool met = true;
  std::string detail;    ///< "1 of 2 up, 1 needed"
  unsigned penalty = 0;  ///< off the priority while unmet
  bool fault = false;    ///< unmet, the VIP is given up
};

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

/// How another node says that it stands with a VIP.
struct NodeVipStatus {
  std::string name;
  std::string role;     ///< as in VipStatus
  std::string verdict;  ///< likewise
  unsigned priority = 0;
  bool would_take_over = false;  ///< it is there, a backup, and fit
};

/// Another node of the cluster, by its hellos.
struct NodeStatus {
  std::string name;
  std::string address;
  bool present = false;          ///< heard within three intervals
  bool heard = false;            ///< ever; else what follows is empty
  base::Duration silent_for{};   ///< since its last hello, or since our start
  std::uint64_t hellos = 0;      ///< believed
  base::Duration clock_ahead{};  ///< its clock before ours
  std::string version;
  std::string config_hash;
  std::vector<NodeVipStatus> vips;
  std::vector<NamedCount> backends;  ///< usable servers, seen from there
};

struct TransitionCount {
  std::string from;
  std::string to;
  std::uint64_t count = 0;
};

/// Of a VIP, since the process that counts them started.
struct VipFigures {
  std::uint64_t adverts_sent = 0;
  std::uint64_t farewells_sent = 0;  ///< adverts with priority 0
  std::uint64_t adverts_heard = 0;
  std::uint64_t farewells_heard = 0;
  std::vector<TransitionCount> transitions{};  ///< only those above 0
  base::DurationSummary silence{};  ///< on becoming master: since another router's last advert
  base::DurationSummary placing{};  ///< until its addresses are on the host
};

struct VipStatus {
  std::string name;
  std::string role;    ///< "initialize", "backup", "master", "fault"
  std::string reason;  ///< why
  base::WallTime since{};
  unsigned router_id = 0;
  unsigned version = 3;
  std::string interface;
  std::vector<std::string> addresses;
  std::string virtual_mac;          ///< of its IPv4 addresses; empty: none
  std::string virtual_mac6;         ///< of its IPv6 addresses; empty: none
  unsigned priority = 0;            ///< as configured for this node
  unsigned effective_priority = 0;  ///< less what is tracked and unmet
  std::string verdict;              ///< "serves", "backends short", "gateway lost", "unfit"
  base::Duration advert_interval{};
  std::string signatures;               ///< "off", "receive-only", "permissive", "enforce"
  std::string failback;                 ///< as configured: "immediate", "never", "5m"
  std::string sync_group;               ///< empty: in none
  bool claims = false;                  ///< would be master, but for its sync group
  bool yields = false;                  ///< was told to step down; see vrrp::Election::yields()
  base::Duration would_be_master_in{};  ///< a backup, unless a master is heard; else 0
  std::string master_address;  ///< of whoever is master as far as we know; empty: nobody known
  std::string routes_fault;    ///< why not all routes and rules are there; empty: they are
  std::vector<TrackStatus> tracks;
  std::vector<PeerStatus> peers;
  std::vector<RoleChangeStatus> transitions;  ///< the last ones, oldest first
  std::uint64_t times_master = 0;
  std::vector<NamedCount> dropped;  ///< packets dropped, by reason; only those above 0
  std::vector<NamedCount> alarms;   ///< by kind; only those above 0
  VipFigures figures;
  LoopLagStatus deadline_lateness;  ///< how late the election noticed its own deadlines
};

struct CheckStatus {
  base::WallTime time{};
  std::string code;  ///< "L7STS"
  unsigned status = 0;
  base::Duration duration{};
  std::string info;
};

struct TargetStatus {
  std::string name;
  std::string state;
  std::string reason;
  base::WallTime since{};
  bool checked = true;
  std::string order;              ///< an operator's: "drain", "force-up"; empty: none
  std::string follows;            ///< the target whose state it has; empty: none
  unsigned weight_percent = 100;  ///< of the configured weight, by its agent
  std::optional<std::uint32_t> max_connections{};  ///< by its agent; 0: no limit
  bool last_resort = false;                        ///< used only where nothing better is
  unsigned rise = 0;
  unsigned fall = 0;
  unsigned against = 0;  ///< results in a row that speak against the state
  std::uint64_t checks = 0;
  std::uint64_t failures = 0;
  std::uint64_t observed_failures = 0;  ///< times that its traffic met with too many errors
  std::uint64_t times_down = 0;
  std::vector<CheckStatus> last_checks;  ///< newest first
};

/// A server that the file gives by name.
struct NameStatus {
  std::string server;    ///< "web_server/web"
  std::string name;      ///< that is resolved
  bool service = false;  ///< by SRV records
  std::string state;     ///< "resolving", "resolved", "kept"
  std::string reason;    ///< why it is not resolved; empty: it is
  base::WallTime since{};
  std::size_t servers = 0;
  std::uint64_t questions = 0;
  std::uint64_t failures = 0;  ///< questions that nobody could answer
};

/// Who is told of changes, and what became of it.
struct AlertStatus {
  std::string name;
  std::string type;            ///< "webhook", "mail", "command"
  std::string receiver;        ///< "hooks.example.com:443", "/etc/hapair/changed"
  std::size_t waiting = 0;     ///< changes that are not told yet
  std::uint64_t messages = 0;  ///< delivered; of a command runs that went well
  std::uint64_t failures = 0;  ///< attempts
  std::uint64_t lost = 0;      ///< changes that nobody was told of
  std::string fault;           ///< of the last attempt; empty: none
  base::WallTime last{};       ///< when that ended; 0: there was none
};

/// A target of log records and access lines.
struct LogStatus {
  std::string target;                            ///< "syslog 127.0.0.1:514"
  std::string what;                              ///< "both", "records", "access"
  base::LogLevel level = base::LogLevel::kInfo;  ///< of records the most verbose that is written
  base::LogLevel configured_level = base::LogLevel::kInfo;
  bool enabled = true;          ///< else an operator has switched it off
  std::uint64_t written = 0;    ///< lines
  std::uint64_t held_back = 0;  ///< records, since others like them were written
  std::uint64_t dropped = 0;
  std::string fault;  ///< why lines wait or were dropped last; empty: they leave as they come
};

struct JournalStatus {
  std::uint64_t last = 0;     ///< the number of the last event; 0: there is none
  bool file = false;          ///< events go to a file as well
  std::uint64_t dropped = 0;  ///< events that its writer did not take
};

struct HelloStatus {
  bool on = false;
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;  ///< refused by the kernel
  std::vector<NamedCount> dropped;
};

/// How a notify script ended.
struct NotifyRunStatus {
  base::WallTime ended{};
  std::string state;   ///< that it was told of: "MASTER"
  std::string script;  ///< its path
  bool good = false;   ///< exit code 0, in time
  std::string how;     ///< "exit code 0"
  base::Duration took{};
  std::string line;  ///< the first of its output
};

/// A script that isn't run as it is.
struct UnusableScript {
  std::string script;  ///< its path
  std::string reason;  ///< with the remedy
};

/// The notify scripts of a VIP or sync group.
struct NotifyStatus {
  std::string name;
  bool group = false;      ///< of a sync group
  bool available = false;  ///< the process that runs scripts is there
  std::string told;        ///< "MASTER": the last state; empty: none yet
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  std::uint64_t skipped = 0;  ///< too many transitions in too short a time
  std::uint64_t lost = 0;     ///< with the process that ran them
  std::uint64_t running = 0;  ///< or waiting
  std::vector<UnusableScript> unusable{};
  std::optional<NotifyRunStatus> last;
};

/// A certificate that binds serve.
struct CertificateStatus {
  std::string path;
  std::string subject;  ///< "CN=www.example"
  std::vector<std::string> names;
  std::string key;  ///< "RSA", "ECDSA", "other"
  base::WallTime not_before{};
  base::WallTime not_after{};
  std::string fingerprint;  ///< SHA-256, 64 hex digits
};

/// A map that rules look into.
struct MapStatus {
  std::string name;
  std::string file;
  std::size_t keys = 0;
  std::string digest;  ///< of the file: SHA-256, 64 hex digits; empty: it was never good
  std::string fault;   ///< why what the file holds now does not count; empty: it does
};

/// What the worker runs short of, and gives up for it.
struct ShortageStatus {
  std::string resource;  ///< "descriptors", "memory"
  unsigned stage = 0;    ///< 0: of nothing; to 3
  std::string gives_up;  ///< "nothing", "new clients", "idle connections", "caches"
  std::uint64_t used = 0;
  std::uint64_t limit = 0;  ///< 0: none
  std::uint64_t refusals = 0;
  std::optional<base::WallTime> since{};  ///< while it is short
  std::string remedy;                     ///< likewise
};

/// What became of reloads since this worker started, and, if it was refused, of the last before.
struct ReloadStatus {
  bool running = false;
  std::uint64_t number = 0;  ///< so many have ended
  bool good = true;          ///< the last one, of which all below is
  std::string who;           ///< ordered it
  base::WallTime at{};       ///< it ended
  /// {"changes": [...], "refusals": [...]}; empty: not known.
  std::string diff;
  std::vector<std::string> faults;  ///< why it was refused
};

/// Something that was ordered while all runs, and that the file says otherwise.
struct DriftStatus {
  std::string kind;     ///< "weight", "added", "removed", "order", "maintenance"
  std::string subject;  ///< "web_server/node1"; a VIP
  std::string path;     ///< in the file: "backends.web_server.servers.node1.weight"
  std::string file;     ///< what the file says; empty: nothing
  std::string now;      ///< what holds; empty: nothing
  std::string reason;   ///< "ordered by uid 0 (pid 4711)"
  /// What `path` would have in the file, as JSON; empty: it would not be there, or can't be said.
  std::string value{};
};

/// What the file can say.
[[nodiscard]] inline bool is_writable(const DriftStatus& drift) {
  return drift.kind == "weight" || drift.kind == "added" || drift.kind == "removed";
}

struct Status {
  base::WallTime now{};
  std::string cluster;
  std::string node;
  std::string version;
  int pid = 0;
  base::Duration uptime{};
  base::Duration cpu_time{};  ///< of this process
  std::string config_hash;    ///< SHA-256 of the file, 64 hex digits
  ReloadStatus reload;
  ReloadStatus check;  ///< likewise, of checks of the file, which change nothing
  std::vector<DriftStatus> drift;
  LoopLagStatus loop_lag;
  GuardianStatus guardian;
  std::vector<LogStatus> logs;
  JournalStatus journal;
  HelloStatus hello;
  std::vector<NodeStatus> nodes;  ///< the others; none without hello
  std::vector<VipStatus> vips;
  std::vector<TargetStatus> targets;
  std::vector<NameStatus> names;
  std::vector<AlertStatus> alerts;
  std::vector<NotifyStatus> notifies;
  std::vector<CertificateStatus> certificates;
  std::vector<MapStatus> maps;
  std::vector<ShortageStatus> shortages;
  lb::StatsSnapshot traffic;
};

}  // namespace hapair::control
