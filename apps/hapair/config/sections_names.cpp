#include "apps/hapair/config/sections_names.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr DurationRule kTtl{100ms, 24h};
constexpr DurationRule kUpToMonth{0s, 720h};

}  // namespace

void describe_resolver(Shape& shape, ResolverDraft& draft) {
  Resolver& resolver = draft.as;
  shape.texts({"nameservers",
               "Who is asked, in this order: addresses, with a port where that is not 53; those of "
               "/etc/resolv.conf by default."},
              CountRule{1, 8}, rules::kNameserver, draft.nameservers);
  shape.duration({"timeout",
                  "For a nameserver's answer; then the next one is asked. It doubles with each "
                  "round."},
                 DurationRule{10ms, 10s}, resolver.timeout);
  shape.number({"tries", "Rounds through all nameservers."}, NumberRule{1, 10, ""}, resolver.tries);
  shape.duration({"min_ttl", "No answer is asked for again before this, whatever its TTL."}, kTtl,
                 resolver.min_ttl);
  shape.duration({"max_ttl", "Every answer is asked for again after this, whatever its TTL."}, kTtl,
                 resolver.max_ttl);
  shape.duration({"retry", "After a failure; doubles with each further one, up to 30s."},
                 DurationRule{100ms, 30s}, resolver.retry);
  shape.object({"hold", "How long servers stay that the DNS no longer tells of."},
               [&](Shape& hold) {
                 hold.duration({"failed",
                                "While nobody answers, or in error: those of the last good "
                                "answer."},
                               kUpToMonth, resolver.hold_failed);
                 hold.duration({"none", "Once the name is gone, or has no address."}, kUpToMonth,
                               resolver.hold_none);
                 hold.duration({"gone", "Once its address is gone and the name has others."},
                               kUpToMonth, resolver.hold_gone);
               });
}

void describe_server_address(Shape& shape, ServerDraft& server) {
  shape.one_of({{"address", {}}, {"srv", {}}});
  std::string address;
  shape.text({"address",
              "The server's address and port, or a name and port: then one server for each of the "
              "name's addresses."},
             rules::kServerAddress, address);
  shape.text({"srv",
              "The name of a service, whose SRV records tell hosts, ports, priorities and weights "
              "of servers."},
             rules::kServiceName, server.service);
  shape.object({"resolve", "How the name is resolved."}, [&](Shape& resolve) {
    server.resolve_path = resolve.path();
    resolve.text({"resolver",
                  "One of resolvers; \"default\" where there is one of this name, else the "
                  "system's nameservers."},
                 rules::kName, server.resolver);
    resolve.number({"slots", "So many servers at most; further addresses are not used."},
                   NumberRule{1, 256, ""}, server.slots);
    resolve.choice(
        {"prefer",
         "Which addresses are used: \"ipv4\", \"ipv6\": the others only where there are "
         "none of these; \"only_ipv4\", \"only_ipv6\"; \"both\"."},
        {"ipv4", "ipv6", "only_ipv4", "only_ipv6", "both"},
        {Prefer::kIpv4, Prefer::kIpv6, Prefer::kOnlyIpv4, Prefer::kOnlyIpv6, Prefer::kBoth},
        server.prefer);
  });
  if (address.empty()) return;
  rules::ServerAddress parsed = rules::parse_server_address(address).value();
  server.address = parsed.endpoint;
  server.host = std::move(parsed.host);
  server.host_port = parsed.port;
}

}  // namespace hapair::config
