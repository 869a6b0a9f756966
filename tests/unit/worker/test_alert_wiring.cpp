#include <doctest/doctest.h>

#include "apps/hapair/worker/alert_wiring.hpp"

using namespace hapair;

namespace {

base::JournalEvent happened(std::string id, std::string subject, std::string from, std::string to) {
  return {.id = std::move(id),
          .subject = std::move(subject),
          .from = std::move(from),
          .to = std::move(to),
          .cause = {}};
}

/// Which of the four kinds hear of it: "s", "b", "t", "v".
std::string hearers(const base::JournalEvent& about) {
  const config::Alert none{
      .name = {}, .servers = false, .backends = false, .targets = false, .vips = false};
  std::string text;
  for (const auto& [letter, flag] :
       {std::pair{'s', &config::Alert::servers}, std::pair{'b', &config::Alert::backends},
        std::pair{'t', &config::Alert::targets}, std::pair{'v', &config::Alert::vips}}) {
    config::Alert one = none;
    one.*flag = true;
    if (worker::wants(one, about)) text += letter;
  }
  return text;
}

}  // namespace

TEST_CASE("each kind of change has its hearers") {
  CHECK(hearers(happened("check-state", "web/node1", "up", "down")) == "s");
  CHECK(hearers(happened("check-state", "web/node1", "unknown", "down")) == "s");
  CHECK(hearers(happened("check-state", "uplink", "up", "down")) == "t");
  for (const auto* id :
       {"server-added", "server-removed", "name-resolved", "name-kept", "name-unresolved"}) {
    CHECK(hearers(happened(id, "web/node", "", "x")) == "s");
  }
  CHECK(hearers(happened("backend-state", "web", "up", "down")) == "b");
  CHECK(hearers(happened("vrrp-transition", "VI_1", "backup", "master")) == "v");
  CHECK(hearers(happened("vip-lost", "VI_1", "", "")) == "v");
  CHECK(hearers(happened("worker-ready", "lb1", "", "serving")).empty());
}

TEST_CASE("what a start alone brings is told to nobody") {
  CHECK(hearers(happened("check-state", "web/node1", "unknown", "up")).empty());
  CHECK(hearers(happened("vrrp-transition", "VI_1", "initialize", "backup")).empty());
  CHECK(hearers(happened("backend-state", "web", "", "up")).empty());
}
