// The traffic engine: frontends accept connections, backends choose servers, sessions carry bytes
// between them, all on one loop at traffic priority. It owns everything below it and has no global
// state: two engines on two loops do not know of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/core/client_table.hpp"
#include "liblb/core/frontend_view.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/malformed.hpp"
#include "liblb/core/pressure.hpp"
#include "liblb/core/server.hpp"
#include "liblb/core/settings.hpp"
#include "liblb/io/bind_settings.hpp"
#include "liblb/io/drain_report.hpp"

namespace hapair::tls {
class ClientContext;
}

namespace hapair::password {
class PasswordThread;
}

namespace hapair::lb {

namespace rules {
class RuleList;
class Shelf;
class UserList;
}  // namespace rules

class AccessSink;
class Backend;
class LocalPages;
class SocketQuieter;
class ServerObserver;
class SessionBook;
struct ClientEntry;
struct EngineMemory;
struct KeepingView;
struct StatsSnapshot;
struct TableFault;

/// What the traffic has of the descriptors of this process.
struct DescriptorUse {
  std::size_t used = 0;
  std::size_t limit = 0;       ///< SIZE_MAX: none was told
  bool holds_clients = false;  ///< new ones wait for one
  std::uint64_t refusals = 0;  ///< times ever that a connection found none, or no memory
};
class EngineChange;

/// How far statistics are gathered.
struct StatsPlace {
  bool fresh = false;  ///< healths are as they are to be shown
  bool begun = false;
  std::uint64_t changes = 0;
  std::size_t frontend = 0;
  std::size_t backend = 0;
  std::size_t server = 0;
};

class Engine {
 public:
  struct BoundSocket {
    std::string_view name;  ///< as in BindSettings
    int fd = -1;
  };

  /// `access` may be absent: then no access record is made. All references outlive the engine.
  Engine(event::EventLoop& loop, const base::Logger& log, const EngineSettings& settings,
         AccessSink* access = nullptr);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Setting up: tables and backends first, then the frontends that refer to them. The indexes
  // returned count from 0 in the order of the calls; servers count within their backend.
  std::size_t add_table(ClientTableSettings settings);
  std::size_t add_backend(BackendSettings settings);
  std::size_t add_frontend(FrontendSettings settings);
  /// Connections to that server are under TLS.
  void use_tls(std::size_t backend, std::size_t server,
               std::shared_ptr<tls::ClientContext> context);
  /// A bind without a group listens and accepts at once; one with a group waits for
  /// enable_binds().
  [[nodiscard]] base::Result<void> add_bind(std::size_t frontend, BindSettings settings);

  /// Hears from now on what the traffic of servers shows; null: nobody does. Outlives the engine,
  /// or is taken back.
  void set_observer(ServerObserver* observer);
  /// Takes a server in or out of the rotation; requests in progress on it go on, unless its backend
  /// ends them when it is marked down.
  void set_server_health(std::size_t backend, std::size_t server, ServerHealth health);

  /// While traffic runs: adds a server, which gets traffic once its health says so. Returns its
  /// index, which may be that of a removed one. `context`: as for use_tls(), or null.
  std::size_t add_server(std::size_t backend, ServerSettings settings,
                         std::shared_ptr<tls::ClientContext> context = nullptr);
  /// It gets no new traffic; requests in progress on it go on. The index names it no longer.
  void remove_server(std::size_t backend, std::size_t server);
  /// Changes what a server may have at once; 0: any number.
  void set_server_limit(std::size_t backend, std::size_t server, std::uint32_t max_connections);
  /// Changes a server's weight and tier.
  void set_server_share(std::size_t backend, std::size_t server, std::uint32_t weight,
                        std::uint16_t tier);

  /// The rules of a frontend; an empty list where only backends of it have some. To be told before
  /// its first bind.
  void use_rules(std::size_t frontend, std::unique_ptr<const rules::RuleList> rules);
  /// For rules that ask for passwords: the lists of users by their places, and what tries them,
  /// which outlives the engine. To be told once.
  [[nodiscard]] base::Result<void> use_passwords(password::PasswordThread& thread,
                                                 std::vector<rules::UserList> lists);
  /// Those of a backend in mode http, behind its frontend's; told before those are.
  void use_backend_rules(std::size_t backend, std::unique_ptr<const rules::RuleList> rules);

  /// What the rules take from files. It may be filled, and filled anew, at any time.
  [[nodiscard]] rules::Shelf& shelf();

  /// This node becomes master of the group: its binds listen and accept.
  void enable_binds(std::size_t group);
  /// This node is no longer master: the group's binds stop listening (the kernel resets what waits
  /// in their accept queues; those that have drained stay quiet, see Listener::close()). With
  /// `reset_sessions` the connections that came in over them are reset too; without it they live
  /// on.
  void disable_binds(std::size_t group, bool reset_sessions);

