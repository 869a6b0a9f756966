#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/guardian/protocol.hpp"
#include "tests/fuzz/guardian_messages_body.hpp"
#include "tests/fuzz/replay.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

/// Out of line, and each by itself: a braced list of so many variants takes the compiler minutes.
template <typename Variant>
[[gnu::noinline]] void add_to(std::vector<Variant>& all, Variant one) {
  all.push_back(std::move(one));
}

template <typename Variant, typename... Each>
std::vector<Variant> list_of(Each... each) {
  std::vector<Variant> all;
  (add_to<Variant>(all, std::move(each)), ...);
  return all;
}

const std::vector<Request> kRequests = list_of<Request>(
    GetModel{}, Advertise{.group = 513, .priority = 254, .interval = 100ms},
    StopAdvertising{.group = 2, .resign = true}, Hold{3}, Release{4}, Announce{5}, OpenBind{65535},
    OpenControl{}, OpenJournal{}, OpenScripts{}, OpenLogs{}, OpenTlsFiles{},
    OpenVrrpReceive{.interface = 1, .ipv6 = true}, WorkerReady{}, Left{}, Gasp{},
    KeepMaintenance{.group = 7, .on = true}, QuietSocket{.on = true}, WantUpgrade{},
    SocketsHere{.sockets = {{SocketKind::kBind, 515}, {SocketKind::kVrrp6, 2}}, .last = true},
    StateHere{.whole = true}, Prepared{}, Adopted{}, AskReload{"uid 0 (pid 7)", true},
    CommitReload{}, RefuseReload{"backends.web: no\nvips.VI_1: no"},
    CheckTarget{.target = 3, .run = 515, .again = true}, LookAtVip{.group = 3, .ask = true},
    UseChecksum{.group = 9, .peer = 2, .form = vrrp::ChecksumForm::kPseudoMulticast});

TEST_CASE("every request is read as it was written") {
  for (const Request& request : kRequests) {
    const auto decoded = decode_request(encode_request(request));
    REQUIRE_MESSAGE(decoded.has_value(), name_of(request));
    CHECK(*decoded == request);
  }
}

TEST_CASE("every request has a name of its own") {
  for (std::size_t i = 0; i < kRequests.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(name_of(kRequests[i]) != name_of(kRequests[j]));
  }
}

TEST_CASE("a gasp is the one byte that the signal handler sends") {
  CHECK(encode_request(Gasp{}) == Bytes{kGaspByte});
}

const Decision kDecision = {.id = "worker-failed",
                            .subject = "guardian",
                            .cause = "the worker died",
                            .at = base::from_ns(5'000'000'001),
                            .wall = base::WallTime(1'700'000'000'123ms),
                            .figures = {{"holds", "VI_1, VI_2"}, {"limit", ""}}};

TEST_CASE("replies, commands and reports are read as they were written") {
  const std::vector<Reply> replies = list_of<Reply>(
      ModelHere{.node = "lb1", .successor = true},
      GiveAway{.what = GiveAway::What::kAll, .drain = 10s}, TakeOver{}, Serve{}, Opened{},
      Refused{"no"}, Leave{10s}, VipLost{.group = 7, .reason = "interface is gone"},
      RoutesState{.group = 7, .fault = "route 0.0.0.0/0: File exists"},
      LinkState{.interface = 3, .carrier = true, .addressed = false}, InMaintenance{.group = 2},
      EchoSocket{.target = 7}, Decided{kDecision},
      VipSeen{.group = 1, .here = true, .neighbour = false},
      VipSeen{.group = 1, .here = false, .neighbour = true}, ReloadBind{300},
      ReloadReceive{.interface = 2, .ipv6 = true}, ReloadChannel{ReloadChannelTo::kScripts},
      ReloadModel{.who = "SIGHUP", .scripts = true}, ReloadModel{.who = "x", .check = true},
      ReloadDone{},
      ReloadFailed{.who = "SIGHUP", .reason = "no\nno", .at = base::WallTime(1'700'000'000s)},
      ReloadFailed{.who = "x", .reason = "no", .at = {}, .check = true},
      TargetFound{.target = 5,
                  .run = 259,
                  .outcome = TargetOutcome::kBad,
                  .detail = "eth1 has no carrier"});
  for (const Reply& reply : replies) CHECK(decode_reply(encode_reply(reply)) == reply);
  for (const Command& command :
       {Command(WorkerStarted{}), Command(StepDown{}), Command(PassOn{kDecision}),
        Command(ReopenLogs{}), Command(HandOver{}), Command(Reload{"SIGHUP"}),
        Command(ReaderStarted{})}) {
    CHECK(decode_command(encode_command(command)) == command);
  }
  const std::vector<Report> reports = list_of<Report>(
      GuardianReady{
          .uid = 990, .gid = 991, .user = "hapair", .drain_timeout = 10s, .script_time = 18s},
      ServiceReady{}, UpgradeWanted{}, HandedOver{}, KeptDuty{.reason = "no"}, WantReader{},
      WantReader{.check = true},
      ReloadEnded{.good = true, .scripts = true, .drain_timeout = 10s, .script_time = 18s});
  for (const Report& report : reports) CHECK(decode_report(encode_report(report)) == report);
}

TEST_CASE("a cut message is refused at every length") {
  for (const Request& request : kRequests) {
    const Bytes whole = encode_request(request);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CHECK_FALSE(decode_request(base::Bytes(whole).first(length)).has_value());
    }
  }
}

TEST_CASE("a message with bytes behind its end is refused") {
  for (const Request& request : kRequests) {
    Bytes longer = encode_request(request);
    longer.push_back(0);
    CHECK_FALSE(decode_request(longer).has_value());
  }
}

TEST_CASE("refusals say what was wrong") {
  const auto error_of = [](const Bytes& bytes) { return decode_request(bytes).error().message; };
  CHECK(error_of({}) == "empty message");
  CHECK(error_of({0}) == "empty message");
  CHECK(error_of({200}) == "message of unknown kind 200");
  CHECK(error_of({4, 0}) == "malformed message of kind 4");
  CHECK(error_of({1, 9}) == "message of kind 1 with bytes behind its end");
}

TEST_CASE("a flag is 0 or 1, a duration is sane") {
  CHECK_FALSE(decode_request(Bytes{3, 0, 1, 2}).has_value());
  CHECK_FALSE(decode_request(Bytes{2, 0, 1, 100, 0xff, 0, 0, 0, 0, 0, 0, 0}).has_value());
}

TEST_CASE("a decision has an id, times that can be, and few figures") {
  const auto survives = [](const Decision& decision) {
    return decode_reply(encode_reply(Decided{decision})).has_value();
  };
  Decision decision = kDecision;
  CHECK(survives(decision));
  decision.id.clear();
  CHECK_FALSE(survives(decision));
  decision = kDecision;
  decision.at = base::from_ns(-1);
  CHECK_FALSE(survives(decision));
  decision = kDecision;
  decision.cause.assign(4097, 'x');
  CHECK_FALSE(survives(decision));
  decision = kDecision;
  decision.figures.assign(33, {"a", "b"});
  CHECK_FALSE(survives(decision));
}

TEST_CASE("a checksum form is one of those that exist") {
  CHECK(decode_request(Bytes{14, 0, 1, 0, 2, 2}).has_value());
  CHECK_FALSE(decode_request(Bytes{14, 0, 1, 0, 2, 3}).has_value());
}

TEST_CASE("the corpus of messages holds every invariant") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/guardian_messages",
                            fuzz::fuzz_guardian_messages) > 20);
}

}  // namespace
}  // namespace hapair::guardian
