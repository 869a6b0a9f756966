#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "apps/hapair/guardian/guardian_client.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

struct Heard final : GuardianEvents {
  void on_leave(base::Duration drain) noexcept override { leaves.push_back(drain); }
  void on_vip_lost(std::size_t group, std::string_view reason) noexcept override {
    lost.emplace_back(std::to_string(group) + ": " + std::string(reason));
  }
  void on_routes_state(std::size_t group, std::string_view fault) noexcept override {
    routes.emplace_back(std::to_string(group) + ": " + std::string(fault));
  }
  void on_link_state(std::size_t interface, bool carrier, bool addressed) noexcept override {
    links.push_back(std::to_string(interface) + (carrier ? " up" : " down") +
                    (addressed ? "" : ", no address"));
  }
  void on_maintenance(std::size_t group) noexcept override {
    links.push_back("maintenance of " + std::to_string(group));
  }
  void on_target_found(const TargetFound& found) noexcept override {
    links.push_back("target " + std::to_string(found.target) + ": " + found.detail);
  }
  void on_echo_socket(std::size_t target, net::UniqueFd socket) noexcept override {
    links.push_back("echo socket " + std::to_string(target) + (socket ? "" : ", none"));
  }
  void on_scripts(net::UniqueFd channel) noexcept override {
    links.emplace_back(channel ? "scripts" : "scripts, no channel");
  }
  void on_decision(const Decision& decision) noexcept override {
    links.push_back(decision.id + " " + decision.subject + ": " + decision.cause);
  }
  void on_vip_seen(const VipSeen& found) noexcept override { seen.push_back(found); }
  void on_give_away(const GiveAway& what, net::UniqueFd memory) noexcept override {
    links.push_back(std::string("give away ") + std::to_string(static_cast<int>(what.what)) +
                    (memory ? " with memory" : ""));
  }
  void on_take_over(net::UniqueFd memory) noexcept override {
    links.emplace_back(memory ? "take over" : "take over nothing");
  }
  void on_serve() noexcept override { links.emplace_back("serve"); }
  void on_guardian_gone() noexcept override { ++gone; }

  std::vector<base::Duration> leaves;
  std::vector<std::string> lost;
  std::vector<std::string> routes;
  std::vector<std::string> links;
  std::vector<VipSeen> seen;
  int gone = 0;
};

/// The guardian's answers are put into the channel before the client asks.
struct Session {
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  std::pair<net::SeqpacketChannel, net::SeqpacketChannel> ends =
      net::SeqpacketChannel::pair().value();
  net::SeqpacketChannel guardian = std::move(ends.second);
  Heard heard;
  base::Logger log;
  SharedPage page = SharedPage::create().value();
  GuardianClient client{*loop, std::move(ends.first), page, heard, log};

  void answer(const Reply& reply, const std::vector<int>& fds = {}) {
    REQUIRE(guardian.send(encode_reply(reply), fds).has_value());
  }

  Request asked() {
    net::Packet packet;
    REQUIRE(guardian.receive(packet) == net::SeqpacketChannel::Received::kPacket);
    return decode_request(packet.bytes).value();
  }
};

TEST_CASE("the model comes with the node's name, however often it is read") {
  Session session;
  const int memory = ::memfd_create("model", MFD_CLOEXEC);
  REQUIRE(::write(memory, "the model", 9) == 9);
  for (int worker = 0; worker < 2; ++worker) {
    session.answer(ModelHere{"lb1"}, {memory});
    const auto model = session.client.get_model();
    REQUIRE(model.has_value());
    CHECK(model->node == "lb1");
    CHECK(model->envelope == "the model");
    CHECK(session.asked() == Request(GetModel{}));
  }
  ::close(memory);
}

TEST_CASE("a socket that is asked for comes, or the guardian's reason why not") {
  Session session;
  session.answer(Opened{}, {STDERR_FILENO});
  CHECK(session.client.open_bind(7).has_value());
  CHECK(session.asked() == Request(OpenBind{7}));
  session.answer(Refused{"open-bind: there is no bind 9"});
  const auto refused = session.client.open_bind(9);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "open-bind: there is no bind 9");
}

TEST_CASE("an interface or a target that changes while a worker starts is no answer") {
  Session session;
  session.answer(LinkState{.interface = 0, .carrier = false, .addressed = true});
  session.answer(
      TargetFound{.target = 1, .run = 0, .outcome = TargetOutcome::kGood, .detail = "eth1 is up"});
  session.answer(EchoSocket{2}, {STDERR_FILENO});
  session.answer(Opened{}, {STDERR_FILENO});
  CHECK(session.client.open_bind(7).has_value());
  CHECK(session.asked() == Request(OpenBind{7}));
}

TEST_CASE("an answer that does not fit the question is an error") {
  Session session;
  session.answer(Opened{});  // without a descriptor
  CHECK_FALSE(session.client.open_control().has_value());
  session.answer(VipLost{.group = 0, .reason = "x"});
  CHECK_FALSE(session.client.get_model().has_value());
  session.answer(Leave{1s});
  CHECK(session.client.open_vrrp_receive(0, base::Family::kIpv6).error().message ==
        "told to leave while starting");
}

TEST_CASE("a guardian that is gone is an error of every question") {
  Session session;
  session.guardian.close();
  CHECK_FALSE(session.client.get_model().has_value());
}

