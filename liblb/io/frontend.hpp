// A frontend: its binds, its client connections, its limits and what is counted about it. Owned by
// the engine.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/repeat_guard.hpp"
#include "common/http/head.hpp"
#include "liblb/core/address_counts.hpp"
#include "liblb/core/certificate_fields.hpp"
#include "liblb/core/h2_counters.hpp"
#include "liblb/core/latency.hpp"
#include "liblb/core/malformed.hpp"
#include "liblb/core/rate_limiter.hpp"
#include "liblb/core/request_counts.hpp"
#include "liblb/core/request_policy.hpp"
#include "liblb/core/rules/captures.hpp"
#include "liblb/io/backend_driver.hpp"
#include "liblb/io/client.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/listener.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

class Frontend;
struct InquiryDesk;
class LocalPages;
class SessionRegister;

namespace rules {
struct RateTest;
class RuleList;
class Shelf;
}  // namespace rules

/// The engine, to whom all client connections count.
class SessionOwner {
 public:
  /// True when the engine takes another client connection.
  [[nodiscard]] virtual bool admits_session() const = 0;
  [[nodiscard]] virtual std::size_t session_count() const = 0;
  [[nodiscard]] virtual InquiryDesk& inquiries() = 0;
  /// Where all of them are found by their ids.
  [[nodiscard]] virtual SessionRegister& session_register() = 0;
  /// Its id, in the register from now on.
  [[nodiscard]] virtual SessionId on_session_added(Session& session) = 0;
  virtual void on_session_removed(SessionId id) = 0;
  /// Who makes the pages of frontends; null: there are none.
  [[nodiscard]] virtual LocalPages* pages() = 0;

 protected:
  ~SessionOwner() = default;
};

struct UserLists;

/// What a frontend needs of what is above it; the indexes are those of its own configuration.
class FrontendOwner : public SessionOwner {
 public:
  [[nodiscard]] virtual BackendDriver& backend(std::size_t index) = 0;
  /// What rules take from files.
  [[nodiscard]] virtual const rules::Shelf& shelf() const = 0;
  [[nodiscard]] virtual ClientTable& table(std::size_t index) = 0;
  /// Whose passwords rules ask for.
  [[nodiscard]] virtual const UserLists& users() const = 0;
  /// What is known of a request's client.
  [[nodiscard]] virtual std::uint64_t figure(const rules::RateTest& test,
                                             const base::IpAddress& client,
                                             const http::RequestHead& request) = 0;

 protected:
  ~FrontendOwner() = default;
};

struct FrontendH2;

/// What is counted about a frontend, through all its generations.
struct FrontendRecord {
  TrafficCounters counters;
  FrontendLatency latency;
  MalformedRecord malformed;
  H2Counters http2;
  std::uint64_t accept_pauses = 0;
};

/// What its clients have at once.
struct FrontendClients {
  FrontendClients(std::uint64_t seed, std::uint64_t other_seed, std::uint8_t ipv6_prefix)
      : connections(seed, ipv6_prefix), handshakes(other_seed, ipv6_prefix) {}

  AddressCounts connections;  ///< of clients whose address has a limit
  AddressCounts handshakes;   ///< likewise
};

class Frontend final : private ListenerOwner {
 public:
  /// `before`: the same of the generation before, whose figures it goes on with, as far as they
  /// mean the same under its settings; null: there was none.
  Frontend(Context& context, FrontendOwner& owner, FrontendSettings settings,
           BackendDriver* backend, const Frontend* before = nullptr);
  ~Frontend();

  /// `before`: likewise.
  [[nodiscard]] Listener& add_bind(BindSettings settings, const Listener* before = nullptr);
  /// It is in a further generation, where all that it refers to has the same index.
  void rehome(FrontendOwner& owner) { owner_ = &owner; }

  [[nodiscard]] const FrontendSettings& settings() const { return settings_; }
  /// May be absent in HTTP mode, and with routes.
  [[nodiscard]] BackendDriver* backend() { return backend_; }
  /// What its requests (mode tcp: connections) go through, before the rules of the backend that
  /// they get; null: nothing.
  [[nodiscard]] const rules::RuleList* rules() const { return rules_.get(); }
  /// By which these rules, and those of its backends, capture.
  [[nodiscard]] const rules::CaptureNames& capture_names() const { return capture_names_; }
  void use_rules(std::unique_ptr<const rules::RuleList> rules);
  /// The client has no further requests: see BackendDriver::forget().
  void forget(const ClientSide& client);
  /// Of a client that asks for that name (which may be empty), but for rules; null: there is none.
  [[nodiscard]] BackendDriver* backend_for(std::string_view server_name);
  /// What servers are told of a client's certificate, which has fields of its own or (null) none;
  /// null: nothing.
  [[nodiscard]] const CertificateFields* fields_for(
      const std::unique_ptr<const CertificateFields>& own) const {
    return own ? own.get() : without_certificate_.get();
  }
  /// Requests count or have a limit, here or (`backend`) at that backend.
  [[nodiscard]] bool counts_requests(const BackendDriver* backend) const {
    if (backend == nullptr) return counts_requests_;
    return backend->rate_limiter() && backend->rate_limiter()->limits_requests();
  }
  /// A request begins that was understood, and counts. nullopt: it may; it goes on at (`backend`)
  /// that backend, or first here. Else it is one too many of its client's, and how long it may be
  /// until there may be another one.
  [[nodiscard]] std::optional<base::Duration> refuse_request(const RequestOrigin& origin,
                                                             const http::RequestHead& request,
                                                             BackendDriver* backend,
                                                             RequestCounts& counts);
  /// It is over.
  void note_request(const base::IpAddress& client, const http::RequestHead& request,
                    const RequestCost& cost, RequestCounts& counts);
  /// Mode tcp: a client's connection is over, and has carried so many bytes.
  void note_transfer(const base::IpAddress& client, std::uint64_t in, std::uint64_t out);
  /// Absent: there is no limit.
  [[nodiscard]] std::optional<RateLimiter>& rate_limiter() { return *rate_limiter_; }
  [[nodiscard]] const std::optional<RateLimiter>& rate_limiter() const { return *rate_limiter_; }
  [[nodiscard]] FrontendOwner& owner() { return *owner_; }
  [[nodiscard]] std::deque<Listener>& listeners() { return listeners_; }
  [[nodiscard]] const std::deque<Listener>& listeners() const { return listeners_; }
  [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }
  /// Clients without a request under way are let go.
  void end_idle_sessions();