  /// Leaving on purpose. Idle client connections are closed and responses announce the close, while
  /// new connections are still served. Once all connections that stood at the start are gone (or
  /// at nine tenths of the time) nothing new comes in; `done` is called when no connection is left,
  /// or at `deadline`. See liblb/io/drain.hpp.
  void begin_drain(base::Instant deadline, Drained done);
  /// The same where another process serves at the same addresses: idle clients of HTTP/1.1, whose
  /// next request may be under way, are told with its response.
  void finish(base::Instant deadline, Drained done);
  /// The same for the binds of a group, whose address is about to move to another node. The engine
  /// goes on serving all else. `company`: the groups that leave together with it: none of them
  /// goes quiet before all have finished what stood.
  void drain_binds(std::size_t group, std::vector<std::size_t> company, base::Instant deadline,
                   Drained done);
  /// Takes drain_binds() back, without a word to its `done` where that has not been told yet: the
  /// binds serve again as if nothing had been, but for an engine that leaves. False: there was
  /// none.
  bool end_drain(std::size_t group);
  /// Who lets the sockets of groups answer no SYN at the end of draining. Without it clients that
  /// come in that moment are reset with the rest.
  void use_quieter(SocketQuieter& quieter);
  // Changing the process; see docs/decisions/0036-upgrade.md.
  /// Nothing is accepted while `on`; what comes waits in the listening sockets. To be told before
  /// the first bind where another process still serves.
  void hold_accepts(bool on);
  /// Valid until binds come or go.
  [[nodiscard]] std::vector<BoundSocket> bound_sockets() const;
  /// Another process serves: this one's copies of the sockets are closed, its connections go on.
  void give_sockets_away();
  /// For that process: what is known of clients, and what is counted.
  [[nodiscard]] EngineMemory memory(base::Instant now) const;
  /// Takes in what another process knew of those that both have, by their names.
  void adopt(const EngineMemory& memory);

  /// Resets every client connection and closes every server connection now.
  void reset_all();

  /// So many descriptors may clients, servers and pipes have together; any number until told.
  void set_descriptor_limit(std::size_t limit);
  [[nodiscard]] DescriptorUse descriptors() const;
  /// Gives up what the stage names, now; `hold_clients`: and new clients wait from now on, until
  /// told otherwise.
  void shed(Shed stage, bool hold_clients);
  /// Who gets access records from here on; null: none is made. It outlives the engine.
  void use_access(AccessSink* access);
  /// Passwords are asked for already.
  [[nodiscard]] bool tries_passwords() const;

  /// To build another generation of tables, backends and frontends beside this one. One at a time;
  /// nothing is added to the engine meanwhile.
  [[nodiscard]] std::unique_ptr<EngineChange> begin_change();
  /// It leaves, or some of its binds do: no time for changes.
  [[nodiscard]] bool leaves() const;
  /// A group that there is not any more.
  static constexpr std::size_t kNoGroup = SIZE_MAX;
  struct ChangeTerms {
    EngineSettings settings{};
    /// What the groups of binds are from now on, by what they were; one that is missing is no more.
    std::map<std::size_t, std::size_t> groups{};
    base::Instant deadline{};  ///< for what runs on what is no more
  };
  /// The change is the present from here on. What has not stayed gets no new connection; what runs
  /// there ends as in a drain, and is reset at the deadline. A bind whose group is another one is
  /// closed until enable_binds().
  void commit(EngineChange& change, const ChangeTerms& terms);
  /// Generations before the present one that somebody still uses.
  [[nodiscard]] std::size_t old_generations() const;

  /// Who makes the pages that frontends show; null: nobody does. Outlives the engine, or is taken
  /// back.
  void use_pages(LocalPages* pages);
  /// For whoever looks at what there is in turns: the indexes hold until changes() is another.
  [[nodiscard]] std::size_t frontends() const;
  [[nodiscard]] FrontendView frontend(std::size_t index) const;
  [[nodiscard]] std::size_t backends() const;
  [[nodiscard]] const Backend& backend(std::size_t index) const;
  [[nodiscard]] std::uint64_t changes() const;

  [[nodiscard]] std::size_t session_count() const;
  /// Every client connection, to be looked at and closed.
  [[nodiscard]] SessionBook& sessions();
  [[nodiscard]] const SessionBook& sessions() const;
  [[nodiscard]] StatsSnapshot stats() const;
  /// The same in parts of about so many servers, whose beginning is at the place where the last one
  /// ended. True: that was the last. A change of configuration in between begins it anew.
  [[nodiscard]] bool add_stats(StatsSnapshot& out, StatsPlace& place, std::size_t most) const;
  /// For whoever looks at servers without statistics: healths are as they are to be shown, once it
  /// is true. Of up to `most` servers at once; `next` counts from 0.
  [[nodiscard]] bool refresh_healths(std::size_t& next, std::size_t most) const;
  /// The last malformed request of each frontend and response of each backend.
  [[nodiscard]] std::vector<MalformedView> malformed() const;
  /// Of every frontend and backend, in the order of their indexes.
  [[nodiscard]] std::vector<LatencyView> latencies() const;
  /// Of servers whose settings want it, up to `at_most`.
  [[nodiscard]] std::vector<ServerLatencyView> server_latencies(std::size_t at_most) const;
  /// Of every table, and every backend that keeps clients by a cookie.
  [[nodiscard]] KeepingView keeping() const;
  /// A table, by the name in its TableView, forgets one client or (absent) all. What they have
  /// under way still counts.
  [[nodiscard]] std::expected<void, TableFault> clear_table(std::string_view name,
                                                            std::optional<std::string_view> client);
  /// It is to know that of the client from now on.
  [[nodiscard]] std::expected<void, TableFault> set_client(std::string_view name,
                                                           std::string_view client,
                                                           const ClientEntry& entry);
  /// Of every frontend in mode http, then of every backend with servers that may speak it.
  [[nodiscard]] std::vector<H2View> http2() const;

  /// Time as the wheel of timeouts sees it; the loop's timer calls it, tests call it with a later
  /// instant to let timeouts come true.
  void advance_time(base::Instant now);

 private:
  friend class EngineChange;

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hapair::lb
