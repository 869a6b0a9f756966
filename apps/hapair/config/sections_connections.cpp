#include "apps/hapair/config/sections_connections.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr DurationRule kSilence{1s, 9h};  // the kernel takes up to 32767 s

}  // namespace

void describe_tcp_keep_alive(Shape& shape, bool& on, TcpKeepAlive& as) {
  shape.flag_or_object(
      {"tcp_keepalive",
       "TCP keep-alive: a peer that has long been silent is asked whether it is still there."},
      on, [&](Shape& keep_alive) {
        keep_alive.duration({"idle", "Silence before the first question, in whole seconds."},
                            kSilence, as.idle);
        keep_alive.duration({"interval", "Time between two questions, in whole seconds."}, kSilence,
                            as.interval);
        keep_alive.number({"count", "So many questions without an answer end the connection."},
                          NumberRule{1, 100, ""}, as.count);
      });
}

void describe_source(Shape& shape, std::optional<SourceDraft>& into) {
  shape.object({"source",
                "Where connections to servers, and their checks, leave from; by the routes unless "
                "given."},
               [&](Shape& source) {
                 SourceDraft& draft = into.emplace();
                 source.one_of({{"node", {}}, {"network", {}}, {"address", {}}});
                 source.flag({"node", "true: each node's own address."}, draft.node);
                 source.text({"network", "Each node's address on this network."}, rules::kName,
                             draft.network);
                 source.parsed({"address", "This address, which every node must have."},
                               rules::kNodeAddress, draft.address);
               });
}

}  // namespace hapair::config