  [[nodiscard]] FrontendH2& h2() { return *h2_; }
  [[nodiscard]] const FrontendH2& h2() const { return *h2_; }

  /// The session is over; it is destroyed outside its own callback.
  void retire(Session& session);
  /// The session has learnt whose the connection is: another one takes its place.
  void promote(Session& session, net::Accepted accepted);
  /// The session has opened the connection: the one that serves it takes its place.
  void promote(Session& session, Client client);
  /// A handshake that began here is over.
  void end_handshake(const base::IpAddress& client);
  /// Accepts as far as the limits allow.
  void update_listeners();
  /// How often a limit was reached, so that further clients had to wait in the listen queue.
  [[nodiscard]] std::uint64_t accept_pauses() const { return record_->accept_pauses; }
  /// Resets the sessions that came in over `listener`, or all of them.
  void reset_sessions(const Listener* listener);
  /// Of those that came in over `listener`: see Session::drain(). `linger`: not of those for which
  /// there is time; see Session::may_linger().
  void drain_sessions(Listener& listener, bool linger = false);
  /// Tells of each session that came in over `listener`, until told to stop.
  void visit_sessions(const Listener& listener,
                      const std::function<bool(const Session&)>& visitor) const;

  /// Some session is here, or has yet to be destroyed.
  [[nodiscard]] bool busy() const { return !sessions_.empty() || !dead_.empty(); }

 private:
  std::shared_ptr<FrontendRecord> record_;

 public:
  TrafficCounters& counters;
  FrontendLatency& latency;
  MalformedRecord& malformed;   ///< what its clients sent last
  std::size_t compressing = 0;  ///< responses under way

 private:
  void on_accepted(Listener& listener, net::Accepted accepted) override;
  [[nodiscard]] const std::string& frontend_name() const override { return settings_.name; }
  /// Once it is known whose the connection is; null: that client's limit is reached.
  [[nodiscard]] std::unique_ptr<Session> admit(Listener& listener, net::Accepted accepted);
  /// Why a client that has just connected may not; empty: it may, and counts.
  [[nodiscard]] std::string_view refuse_connection(const base::IpAddress& client, bool counted);
  /// Those of that address have a limit; those of trusted proxies have none.
  [[nodiscard]] bool limits_connections_of(const base::IpAddress& client) const;
  /// The proxies that are trusted; null: none are.
  [[nodiscard]] const Forwarding* forwarding() const {
    return settings_.policy ? settings_.policy->forwarding() : nullptr;
  }
  /// In the tables that tell clients by their addresses: one more, or (mode tcp) one under way.
  void note_connection(const base::IpAddress& client);
  void track(const base::IpAddress& client, bool begins);
  [[nodiscard]] bool begin_handshake(Listener& listener, const base::IpAddress& client);
  void tell_of_denial(Listener& listener, const base::IpAddress& client, std::string_view why);
  /// What follows: a handshake, a look at the first bytes, or service. Null: there is no room for a
  /// handshake, or rules refuse it.
  [[nodiscard]] std::unique_ptr<Session> make_session(Listener& listener, net::Accepted accepted);
  /// For a connection that is open: here the protocol that the client speaks chooses. Null: rules
  /// refuse it.
  [[nodiscard]] std::unique_ptr<Session> make_service(Listener& listener, Client client);
  void may_choose(std::size_t backend);
  void replace(Session& session, std::unique_ptr<Session> next);
  void reap() noexcept;
  [[nodiscard]] bool has_room() const;

  Context& context_;
  FrontendOwner* owner_;
  FrontendSettings settings_;
  BackendDriver* backend_;
  std::unique_ptr<FrontendH2> h2_;  ///< outlives the sessions
  std::unique_ptr<const rules::RuleList> rules_;
  std::vector<BackendDriver*> by_rules_;  ///< that they may choose, beside backend_
  rules::CaptureNames capture_names_;
  std::deque<Listener> listeners_;
  std::unique_ptr<const CertificateFields> without_certificate_;  ///< outlives the sessions
  std::shared_ptr<FrontendClients> clients_;                      ///< outlive the sessions
  std::shared_ptr<std::optional<RateLimiter>> rate_limiter_;      ///< likewise
  std::vector<ClientTable*> tables_;
  bool counts_requests_ = false;
  base::RepeatGuard denials_;  ///< in the log
  Session::List sessions_;
  Session::List dead_;
  Task reap_task_;
  bool held_back_ = false;  ///< a limit is reached
};

}  // namespace hapair::lb
