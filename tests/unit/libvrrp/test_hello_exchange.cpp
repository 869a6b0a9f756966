// Two nodes in virtual time, with a wire between them that a test can cut, record and replay.
#include "libvrrp/core/hello_exchange.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>

#include "common/base/text.hpp"
#include "tests/unit/libvrrp/toy_authenticator.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;

const test::ToyAuthenticator kKey(1);

NodeReport report(std::string hash, std::uint16_t usable) {
  return {.version = "1.0",
          .config_hash = std::move(hash),
          .vips = {{"web", State::kBackup, Verdict::kServes, 100}},
          .backends = {{"app", usable}}};
}

class Pair {
 public:
  using Bytes = std::vector<std::uint8_t>;

  Pair() {
    make("lb1", 11);
    make("lb2", 22);
  }

  void make(const std::string& node, std::uint64_t number) {
    const std::string other = node == "lb1" ? "lb2" : "lb1";
    nodes.erase(node);
    nodes.try_emplace(node, HelloSettings{.node = node, .peers = {other}}, number, kKey);
  }

  HelloExchange& at(const std::string& node) { return nodes.at(node); }

  void start(const std::string& node, NodeReport content = report("h", 2)) {
    perform(node, at(node).on_start(std::move(content), now, wall(node)));
  }

  /// Until then the clock goes from deadline to deadline.
  void run(base::Duration span) {
    const base::Instant end = now + span;
    for (;;) {
      const std::string* next = nullptr;
      base::Instant at = end;
      for (auto& [name, node] : nodes) {
        if (const auto due = node.deadline(); due && *due <= at) {
          at = *due;
          next = &name;
        }
      }
      if (next == nullptr) break;
      now = at;
      const std::string name = *next;
      perform(name, nodes.at(name).on_deadline(now, wall(name)));
      if (now == end) break;
    }
    now = end;
  }

  void deliver(const std::string& to, const Bytes& datagram) {
    perform(to, at(to).on_datagram(datagram, now, wall(to)));
  }

  void perform(const std::string& node, const HelloEffects& effects) {
    const std::string other = node == "lb1" ? "lb2" : "lb1";
    for (const HelloEffect& effect : effects) {
      if (const auto* send = std::get_if<SendHello>(&effect)) {
        ++sent[node];
        recorded.push_back(send->datagram);
        if (!cut) deliver(other, send->datagram);
      } else if (std::holds_alternative<PeerSeen>(effect)) {
        log += node + " sees " + other + "; ";
      } else if (std::holds_alternative<PeerLost>(effect)) {
        log += node + " misses " + other + "; ";
      } else if (const auto* alarm = std::get_if<HelloAlarm>(&effect)) {
        log += base::concat(node, " ", to_string(alarm->kind), alarm->over ? " is over: " : ": ",
                            alarm->message, "; ");
      }
    }
  }

  base::WallTime wall(const std::string& node) const {
    return base::WallTime(now.time_since_epoch()) + (node == "lb2" ? offset : base::Duration(0));
  }

  std::optional<std::uint16_t> usable(const std::string& node, std::string_view backend) {
    const auto most = at(node).most_usable("web", backend);
    return most ? std::optional(most->usable) : std::nullopt;
  }

  std::string take_log() { return std::exchange(log, {}); }

  std::map<std::string, HelloExchange> nodes;
  std::map<std::string, int> sent;
  std::vector<Bytes> recorded;
  std::string log;
  bool cut = false;
  base::Duration offset{};
  base::Instant now = base::Instant{} + 100s;
};

}  // namespace

TEST_CASE("nodes come to believe each other within two gaps, whoever starts first") {
  Pair pair;
  pair.start("lb1");
  pair.run(2s);
  CHECK(pair.log.empty());
  CHECK_FALSE(pair.usable("lb1", "app"));
  pair.start("lb2", report("h", 1));
  pair.run(2 * HelloExchange::kMinGap);
  CHECK(pair.log.find("lb1 sees lb2") != std::string::npos);
  CHECK(pair.log.find("lb2 sees lb1") != std::string::npos);
  CHECK(pair.usable("lb1", "app") == 1);
  CHECK(pair.usable("lb2", "app") == 2);
  CHECK_FALSE(pair.usable("lb2", "other"));
  CHECK(pair.at("lb2").peers().front().report == report("h", 2));
}

TEST_CASE("once a second in peace") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(1s);
  pair.sent.clear();
  pair.run(60s);
  CHECK(pair.sent["lb1"] == 60);
  CHECK(pair.sent["lb2"] == 60);
  CHECK(pair.at("lb1").drops().replayed == 0);
}

