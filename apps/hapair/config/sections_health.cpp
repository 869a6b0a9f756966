#include "apps/hapair/config/sections_health.hpp"

#include <chrono>

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

void describe_outlier(Shape& shape, OutlierRules& rules) {
  shape.duration({"window", "Servers are compared after each such time."}, DurationRule{100ms, 1h},
                 rules.window);
  shape.number(
      {"min_requests",
       "Requests (mode tcp: connections) without which a window says nothing of a server."},
      NumberRule{1, 1'000'000, ""}, rules.min_requests);
  shape.number({"error_share",
                "Percent of a server's requests that failed, from which on it is an outlier, if "
                "that is also twice what failed at its siblings."},
               NumberRule{1, 100, ""}, rules.error_share);
  shape.number({"latency_factor",
                "A server whose responses take so many times as long as its siblings' is an "
                "outlier; 0: times are not compared."},
               NumberRule{0, 100, ""}, rules.latency_factor);
  shape.duration({"ejection_time",
                  "An outlier gets no traffic for so long, while others can; n times that the nth "
                  "time in succession."},
                 DurationRule{100ms, 1h}, rules.ejection_time);
  shape.duration({"max_ejection_time", "Never longer than this."}, DurationRule{100ms, 24h},
                 rules.max_ejection_time);
  shape.duration({"return_time", "Afterwards its share grows back over this time."},
                 DurationRule{0s, 1h}, rules.return_time);
  shape.number({"max_ejected", "Percent of the servers that may be ejected at once."},
               NumberRule{1, 99, ""}, rules.max_ejected);
}

}  // namespace

void describe_traffic_health(Shape& shape, BackendDraft& draft) {
  TrafficHealth& health = draft.backend.traffic_health;
  shape.choice({"observe",
                "Errors of a server's traffic count as HAProxy's observe has it: \"layer4\": "
                "connections; \"layer7\": responses too."},
               {"off", "layer4", "layer7"}, {Observe::kOff, Observe::kLayer4, Observe::kLayer7},
               health.observe);
  shape.number({"error_limit", "So many errors in a row are too many."}, NumberRule{1, 1000, ""},
               health.error_limit);
  shape.choice(
      {"on_error",
       "What follows: \"fastinter\": a check soon; besides that \"fail-check\": as a "
       "failed check; \"sudden-death\": one more takes it down; \"mark-down\": it is "
       "down."},
      {"fastinter", "fail-check", "sudden-death", "mark-down"},
      {OnError::kFastCheck, OnError::kFailCheck, OnError::kSuddenDeath, OnError::kMarkDown},
      health.on_error);
  shape.choice({"on_marked_down",
                "\"close_sessions\": what a server is busy with ends when it goes down or into "
                "maintenance."},
               {"nothing", "close_sessions"},
               {OnMarkedDown::kNothing, OnMarkedDown::kCloseSessions}, health.on_marked_down);
  shape.duration({"slow_start",
                  "A server that comes up from being down gets a share of the traffic that grows "
                  "over this time."},
                 DurationRule{0s, 1h}, health.slow_start);
  shape.number({"panic_threshold",
                "With less than this percentage of the servers up, traffic goes to those that are "
                "down too; 0: never."},
               NumberRule{0, 100, ""}, health.panic_threshold);
  shape.flag_or_object({"outlier",
                        "A server that does much worse than its siblings gets no traffic for a "
                        "while."},
                       draft.finds_outliers,
                       [&](Shape& outlier) { describe_outlier(outlier, draft.outlier); });
}

}  // namespace hapair::config
