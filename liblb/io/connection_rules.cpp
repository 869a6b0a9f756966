#include "liblb/io/connection_rules.hpp"

#include "common/base/text.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/access_note.hpp"
#include "liblb/io/engine_surroundings.hpp"
#include "liblb/io/proxy_terms.hpp"
#include "liblb/io/request_rules.hpp"

namespace hapair::lb {
namespace {

void hear(Frontend& frontend, const rules::ConnectionFacts& facts, rules::Judge& judge) {
  judge.begin_connection();
  judge.hear(*frontend.rules(), facts, EngineSurroundings(frontend.owner()));
}

/// By a proxy before us, at which TLS has ended.
void add_told(const net::ProxiedTls& told, rules::ConnectionFacts& facts) {
  facts.tls = told.used;
  facts.server_name = told.server_name;
  facts.protocols = told.protocol;
  facts.tls_version = told.version;
  facts.certificate = told.certificate;
}

rules::ConnectionFacts facts_about(const Client& client) {
  const auto ends = client_ends(client.peer, client.destination, *client.stream);
  rules::ConnectionFacts facts = *facts_of(client.peer, ends ? &*ends : nullptr, client.tls);
  if (client.told && client.tls == nullptr) add_told(*client.told, facts);
  if (client.hello) {
    const tls::ClientHello& hello = *client.hello;
    facts.tls = true;
    facts.server_name = hello.server_name;
    facts.protocols = hello.protocols;
    // "TLS 1.3" is written as what ends here has it.
    facts.tls_version = base::concat("TLSv", tls::version_name(hello.version).substr(4));
  }
  return facts;
}

}  // namespace

bool rules_await_hello(Frontend& frontend, const net::Accepted& accepted) {
  // What a proxy has told is all that there is to know.
  if (accepted.told) return false;
  rules::ConnectionFacts facts{.client = accepted.peer.address, .awaits_hello = true};
  const auto local =
      accepted.destination ? accepted.destination : net::local_endpoint(accepted.fd.get());
  if (local) facts.port = local->port;
  rules::Judge judge;
  hear(frontend, facts, judge);
  return judge.undecided();
}

bool obey_rules(Context& context, Frontend& frontend, Listener& listener, Client& client) {
  using Kind = rules::Verdict::Kind;
  rules::Judge judge;
  hear(frontend, facts_about(client), judge);
  const rules::Verdict& verdict = judge.verdict();
  const auto log = [&](TerminationState end) {
    log_refused_connection(context, frontend,
                           {.client = client.peer,
                            .tls = client.tls != nullptr,
                            .accepted = client.accepted.value_or(context.now()),
                            .hello = client.hello.get(),
                            .end = end});
  };
  if (!verdict.passes()) {
    ++frontend.counters.denied_connections;
    ++listener.counters.denied_connections;
    if (verdict.kind == Kind::kDrop) client.stream->vanish();
    log({.cause = 'P', .phase = 'R'});
    return false;
  }
  if (verdict.backend) client.backend = &frontend.owner().backend(*verdict.backend);
  if (client.backend == nullptr) client.backend = frontend.backend();
  client.server = verdict.server;
  client.priority = verdict.priority;
  if (client.backend == nullptr) log({.cause = 'S', .phase = 'C'});
  return client.backend != nullptr;
}

}  // namespace hapair::lb