TEST_CASE("a change is told at once, many changes no faster than the gap") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(1500ms);
  pair.sent.clear();
  pair.perform("lb1", pair.at("lb1").on_report(report("h", 0), pair.now, pair.wall("lb1")));
  CHECK(pair.usable("lb2", "app") == 0);
  for (std::uint16_t i = 1; i <= 100; ++i) {
    pair.perform("lb1", pair.at("lb1").on_report(report("h", i), pair.now, pair.wall("lb1")));
    pair.run(10ms);
  }
  CHECK(pair.sent["lb1"] <= 12);
  pair.run(HelloExchange::kMinGap);
  CHECK(pair.usable("lb2", "app") == 100);
  CHECK(pair.at("lb1").on_report(report("h", 100), pair.now, pair.wall("lb1")).empty());
}

TEST_CASE("a silent node is missed after three intervals and its word then counts for nothing") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(1500ms);
  pair.take_log();
  pair.cut = true;
  pair.run(2s);
  CHECK(pair.log.empty());
  pair.run(1s);
  CHECK(pair.log.find("lb1 misses lb2") != std::string::npos);
  CHECK(pair.log.find("lb2 misses lb1") != std::string::npos);
  CHECK_FALSE(pair.usable("lb1", "app"));
  pair.take_log();
  pair.cut = false;
  pair.run(1s);
  CHECK(pair.log.find("lb1 sees lb2") != std::string::npos);
}

TEST_CASE("servers count from nodes only that could have the VIP") {
  Pair pair;
  pair.start("lb1");
  NodeReport unfit = report("h", 2);
  pair.start("lb2", unfit);
  pair.run(1500ms);
  CHECK(pair.usable("lb1", "app") == 2);
  CHECK_FALSE(pair.at("lb1").most_usable("other", "app"));
  unfit.vips[0].verdict = Verdict::kUnfit;
  pair.perform("lb2", pair.at("lb2").on_report(unfit, pair.now, pair.wall("lb2")));
  CHECK_FALSE(pair.usable("lb1", "app"));
}

TEST_CASE("a node that was never heard is missed once, after the first three intervals") {
  Pair pair;
  pair.start("lb1");
  pair.run(2900ms);
  CHECK(pair.log.empty());
  pair.run(60s);
  CHECK(pair.take_log() == "lb1 misses lb2; ");
  pair.start("lb2");
  pair.run(2 * HelloExchange::kMinGap);
  CHECK(pair.take_log().find("lb1 sees lb2") != std::string::npos);
}

TEST_CASE("no recording is news, not even to a node that has just started") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(5s);
  const auto first_run = pair.recorded;
  const auto hellos = pair.at("lb1").peers().front().hellos;
  for (const auto& datagram : first_run) pair.deliver("lb1", datagram);
  CHECK(pair.at("lb1").peers().front().hellos == hellos);
  CHECK(pair.at("lb1").drops().replayed > 0);

  // lb2 is dead, lb1 starts anew: the recordings make no lb2.
  pair.cut = true;
  pair.make("lb1", 33);
  pair.start("lb1");
  for (const auto& datagram : first_run) pair.deliver("lb1", datagram);
  CHECK_FALSE(pair.at("lb1").peers().front().present);
  CHECK(pair.at("lb1").peers().front().hellos == 0);
  CHECK(pair.at("lb1").drops().unproven > 0);
}

TEST_CASE("after a node's restart its former run is over") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2", report("h", 1));
  pair.run(2s);
  const auto first_run = pair.recorded;
  pair.make("lb2", 44);
  pair.start("lb2", report("h", 7));
  pair.run(1s);
  CHECK(pair.usable("lb1", "app") == 7);
  for (const auto& datagram : first_run) {
    pair.deliver("lb1", datagram);
    pair.deliver("lb2", datagram);
  }
  CHECK(pair.usable("lb1", "app") == 7);
  pair.run(2s);
  CHECK(pair.at("lb1").peers().front().present);
  CHECK(pair.at("lb2").peers().front().present);
}

TEST_CASE("what is not for us, of ourselves or without the key is dropped unanswered") {
  Pair pair;
  pair.start("lb1");
  Hello hello{.from = "lb2", .to = "lb3", .report = {}};
  const auto sent = pair.sent["lb1"];
  pair.deliver("lb1", encode_hello(hello, kKey));
  hello = {.from = "lb1", .to = "lb1", .report = {}};
  pair.deliver("lb1", encode_hello(hello, kKey));
  hello = {.from = "lb2", .to = "lb1", .report = {}};
  pair.deliver("lb1", encode_hello(hello, test::ToyAuthenticator(2)));
  CHECK(pair.at("lb1").drops().not_ours == 3);
  pair.run(HelloExchange::kMinGap);
  CHECK(pair.sent["lb1"] == sent);
}

