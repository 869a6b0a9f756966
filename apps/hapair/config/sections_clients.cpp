#include "apps/hapair/config/sections_clients.hpp"

#include <chrono>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

void describe_certificate_fields(Shape& frontend, CertificateFields& fields) {
  frontend.flag_or_object(
      {"pass_client_certificate",
       "Requests tell servers, in header fields, of the client's certificate; what clients send by "
       "these names is taken off (mode http)."},
      fields.wanted, [&](Shape& shape) {
        shape.text({"prefix", "The beginning of the fields' names."}, rules::kFieldPrefix,
                   fields.prefix);
        shape.flag({"whole", "The whole certificate as well, in Client-Cert (RFC 9440)."},
                   fields.whole);
      });
}

void describe_route(Shape& shape, SniRouteDraft& route) {
  shape.texts({"sni",
               "Names that clients ask for; \"*.example\" stands for all below it. Of several the "
               "nearest counts.",
               kMandatory},
              CountRule{1, 64}, rules::kSniName, route.names);
  shape.text({"backend", "The backend that they get.", kMandatory}, rules::kName, route.backend);
}

void describe_inspect_tls(Shape& frontend, FrontendDraft& draft) {
  InspectTls& inspect = draft.frontend.inspect_tls;
  frontend.flag_or_object(
      {"inspect_tls",
       "What clients open TLS with is looked into, and passed on as it is: the name that they ask "
       "for (SNI) is in the access log and chooses their backend (mode tcp)."},
      inspect.wanted, [&](Shape& shape) {
        shape.duration({"timeout", "For the client's whole first message."},
                       DurationRule{10ms, 1min}, inspect.timeout);
        shape.list({"routes", "Backends by name; default_backend gets all others."},
                   CountRule{0, 256}, [&](Shape& route) {
                     draft.sni_routes.push_back({});
                     draft.sni_routes.back().path = route.path();
                     describe_route(route, draft.sni_routes.back());
                   });
      });
}

void describe_per_address(Shape& frontend, FrontendDraft& draft) {
  frontend.object(
      {"per_address", "What one client address may have at once; more is closed at once."},
      [&](Shape& shape) {
        shape.number({"max_connections", "Connections; any number by default."}, kConnections,
                     draft.address_connections);
        shape.number({"max_handshakes", "TLS handshakes under way; any number by default."},
                     kConnections, draft.address_handshakes);
        shape.number({"ipv6_prefix", "An IPv6 client is a network of so many bits."},
                     NumberRule{16, 128, ""}, draft.frontend.per_address.ipv6_prefix);
        shape.texts({"except", "Networks whose addresses have no limit."}, CountRule{0, 64},
                    rules::kNetworkPrefix, draft.unlimited);
      });
}

}  // namespace

void describe_clients(Shape& frontend, FrontendDraft& draft) {
  describe_certificate_fields(frontend, draft.frontend.certificate_fields);
  describe_inspect_tls(frontend, draft);
  describe_per_address(frontend, draft);
}

}  // namespace hapair::config