TEST_CASE("orders go out as they are given") {
  Session session;
  REQUIRE(session.client.start().has_value());
  session.client.ready();
  session.client.hold(1);
  session.client.announce(1);
  session.client.advertise(1, 254, 100ms);
  session.client.stop_advertising(1, true);
  session.client.release(1);
  session.client.left();
  const std::vector<Request> expected = {WorkerReady{},
                                         Hold{1},
                                         Announce{1},
                                         Advertise{.group = 1, .priority = 254, .interval = 100ms},
                                         StopAdvertising{.group = 1, .resign = true},
                                         Release{1},
                                         Left{}};
  for (const Request& request : expected) CHECK(session.asked() == request);
}

TEST_CASE("what the guardian says is heard from the loop") {
  Session session;
  REQUIRE(session.client.start().has_value());
  session.answer(Leave{10s});
  session.answer(VipLost{.group = 2, .reason = "no such device"});
  session.answer(RoutesState{.group = 1, .fault = "no route"});
  CHECK(session.heard.leaves.empty());
  session.loop->run_once();
  CHECK(session.heard.leaves == std::vector<base::Duration>{10s});
  CHECK(session.heard.lost == std::vector<std::string>{"2: no such device"});
  CHECK(session.heard.routes == std::vector<std::string>{"1: no route"});
}

TEST_CASE("the guardian's end is heard once") {
  Session session;
  REQUIRE(session.client.start().has_value());
  session.guardian.close();
  session.client.hold(0);  // fails, and is reported outside of this call
  CHECK(session.heard.gone == 0);
  for (int turn = 0; turn < 3; ++turn) session.loop->run_once();
  CHECK(session.heard.gone == 1);
}

TEST_CASE("a guardian that does not read counts as gone") {
  Session session;
  REQUIRE(session.client.start().has_value());
  for (int order = 0; order < 100'000 && session.heard.gone == 0; ++order) {
    session.client.hold(0);
    if (order % 1000 == 0) session.loop->run_once();
  }
  CHECK(session.heard.gone == 1);
}

struct LoopEnd {
  event::EventLoop& loop;
  void reach() noexcept { loop.stop(); }
};

struct HeardReloads final : ReloadEvents {
  void on_reload_bind(std::size_t bind, net::UniqueFd socket) noexcept override {
    heard.push_back("bind " + std::to_string(bind) + (socket ? "" : ", none"));
  }
  void on_reload_receiver(std::size_t interface, base::Family family,
                          net::UniqueFd socket) noexcept override {
    heard.push_back("receiver " + std::to_string(interface) +
                    (family == base::Family::kIpv6 ? " of IPv6" : "") + (socket ? "" : ", none"));
  }
  void on_reload_channel(ReloadChannelTo to, net::UniqueFd channel) noexcept override {
    heard.push_back("channel " + std::to_string(static_cast<int>(to)) + (channel ? "" : ", none"));
  }
  void on_reload_model(std::string_view who, bool scripts, std::string envelope) noexcept override {
    heard.push_back("model " + envelope + " by " + std::string(who) + (scripts ? ", scripts" : ""));
  }
  void on_reload_failed(const ReloadFailed& failed) noexcept override {
    heard.push_back("failed: " + failed.reason);
  }
  void on_check_model(std::string_view who, std::string envelope) noexcept override {
    heard.push_back("check " + envelope + " by " + std::string(who));
  }
  std::vector<std::string> heard;
};

TEST_CASE("a reload's parts come before its model, and what was said before it counts no more") {
  Session session;
  HeardReloads reloads;
  session.client.tell(reloads);
  REQUIRE(session.client.start().has_value());
  const auto run = [&] {
    LoopEnd end{*session.loop};
    event::Timer stop(*session.loop, event::Priority::kTraffic,
                      event::Callback<>::to<&LoopEnd::reach>(&end));
    stop.arm_after(5ms);
    session.loop->run();
  };
  session.client.ask_for_reload("uid 0 (pid 7)");
  CHECK(session.asked() == Request(AskReload{"uid 0 (pid 7)"}));
  const int memory = ::memfd_create("model", MFD_CLOEXEC);
  REQUIRE(::write(memory, "next", 4) == 4);
  session.answer(ReloadBind{4}, {STDERR_FILENO});
  session.answer(ReloadReceive{.interface = 1, .ipv6 = true}, {STDERR_FILENO});
  session.answer(ReloadChannel{ReloadChannelTo::kTlsFiles}, {STDERR_FILENO});
  session.answer(ReloadModel{.who = "SIGHUP", .scripts = true}, {memory});
  session.answer(ReloadFailed{.who = "SIGHUP", .reason = "no", .at = {}});
  session.answer(ReloadModel{.who = "uid 0 (pid 8)", .check = true}, {memory});
  run();
  CHECK(reloads.heard == std::vector<std::string>{"bind 4", "receiver 1 of IPv6", "channel 1",
                                                  "model next by SIGHUP, scripts", "failed: no",
                                                  "check next by uid 0 (pid 8)"});
  session.client.ask_for_check("uid 0 (pid 8)");
  CHECK(session.asked() == Request(AskReload{"uid 0 (pid 8)", true}));
  session.client.refuse_reload("a fault");
  CHECK(session.asked() == Request(RefuseReload{"a fault"}));
  session.client.commit_reload();
  CHECK(session.asked() == Request(CommitReload{}));
  session.answer(LinkState{.interface = 0, .carrier = false, .addressed = true});
  session.answer(VipLost{.group = 0, .reason = "by the old place"});
  session.answer(ReloadDone{});
  session.answer(LinkState{.interface = 2, .carrier = true, .addressed = true});
  run();
  CHECK(session.heard.lost.empty());
  CHECK(session.heard.links == std::vector<std::string>{"2 up"});
  ::close(memory);
}

}  // namespace
}  // namespace hapair::guardian
