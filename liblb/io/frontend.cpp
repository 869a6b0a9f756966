#include "liblb/io/frontend.hpp"

#include <utility>

#include "common/net/socket_stream.hpp"
#include "liblb/io/frontend_h2.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/h2_session.hpp"
#include "liblb/io/protocol_intake.hpp"
#include "liblb/io/proxy_intake.hpp"
#include "liblb/io/tcp_relay.hpp"
#include "liblb/io/tls_opening.hpp"

namespace hapair::lb {
namespace {

bool speaks_http2(const Client& client, const Protocols& protocols) {
  if (client.tls != nullptr && !client.tls->protocol().empty()) {
    return client.tls->protocol() == "h2";
  }
  return client.has_preface || !protocols.http1;
}

}  // namespace

Frontend::Frontend(Context& context, FrontendOwner& owner, FrontendSettings settings,
                   BackendDriver* backend)
    : context_(context),
      owner_(owner),
      settings_(std::move(settings)),
      backend_(backend),
      h2_(std::make_unique<FrontendH2>()),
      reap_task_(event::Callback<>::to<&Frontend::reap>(this)) {}

Frontend::~Frontend() = default;

Listener& Frontend::add_bind(BindSettings settings) {
  return listeners_.emplace_back(context_.loop, context_.log, static_cast<ListenerOwner&>(*this),
                                 std::move(settings));
}

std::unique_ptr<Session> Frontend::make_session(Listener& listener, net::Accepted accepted) {
  if (listener.tls()) {
    return std::make_unique<TlsOpening>(context_, *this, listener, std::move(accepted));
  }
  const Protocols& protocols = listener.protocols();
  if (settings_.mode == Mode::kHttp && protocols.http1 && protocols.http2) {
    return std::make_unique<ProtocolIntake>(context_, *this, listener, std::move(accepted));
  }
  return make_service(listener,
                      {.stream = std::make_unique<net::SocketStream>(
                           context_.loop, event::Priority::kTraffic, std::move(accepted.fd)),
                       .peer = accepted.peer,
                       .destination = accepted.destination});
}

std::unique_ptr<Session> Frontend::make_service(Listener& listener, Client client) {
  if (settings_.mode == Mode::kTcp) {
    return std::make_unique<TcpRelay>(context_, *this, listener, std::move(client));
  }
  if (speaks_http2(client, listener.protocols())) {
    return std::make_unique<H2Session>(context_, *this, listener, std::move(client));
  }
  return std::make_unique<H1Session>(context_, *this, listener, std::move(client));
}

void Frontend::promote(Session& session, net::Accepted accepted) {
  replace(session, make_session(session.listener(), std::move(accepted)));
}

void Frontend::promote(Session& session, Client client) {
  replace(session, make_service(session.listener(), std::move(client)));
}

void Frontend::replace(Session& session, std::unique_ptr<Session> next) {
  next->place = session.place;
  next->before_drain = session.before_drain;
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
    session = make_session(listener, std::move(accepted));
  }
  const base::Instant now = context_.now();
  for (TrafficCounters* of : {&counters, &listener.counters}) {
    of->sessions.add();
    ++of->sessions_total;
    of->session_rate.count(now);
    of->last_session = now;
  }
  sessions_.push_back(std::move(session));
  sessions_.back()->place = std::prev(sessions_.end());
  owner_.on_session_added();
  if (!sessions_.back()->start()) retire(*sessions_.back());
}

void Frontend::retire(Session& session) {
  counters.sessions.remove();
  session.listener().counters.sessions.remove();
  if (session.before_drain) --before_drain_;
  dead_.splice(dead_.end(), sessions_, session.place);
  context_.work.add(reap_task_);
  owner_.on_session_removed();
}

bool Frontend::has_room() const {
  return !accepting_stopped_ && sessions_.size() < settings_.max_connections &&
         owner_.admits_session();
}

void Frontend::update_listeners() {
  const bool room = has_room();
  if (!room && !held_back_ && !accepting_stopped_) ++accept_pauses_;
  held_back_ = !room;
  for (Listener& listener : listeners_) room ? listener.resume() : listener.pause();
}

void Frontend::stop_accepting() {
  accepting_stopped_ = true;
  update_listeners();
}

void Frontend::reset_sessions(const Listener* listener) {
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& session = **it++;  // it may leave the list
    if (listener == nullptr || &session.listener() == listener) session.reset();
  }
}

void Frontend::begin_drain() {
  before_drain_ = sessions_.size();
  for (const auto& session : sessions_) session->before_drain = true;
  for (auto it = sessions_.begin(); it != sessions_.end();) {
    Session& session = **it++;
    session.drain();
  }
}

void Frontend::reap() noexcept { dead_.clear(); }

}  // namespace hapair::lb
