#include "apps/hapair/config/sections_balance.hpp"

#include <utility>

#include "apps/hapair/config/rules_balance.hpp"

namespace hapair::config {
namespace {

using lb::Algorithm;
using lb::HashMethod;
using lb::WhenFull;

void describe_object(Shape& shape, BalanceDraft& draft) {
  draft.path = shape.path();
  shape.choice({"algorithm",
                "\"roundrobin\": in turn, by weight; \"static\": so by the configured weights "
                "alone; \"leastconn\": who has the fewest for its weight; \"random\": the less "
                "busy of some drawn at random; \"first\": the first that has room; \"hash\": the "
                "same server for the same key."},
               {"roundrobin", "static", "leastconn", "random", "first", "hash"},
               {Algorithm::kRoundRobin, Algorithm::kStatic, Algorithm::kLeastConnections,
                Algorithm::kRandom, Algorithm::kFirst, Algorithm::kHash},
               draft.as.algorithm);
  shape.texts({"on",
               "Hash: the parts of a request that make its key, together: source, host, path "
               "(without query), uri (path and query), header:NAME, cookie:NAME, query:NAME. A "
               "request with none of them takes turns."},
              CountRule{1, 8}, rules::kHashPart, draft.on);
  shape.number({"depth", "Hash: so many parts of the path count; 0: all of them."},
               NumberRule{0, 32, ""}, draft.as.depth);
  shape.choice({"method",
                "Hash: \"consistent\": a server that goes moves its own keys only; \"map\": exact "
                "by weight, but any change moves most keys."},
               {"consistent", "map"}, {HashMethod::kConsistent, HashMethod::kMap}, draft.as.method);
  shape.factor({"load_factor",
                "Consistent hash: a server gets at most so many times its part of all that is "
                "under way; keys beyond go to the next. No bound by default."},
               FactorRule{101, 1000}, draft.load_percent);
  shape.choice({"when_full",
                "Hash: what a key does whose server has max_connections: \"wait\" for it, or go "
                "to the \"next\"; wait by default, next with load_factor."},
               {"wait", "next"}, {WhenFull::kWait, WhenFull::kNext}, draft.when_full);
  shape.choice({"by",
                "Hash: what servers are told apart by: \"name\", or \"address\" (and port). Those "
                "found by name in the DNS always by address."},
               {"name", "address"}, {false, true}, draft.as.by_address);
  shape.number({"draws", "Random: how many are drawn."}, NumberRule{1, 8, ""}, draft.as.draws);
}

}  // namespace

void describe_balance(Shape& shape, BackendDraft& draft) {
  BalanceDraft& balance = draft.balance;
  shape.text_or_object({"balance",
                        "How a server is chosen: an algorithm, or one part of requests by which "
                        "they are hashed; an object says more."},
                       rules::kBalance, balance.text,
                       [&](Shape& object) { describe_object(object, balance); });
  shape.choice({"backups",
                "Which backup servers serve while no other can: the \"first\" that can, or \"all\" "
                "that can."},
               {"first", "all"}, {false, true}, draft.backend.all_backups);
}

void describe_backup(Shape& shape, ServerDraft& draft) {
  shape.flag({"backup", "It gets traffic only while no server can that is none."}, draft.backup);
}

}  // namespace hapair::config
