#include "liblb/io/frontend.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "common/net/random_number.hpp"
#include "common/net/socket_stream.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/io/connection_rules.hpp"
#include "liblb/io/frontend_h2.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/hello_intake.hpp"
#include "liblb/io/protocol_intake.hpp"
#include "liblb/io/proxy_intake.hpp"
#include "liblb/io/random_sip_key.hpp"
#include "liblb/io/session_register.hpp"
#include "liblb/io/tcp_relay.hpp"
#include "liblb/io/tls_opening.hpp"

namespace hapair::lb {
namespace {

/// For a client that has all that it may at once: something of it may end at any moment.
constexpr base::Duration kPlaceWait = std::chrono::seconds(1);

bool speaks_http2(const Client& client, const Protocols& protocols) {
  if (client.tls != nullptr && !client.tls->protocol().empty()) {
    return client.tls->protocol() == "h2";
  }
  return client.has_preface || !protocols.http1;
}

}  // namespace

Frontend::Frontend(Context& context, FrontendOwner& owner, FrontendSettings settings,
                   BackendDriver* backend, const Frontend* before)
    : record_(before ? before->record_ : std::make_shared<FrontendRecord>()),
      counters(record_->counters),
      latency(record_->latency),
      malformed(record_->malformed),
      context_(context),
      owner_(&owner),
      settings_(std::move(settings)),
      backend_(backend),
      h2_(std::make_unique<FrontendH2>(record_->http2)),
      without_certificate_(settings_.certificate_fields
                               ? std::make_unique<CertificateFields>(*settings_.certificate_fields)
                               : nullptr),
      clients_(before && before->settings_.per_address.ipv6_prefix ==
                             settings_.per_address.ipv6_prefix
                   ? before->clients_
                   : std::make_shared<FrontendClients>(net::random_number(), net::random_number(),
                                                       settings_.per_address.ipv6_prefix)),
      rate_limiter_(before && before->settings_.rate_limits == settings_.rate_limits
                        ? before->rate_limiter_
                        : std::make_shared<std::optional<RateLimiter>>()),
      reap_task_(event::Callback<>::to<&Frontend::reap>(this)) {
  if (!settings_.rate_limits.empty() && !*rate_limiter_) {
    rate_limiter_->emplace(base::concat("frontend:", settings_.name), settings_.rate_limits,
                           random_sip_key());
  }
  for (const std::size_t table : settings_.count_in) tables_.push_back(&owner.table(table));
  counts_requests_ = (*rate_limiter_ && (*rate_limiter_)->limits_requests()) || !tables_.empty() ||
                     (settings_.per_address.max_connections > 0 && forwarding() != nullptr);
}

Frontend::~Frontend() = default;

Listener& Frontend::add_bind(BindSettings settings, const Listener* before) {
  return listeners_.emplace_back(context_.loop, context_.log, static_cast<ListenerOwner&>(*this),
                                 std::move(settings), before);
}

std::unique_ptr<Session> Frontend::make_session(Listener& listener, net::Accepted accepted) {
  if (listener.tls()) {
    if (!begin_handshake(listener, accepted.peer.address)) return nullptr;
    return std::make_unique<TlsOpening>(context_, *this, listener, std::move(accepted));
  }
  const bool judged = settings_.mode == Mode::kTcp && rules_ != nullptr;
  if (settings_.inspect_tls || (judged && rules_await_hello(*this, accepted))) {
    return std::make_unique<HelloIntake>(context_, *this, listener, std::move(accepted));
  }
  const Protocols& protocols = listener.protocols();
  if (settings_.mode == Mode::kHttp && protocols.http1 && protocols.http2) {
    return std::make_unique<ProtocolIntake>(context_, *this, listener, std::move(accepted));
  }
  return make_service(listener,
                      {.stream = std::make_unique<net::SocketStream>(
                           context_.loop, event::Priority::kTraffic, std::move(accepted.fd)),
                       .peer = accepted.peer,
                       .destination = accepted.destination,
                       .told = std::move(accepted.told)});
}

std::unique_ptr<Session> Frontend::make_service(Listener& listener, Client client) {
  if (settings_.mode == Mode::kTcp) {
    if (rules_ && !obey_rules(context_, *this, listener, client)) return nullptr;
    return std::make_unique<TcpRelay>(context_, *this, listener, std::move(client));
  }
  if (speaks_http2(client, listener.protocols())) {
    return std::make_unique<H2Session>(context_, *this, listener, std::move(client));
  }
  return std::make_unique<H1Session>(context_, *this, listener, std::move(client));
}

BackendDriver* Frontend::backend_for(std::string_view server_name) {
  std::optional<std::size_t> route;
  if (settings_.inspect_tls) route = settings_.inspect_tls->routes.find(server_name);
  return route ? &owner_->backend(*route) : backend_;
}

void Frontend::use_rules(std::unique_ptr<const rules::RuleList> rules) {
  rules_ = std::move(rules);
  for (const rules::Rule& rule : rules_->rules()) {
    for (const rules::Action& action : rule.actions) {
      if (const auto named = rules::backend_of(action)) may_choose(*named);
      if (const auto* use = std::get_if<rules::UseMapped>(&action)) {
        if (use->otherwise) may_choose(*use->otherwise);
        std::ranges::for_each(use->choices, [this](std::size_t each) { may_choose(each); });
      }
    }
  }
  const auto add_captures = [this](const rules::RuleList* list) {
    if (list != nullptr) capture_names_.add_from(*list);
  };
  add_captures(rules_.get());
  if (backend_ != nullptr) add_captures(backend_->rules());
  for (const BackendDriver* each : by_rules_) add_captures(each->rules());
}

void Frontend::may_choose(std::size_t backend) {
  BackendDriver* const chosen = &owner_->backend(backend);
  if (chosen == backend_ || std::ranges::find(by_rules_, chosen) != by_rules_.end()) return;
  by_rules_.push_back(chosen);
}

void Frontend::forget(const ClientSide& client) {
  if (backend_ != nullptr) backend_->forget(client);
  for (BackendDriver* each : by_rules_) each->forget(client);
}

std::unique_ptr<Session> Frontend::admit(Listener& listener, net::Accepted accepted) {
  const base::IpAddress client = accepted.peer.address;
  const bool counted = limits_connections_of(client);
  note_connection(client);
  if (const std::string_view why = refuse_connection(client, counted); !why.empty()) {
    ++counters.denied_connections;
    ++listener.counters.denied_connections;
    tell_of_denial(listener, client, why);
    net::reset_on_close(accepted.fd.get());
    return nullptr;
  }
  auto session = make_session(listener, std::move(accepted));
  if (session) {
    session->counted = counted;
    session->tracked = settings_.mode == Mode::kTcp && !tables_.empty();
    if (session->tracked) track(client, true);
  } else if (counted) {
    clients_->connections.remove(client);
  }
  return session;
}

std::string_view Frontend::refuse_connection(const base::IpAddress& client, bool counted) {
  if (*rate_limiter_ && (*rate_limiter_)->refuses_connection(client, context_.now())) {
    return "connects more often than it may";
  }
  if (counted && !clients_->connections.add(client, settings_.per_address.max_connections)) {
    return "has its number of connections";
  }
  return {};
}

bool Frontend::limits_connections_of(const base::IpAddress& client) const {
  const PerAddress& limits = settings_.per_address;
  return limits.max_connections > 0 && limits.limits(client) &&
         (forwarding() == nullptr || !forwarding()->trusts(client));
}

std::optional<base::Duration> Frontend::refuse_request(const RequestOrigin& origin,
                                                       const http::RequestHead& request,
                                                       BackendDriver* backend,
                                                       RequestCounts& counts) {
  const base::Instant now = context_.now();
  std::optional<base::Duration> wait;
  if (backend == nullptr) {
    counts.begin(tables_, origin.client, request, now);
    if (*rate_limiter_) (*rate_limiter_)->follow(origin.client, request, counts);
    const bool limited = origin.trusted && limits_connections_of(origin.client);
    if (limited && !counts.take_place(clients_->connections, origin.client,
                                      settings_.per_address.max_connections)) {
      wait = kPlaceWait;
    }
  }
  std::optional<RateLimiter>& limiter = backend ? backend->rate_limiter() : *rate_limiter_;
  if (!wait && limiter && limiter->limits_requests()) {
    wait = limiter->refuse(origin.client, &request, now);
  }
  if (wait) ++(backend ? backend->backend().counters : counters).denied_requests;
  return wait;
}

void Frontend::note_request(const base::IpAddress& client, const http::RequestHead& request,
                            const RequestCost& cost, RequestCounts& counts) {
  const base::Instant now = context_.now();
  if (*rate_limiter_ && !counts.counts()) {  // it was answered before it counted
    (*rate_limiter_)->note(client, request, cost, now);
  }
  counts.end(cost, now);
}

void Frontend::note_connection(const base::IpAddress& client) {
  for (ClientTable* table : tables_) {
    const auto key = table->key_for(client, nullptr);
    if (key) table->note(*key, RateOf::kConnections, context_.now());
  }
}

void Frontend::note_transfer(const base::IpAddress& client, std::uint64_t in, std::uint64_t out) {
  for (ClientTable* table : tables_) {
    const auto key = table->key_for(client, nullptr);
    if (key) table->note(*key, RequestCost{.bytes_in = in, .bytes_out = out}, context_.now());
  }
}

void Frontend::track(const base::IpAddress& client, bool begins) {
  for (ClientTable* table : tables_) {
    const auto key = table->key_for(client, nullptr);
    if (!key) continue;
    begins ? table->enter(*key, context_.now()) : table->leave(*key);
  }
}

bool Frontend::begin_handshake(Listener& listener, const base::IpAddress& client) {
  const std::uint32_t limit = settings_.per_address.max_handshakes;
  const bool counted = limit > 0 && settings_.per_address.limits(client);
  const bool own = !counted || clients_->handshakes.add(client, limit);
  if (own && context_.handshake_room.enter(context_.now())) return true;
  if (own && counted) clients_->handshakes.remove(client);
  ++counters.denied_handshakes;
  ++listener.counters.denied_handshakes;
  tell_of_denial(listener, client,
                 own ? "found process.max_handshakes under way" : "has its number of handshakes");
  return false;
}

void Frontend::end_handshake(const base::IpAddress& client) {
  context_.handshake_room.leave();
  const PerAddress& limits = settings_.per_address;
  if (limits.max_handshakes > 0 && limits.limits(client)) clients_->handshakes.remove(client);
}

void Frontend::tell_of_denial(Listener& listener, const base::IpAddress& client,
                              std::string_view why) {
  const auto held_back = denials_.pass(context_.now());
  if (!held_back) return;
  context_.log.warning("connection-denied", listener.name(),
                       base::concat(client.to_string(), ' ', why, "; ", *held_back,
                                    " others were denied since the last such line"));
}

void Frontend::promote(Session& session, net::Accepted accepted) {
  if (auto next = admit(session.listener(), std::move(accepted))) {
    replace(session, std::move(next));
  } else {
    retire(session);
  }
}

void Frontend::promote(Session& session, Client client) {
  auto next = make_service(session.listener(), std::move(client));
  if (!next) {
    retire(session);
    return;
  }
  next->counted = std::exchange(session.counted, false);
  next->tracked = std::exchange(session.tracked, false);
  replace(session, std::move(next));
}

void Frontend::replace(Session& session, std::unique_ptr<Session> next) {
  next->place = session.place;
  next->before_drain = session.before_drain;
  next->session_id = session.session_id;
  owner_->session_register().replace(session.session_id, *next);
  std::unique_ptr<Session>& slot = *session.place;
  dead_.push_back(std::exchange(slot, std::move(next)));
  context_.work.add(reap_task_);
  if (!slot->start()) retire(*slot);
}

void Frontend::on_accepted(Listener& listener, net::Accepted accepted) {
  std::unique_ptr<Session> session;
  if (listener.expects_proxy(accepted.peer.address)) {
    session = std::make_unique<ProxyIntake>(context_, *this, listener, std::move(accepted));
  } else {
    session = admit(listener, std::move(accepted));
    if (!session) return;
  }
  const base::Instant now = context_.now();
  for (TrafficCounters* of : {&counters, &listener.counters}) {
    of->sessions.add();
    ++of->sessions_total;
    of->session_rate.count(now);
    of->last_session = now;
  }
  listener.add_session();
  sessions_.push_back(std::move(session));
  sessions_.back()->place = std::prev(sessions_.end());
  sessions_.back()->session_id = owner_->on_session_added(*sessions_.back());
  if (!sessions_.back()->start()) retire(*sessions_.back());
}

void Frontend::retire(Session& session) {
  counters.sessions.remove();
  session.listener().counters.sessions.remove();
  session.listener().end_session(session.before_drain);
  if (session.counted) clients_->connections.remove(session.client().address);
  if (session.tracked) track(session.client().address, false);
  dead_.splice(dead_.end(), sessions_, session.place);
  context_.work.add(reap_task_);
  owner_->on_session_removed(session.session_id);
}

bool Frontend::has_room() const {
  return counters.sessions.current() < settings_.max_connections && owner_->admits_session();
}

void Frontend::update_listeners() {
  const bool room = has_room();
  if (!room && !held_back_) ++record_->accept_pauses;
  held_back_ = !room;
  for (Listener& listener : listeners_) room ? listener.resume() : listener.pause();
}

void Frontend::reset_sessions(const Listener* listener) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& session = **it++;  // it may leave the list
    if (listener == nullptr || &session.listener() == listener) session.reset();
  }
}

void Frontend::end_idle_sessions() {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& session = **it++;  // it may leave the list
    session.end_if_idle();
  }
}

void Frontend::drain_sessions(Listener& listener, bool linger) {
  for (const auto& session : sessions_) {
    if (&session->listener() == &listener) session->before_drain = true;
  }
  listener.begin_drain();
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& session = **it++;  // it may leave the list
    if (&session.listener() == &listener && !(linger && session.may_linger())) session.drain();
  }
}

void Frontend::visit_sessions(const Listener& listener,
                              const std::function<bool(const Session&)>& visitor) const {
  for (const auto& session : sessions_) {
    if (&session->listener() == &listener && !visitor(*session)) return;
  }
}

void Frontend::reap() noexcept { dead_.clear(); }

}  // namespace hapair::lb
