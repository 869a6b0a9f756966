#include "apps/hapair/config/sections_checks.hpp"

#include <chrono>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/sections_connections.hpp"
#include "apps/hapair/config/sections_http_check.hpp"
#include "apps/hapair/config/sections_services.hpp"
#include "apps/hapair/config/sections_tls.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr NumberRule kChecksInRow{1, 100, ""};
constexpr DurationRule kTimes{10ms, 1h};

void describe_times(Shape& shape, CheckDraft& draft) {
  Check& check = draft.check;
  shape.duration({"interval", "Time between two checks of one server."}, kTimes, check.interval);
  shape.duration({"fast_interval",
                  "The same while results speak against the state that the server has; the "
                  "interval by default."},
                 kTimes, draft.fast_interval);
  shape.duration({"down_interval", "The same while the server is down; the interval by default."},
                 kTimes, draft.down_interval);
  shape.duration({"timeout", "A check that takes longer failed; the interval by default."}, kTimes,
                 draft.timeout);
  shape.number({"rise", "So many good checks in a row make a server up."}, kChecksInRow,
               check.rise);
  shape.number({"fall", "So many failed checks in a row make a server down."}, kChecksInRow,
               check.fall);
  shape.duration({"grace",
                  "A server of which no check has found anything for so long after the start gets "
                  "traffic where no other is up."},
                 DurationRule{0s, 1h}, check.grace);
}

void describe_place(Shape& shape, CheckPlace& place) {
  shape.parsed({"address", "What is checked in place of the server's own address."},
               rules::kGateway, place.address);
  shape.number({"port", "What is checked in place of the server's own port."}, kPort, place.port);
}

void describe_tls(Shape& shape, CheckDraft& draft) {
  shape.flag_or_object(
      {"tls", "The check is under TLS; as the servers are spoken to by default."}, draft.under_tls,
      [&](Shape& tls) {
        describe_server_tls_keys(tls, draft.tls);
        tls.texts(
            {"alpn",
             "Protocols that are offered (ALPN), the preferred one first; by default what the "
             "check speaks, where that is HTTP or gRPC."},
            CountRule{1, 8}, rules::kProtocol, draft.alpn);
      });
  shape.number({"certificate_days",
                "A server whose certificate is good for fewer days is degraded; 0: nobody looks."},
               NumberRule{0, 3650, ""}, draft.check.certificate_days);
}

void describe_script_check(Shape& shape, ScriptDraft& draft) {
  draft.path = join_path(shape.path(), "command");
  shape.texts({"command",
               "The program and its arguments, behind which come the server's name, the address "
               "and the port; exit code 0 means good."},
              CountRule{1, 32}, rules::kScriptWord, draft.words);
  shape.only_where("type", {"script"}, {"command"});
}

}  // namespace

void describe_check(Shape& backend, BackendDraft& draft) {
  backend.object(
      {"check", "The health check of the servers; without, they count as up."}, [&](Shape& shape) {
        CheckDraft& check = draft.check.emplace();
        check.path = shape.path();
        check.under_tls = draft.under_tls;
        check.tls = draft.tls;
        using enum CheckType;
        shape.choice({"type",
                      "\"tcp\": a connection stands; \"tls\": a handshake is done, the certificate "
                      "good; \"http\": a request is answered well; \"udp\": a datagram is; "
                      "\"agent\": an agent "
                      "beside the service says so; \"icmp\": the host answers an echo; "
                      "\"grpc\": a server of gRPC says that it serves; "
                      "\"script\": a program says so; the others: "
                      "the service answers in its protocol.",
                      kMandatory},
                     {"tcp", "tls", "http", "grpc", "smtp", "mysql", "postgresql", "redis", "ldap",
                      "dns", "udp", "agent", "icmp", "script"},
                     {kTcp, kTls, kHttp, kGrpc, kSmtp, kMysql, kPostgresql, kRedis, kLdap, kDns,
                      kUdp, kAgent, kIcmp, kScript},
                     check.check.type);
        // An agent is a small server of its own, not the service.
        if (check.check.type == kAgent) check.under_tls = false;
        describe_times(shape, check);
        describe_place(shape, check.place);
        describe_tls(shape, check);
        describe_send_proxy(shape, check.check.send_proxy);
        describe_http_check(shape, check.http);
        describe_service_check(shape, check.service);
        describe_script_check(shape, check.command);
      });
}

void describe_server_check(Shape& server, ServerDraft& draft) {
  server.object({"check", "Where this server's check differs from the backend's."},
                [&](Shape& shape) { describe_place(shape, draft.checked_at); });
}

}  // namespace hapair::config
