// The state that one hapair hands to the next: as records, of this format and of others.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "apps/hapair/handover/node_state.hpp"
#include "apps/hapair/handover/steps.hpp"
#include "tests/fuzz/handover_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/handover/sample_state.hpp"

namespace hapair::handover {
namespace {

using Bytes = std::vector<std::uint8_t>;
using namespace test;
using namespace std::chrono_literals;

Bytes file(const std::string& name) {
  std::ifstream in(std::string(HAPAIR_TEST_ROOT "/data/handover/") + name, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What the sample says, wherever it comes from.
void check_sample(const NodeState& state) {
  const NodeState sample = sample_state();
  REQUIRE(state.vips.size() == 1);
  CHECK(state.vips[0].name == "VI_1");
  CHECK(state.vips[0].router.election == sample.vips[0].router.election);
  CHECK(state.vips[0].router.times_master == 3);
  REQUIRE(state.vips[0].router.history.size() == 1);
  CHECK(state.vips[0].router.history[0].to == vrrp::State::kMaster);
  CHECK(state.vips[0].router.history[0].reason == "10.0.0.2 resigned");
  REQUIRE(state.targets.size() == 1);
  const check::Target& target = state.targets[0];
  CHECK(target.name == "web/one");
  CHECK(target.state == check::State::kDrain);
  CHECK(target.counter.verdict() == check::Verdict::kPassing);
  CHECK(target.counter.against() == 2);
  CHECK(target.order == check::Order::kDrain);
  CHECK(target.max_connections == 7);
  CHECK(target.weight_percent == 50);
  REQUIRE(target.results.size() == 1);
  CHECK(check::describe(target.results.newest().result) ==
        check::describe(sample.targets[0].results.newest().result));
  CHECK(target.times_down == 1);
  REQUIRE(state.engine.counted.size() == 1);
  CHECK(state.engine.counted[0].traffic == sample.engine.counted[0].traffic);
  CHECK(state.engine.counted[0].latency == sample.engine.counted[0].latency);
  REQUIRE(state.engine.tables.size() == 2);
  CHECK(state.engine.tables[0].keys == sample.engine.tables[0].keys);
  CHECK(state.engine.tables[0].windows == sample.engine.tables[0].windows);
  CHECK(state.engine.tables[0].last_uses == sample.engine.tables[0].last_uses);
  CHECK(state.engine.tables[1].servers == sample.engine.tables[1].servers);
  CHECK(state.engine.tables[1].server_of == sample.engine.tables[1].server_of);
  REQUIRE(state.journal.size() == 1);
  CHECK(state.journal[0].number == 41);
  CHECK(state.journal[0].caused_by == 40);
  CHECK(state.journal[0].figures == sample.journal[0].figures);
}

}  // namespace

TEST_CASE("a state is read as it was written") {
  const auto state = decode_state(encode_state(sample_state()));
  REQUIRE(state);
  check_sample(*state);
  CHECK(state->vips[0].router.figures == sample_state().vips[0].router.figures);
}

TEST_CASE("a state of format 1, as it was written once, is read by every later hapair") {
  const auto state = decode_state(file("state-1"));
  REQUIRE(state);
  check_sample(*state);
}

TEST_CASE("one of the next format is read too: what it has more is left out") {
  const auto state = decode_state(encode_state(sample_state(), kFormat + 1));
  REQUIRE(state);
  check_sample(*state);
}

TEST_CASE("formats that are further away are refused in words") {
  const auto far = decode_state(encode_state(sample_state(), kFormat + 2));
  REQUIRE_FALSE(far);
  CHECK(far.error().message ==
        "the hand-over has format 3, this hapair takes 0 to 2: restart "
        "hapair to change over that many versions");
  CHECK_FALSE(decode_state({}));
  CHECK_FALSE(decode_state(base::as_bytes("what is this, that is so long")));
}

TEST_CASE("what is missing has its default") {
  const auto state = decode_state(RecordWriter().document());
  REQUIRE(state);
  CHECK(state->vips.empty());
  RecordWriter vip;
  vip.text(1, "VI_9");
  const VipState bare = take_vip(vip.view());
  CHECK(bare.name == "VI_9");
  CHECK(bare.router.election == vrrp::ElectionMemory());
  CHECK(bare.router.figures == vrrp::RouterFigures());
  const check::Target target = take_target({});
  CHECK(target.weight_percent == 100);
  CHECK(target.counter.verdict() == check::Verdict::kNone);
}

TEST_CASE("a number out of its range counts as missing") {
  RecordWriter target;
  target.text(1, "a").number(2, 99).number(6, 99).number(15, 99).text(7, "no number");
  const check::Target read = take_target(target.view());
  CHECK(read.name == "a");
  CHECK(read.state == check::State::kUnknown);
  CHECK(read.counter.verdict() == check::Verdict::kNone);
  CHECK(read.order == check::Order::kNone);
}

TEST_CASE("a state that is cut short is refused at every length") {
  const Bytes whole = encode_state(sample_state());
  std::size_t read = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    if (decode_state(base::Bytes(whole).first(length))) ++read;
  }
  // Where it ends between two records of the outermost list nothing tells that it does.
  CHECK(read == 4);
}

TEST_CASE("steps are read as they were written") {
  const StepMessage state{.step = Step::kState,
                          .duties = {{.group = "VI_1",
                                      .router_id = 51,
                                      .interface = "eth0",
                                      .addresses = {"192.0.2.1/24 eth0", "2001:db8::1/64 eth0"},
                                      .advertising = true,
                                      .held = true,
                                      .priority = 254,
                                      .interval = 100ms}}};
  CHECK(decode_step(encode_step(state)).value() == state);
  const StepMessage sockets{.step = Step::kSockets, .sockets = {"tcp 192.0.2.1:80"}, .last = true};
  CHECK(decode_step(encode_step(sockets)).value() == sockets);
  const StepMessage refused{.step = Step::kRefused, .reason = "no"};
  CHECK(decode_step(encode_step(refused)).value() == refused);
  CHECK_FALSE(decode_step(RecordWriter().document()));
  CHECK_FALSE(decode_step({}));
}

TEST_CASE("fuzz corpus replay: states and steps") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/handover", fuzz::fuzz_handover) >= 8);
}

}  // namespace hapair::handover