TEST_CASE("differences are told once, with both sides, and again after they were over") {
  Pair pair;
  pair.offset = 5s;
  pair.start("lb1", report("aaaa", 2));
  pair.start("lb2", report("bbbb", 2));
  pair.run(5s);
  const std::string log = pair.take_log();
  const std::string told =
      "lb1 hello-config-differs: lb2 runs the config bbbb, this node runs aaaa";
  CHECK(log.find(told) != std::string::npos);
  CHECK(log.find(told) == log.rfind(told));
  CHECK(log.find("lb1 hello-clock-differs: the clock of lb2 is 5s ahead of this node's") !=
        std::string::npos);
  CHECK(log.find("the clock of lb1 is 5s behind this node's") != std::string::npos);
  CHECK(log.find("hello-version-differs") == std::string::npos);

  NodeReport newer = report("aaaa", 2);
  newer.version = "1.1";
  pair.perform("lb2", pair.at("lb2").on_report(newer, pair.now, pair.wall("lb2")));
  pair.run(2s);
  CHECK(
      pair.take_log().find("lb1 hello-version-differs: lb2 runs hapair 1.1, this node runs 1.0") !=
      std::string::npos);
  const std::string over =
      "lb1 hello-config-differs is over: lb2 runs the same config as this "
      "node again; ";
  CHECK(pair.log.find(over) == std::string::npos);
  pair.perform("lb2", pair.at("lb2").on_report(report("bbbb", 2), pair.now, pair.wall("lb2")));
  pair.run(2s);
  const std::string again = pair.take_log();
  CHECK(again.find("lb1 hello-version-differs is over") != std::string::npos);
  CHECK(again.find(told) != std::string::npos);
}

TEST_CASE("a clock that comes and goes around the limit is no new alarm each time") {
  Pair pair;
  pair.offset = 2100ms;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(2s);
  CHECK(pair.take_log().find("lb1 hello-clock-differs: ") != std::string::npos);
  pair.offset = 1500ms;
  pair.run(2s);
  pair.offset = 2100ms;
  pair.run(2s);
  CHECK(pair.take_log().empty());
  pair.offset = 900ms;
  pair.run(2s);
  CHECK(pair.take_log().find("lb1 hello-clock-differs is over: the clock of lb2 agrees with this "
                             "node's again") != std::string::npos);
}

TEST_CASE("a letter stands beside the hellos until it is taken back") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(1500ms);
  pair.sent.clear();
  const std::uint64_t drops = pair.at("lb2").drops().total();
  const DrillNote note{
      .number = 7, .step = DrillStep::kAsk, .reason = {}, .vips = {{"web"}}, .tally = {}};
  const auto say = [&](std::optional<DrillNote> letter) {
    pair.perform("lb1", pair.at("lb1").on_letter(0, std::move(letter), pair.now, pair.wall("lb1")));
  };
  const auto heard = [&] { return pair.at("lb2").peers().front(); };
  say(note);
  CHECK(heard().drill == note);
  CHECK(heard().drill_notes == 1);
  CHECK(heard().report == report("h", 2));
  say(note);
  CHECK(heard().drill_notes == 1);
  pair.run(5s);
  CHECK(pair.sent["lb1"] == 5 + 1 + 10);
  CHECK(heard().drill_notes == 11);
  // Another one at once, but for the gap.
  DrillNote next = note;
  next.step = DrillStep::kOver;
  pair.run(50ms);
  say(next);
  CHECK(heard().drill == note);
  pair.run(HelloExchange::kMinGap);
  CHECK(heard().drill == next);
  say(std::nullopt);
  pair.sent.clear();
  pair.run(5s);
  CHECK(pair.sent["lb1"] == 5);
  CHECK(pair.at("lb2").drops().total() == drops);
}

TEST_CASE("a new run of a node has sent no letter yet") {
  Pair pair;
  pair.start("lb1");
  pair.start("lb2");
  pair.run(1s);
  const DrillNote note{
      .number = 7, .step = DrillStep::kAsk, .reason = {}, .vips = {{"web"}}, .tally = {}};
  pair.perform("lb1", pair.at("lb1").on_letter(0, note, pair.now, pair.wall("lb1")));
  REQUIRE(pair.at("lb2").peers().front().drill);
  pair.make("lb1", 33);
  pair.start("lb1");
  pair.run(1s);
  CHECK_FALSE(pair.at("lb2").peers().front().drill);
}

}  // namespace hapair::vrrp
