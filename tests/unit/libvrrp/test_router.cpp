// The drivers on a real loop: a Unix datagram pair stands in for the raw socket, a recorder for the
// privileged side. Intervals are 10 ms; only order and generous bounds are asserted.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "libvrrp/io/router.hpp"
#include "tests/unit/libvrrp/wire.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using test::ip;

constexpr std::size_t kGroup = 3;

/// Everything that leaves the router, in order.
class Recorder final : public VipPort, public RouterListener, public base::LogSink {
 public:
  void advertise(std::size_t group, std::uint8_t priority, base::Duration interval) override {
    note(group, base::concat("advertise ", priority, " ", base::format_duration(interval)));
  }
  void stop_advertising(std::size_t group, bool resign) override {
    note(group, resign ? "resign" : "stop");
  }
  void hold(std::size_t group) override { note(group, "hold"); }
  void release(std::size_t group) override { note(group, "release"); }
  void announce(std::size_t group) override { note(group, "announce"); }
  void use_checksum(std::size_t group, std::size_t peer, ChecksumForm form) override {
    CHECK(group == kGroup);
    checksums.push_back({peer, form});
    calls_before_checksum = calls.size();
  }
  SendingSpan sending(std::size_t /*group*/) const override { return sent; }
  void on_claim(std::size_t group) noexcept override { note(group, "claim"); }
  void on_holding(std::size_t group) noexcept override { note(group, "holding"); }
  void on_role(std::size_t group, State state, std::string_view /*reason*/) noexcept override {
    note(group, base::concat("role ", to_string(state)));
  }
  void write(const base::LogRecord& record) noexcept override {
    records.push_back(base::concat(record.id, " ", record.subject, ": ", record.message));
  }

  std::vector<std::string> take() { return std::exchange(calls, {}); }

  SendingSpan sent;
  std::vector<std::string> calls;
  std::vector<ChecksumOrder> checksums;
  std::size_t calls_before_checksum = 0;
  std::vector<std::string> records;

 private:
  void note(std::size_t group, std::string call) {
    CHECK(group == kGroup);
    calls.push_back(std::move(call));
  }
};

GroupSettings group_settings() {
  GroupSettings settings;
  settings.name = "VI_1";
  settings.vrid = 51;
  settings.advert_interval = 10ms;
  settings.addresses = {ip("10.0.0.100")};
  settings.own_address = ip("10.0.0.1");
  settings.announce = {.repeat = 2, .delay = 0s, .refresh = 0s};
  return settings;
}

/// What the wire and the receiver hold of a connection.
using Ends = std::pair<net::UniqueFd, net::UniqueFd>;

Ends unix_ends() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {net::UniqueFd(ends[0]), net::UniqueFd(ends[1])};
}

/// Over the loopback: holds hundreds of packets, where a Unix pair may hold ten.
Ends udp_ends() {
  Ends ends{net::UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
            net::UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0))};
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof local;
  auto* address = reinterpret_cast<sockaddr*>(&local);
  REQUIRE(::bind(ends.second.get(), address, length) == 0);
  REQUIRE(::getsockname(ends.second.get(), address, &length) == 0);
  REQUIRE(::connect(ends.first.get(), address, length) == 0);
  return ends;
}

class Bench {
 public:
  explicit Bench(const GroupSettings& group = group_settings(), Ends ends = unix_ends())
      : settings(group), wire(std::move(ends.first)) {
    const int on = 1;
    REQUIRE(::setsockopt(ends.second.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0);
    receiver = std::make_unique<AdvertReceiver>(*loop, std::move(ends.second), base::Family::kIpv4);
    logger.add_sink(recorder, base::LogLevel::kInfo);
    router = std::make_unique<Router>(*loop, kGroup, settings,
                                      Fitness{Verdict::kServes, settings.priority, ""}, *receiver,
                                      recorder, recorder, logger, journal);
  }

  void start() {
    REQUIRE(receiver->start());
    router->start();
  }

  void send_raw(const std::vector<std::uint8_t>& packet) {
    REQUIRE(::send(wire.get(), packet.data(), packet.size(), 0) ==
            static_cast<ssize_t>(packet.size()));
  }

  void send(std::uint8_t priority, std::uint8_t vrid = 51,
            ChecksumForm form = ChecksumForm::kPseudoHeader) {
    const Advert advert{.version = Version::kV3,
                        .vrid = vrid,
                        .priority = priority,
                        .interval = 10ms,
                        .addresses = {ip("10.0.0.100")}};
    const base::IpAddress source = ip("10.0.0.2");
    const auto payload = encode_advert(advert, source, ip("224.0.0.18"), form);
    base::ByteWriter packet;
    packet.u16(0x45c0).u16(static_cast<std::uint16_t>(20 + payload.size())).u16(1).u16(0);
    packet.u8(255).u8(kIpProtocol).u16(0).bytes(source.bytes()).bytes(ip("224.0.0.18").bytes());
    send_raw(packet.bytes(payload).take());
  }

  void run_for(base::Duration time) {
    event::Timer stop(*loop, event::Priority::kVrrp,
                      event::Callback<>::to<&Bench::stop_loop>(this));
    stop.arm_after(time);
    loop->run();
  }

  void run_until_master() {
    for (int i = 0; i < 500 && router->election().state() != State::kMaster; ++i) run_for(10ms);
    REQUIRE(router->election().state() == State::kMaster);
  }

  /// Starts with a deadline that has passed before the loop has run once.
  void oversleep(base::Duration past_deadline) {
    const base::Instant until =
        loop->now() + router->election().master_down_interval() + past_deadline;
    while (loop->now() < until) {
    }
  }

  GroupSettings settings;
  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  Recorder recorder;
  base::Logger logger;
  net::UniqueFd wire;
  std::unique_ptr<AdvertReceiver> receiver;
  base::Journal journal;
  std::unique_ptr<Router> router;

 private:
  void stop_loop() noexcept { loop->stop(); }
};

TEST_CASE("a lone router becomes master: advertise, tell who serves, hold, announce, then tell") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  CHECK(bench.recorder.calls == std::vector<std::string>{"role backup", "advertise 100 10ms",
                                                         "holding", "hold", "announce", "announce",
                                                         "role master"});
  CHECK(bench.router->times_master() == 1);
  REQUIRE(bench.router->history().size() == 2);
  CHECK(bench.router->history().back().to == State::kMaster);
  CHECK(bench.router->history().back().reason.starts_with("no master heard for "));
  CHECK(bench.router->history().back().at > bench.router->history().front().at);
  CHECK(bench.router->lateness().count() >= 1);
  CHECK(bench.recorder.records.front() == "vrrp-transition VI_1: initialize -> backup: started");
}

TEST_CASE("a better master takes over: adverts end, the listener is told, then the release") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  bench.send(200);
  bench.loop->run_once();
  CHECK(bench.recorder.take() ==
        std::vector<std::string>{"advertise 100 10ms", "stop", "role backup", "release"});
  REQUIRE(bench.router->peers().peers().size() == 1);
  CHECK(bench.router->peers().peers()[0].priority == 200);
  CHECK(bench.receiver->wait().count() == 1);
}

TEST_CASE("changes of state are counted by kind, adverts by what they are, silence where one was") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  const RouterFigures& figures = bench.router->figures();
  const auto of = [&](State from, State to) {
    return figures.transitions[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  };
  CHECK(of(State::kInitialize, State::kBackup) == 1);
  CHECK(of(State::kBackup, State::kMaster) == 1);
  CHECK(figures.silence.count == 0);  // nobody was heard before
  bench.send(200);
  bench.loop->run_once();
  CHECK(of(State::kMaster, State::kBackup) == 1);
  CHECK(figures.adverts == 1);
  bench.send(0);
  bench.run_until_master();
  CHECK(figures.adverts == 2);
  CHECK(figures.farewells == 1);
  CHECK(of(State::kBackup, State::kMaster) == 2);
  CHECK(figures.silence.count == 1);
  CHECK(figures.silence.max > 0ms);
  CHECK(figures.silence.max == figures.silence.sum);
}

TEST_CASE("a router that was silent before this spell as backup is not the one taken over from") {
  Bench bench;
  bench.start();
  bench.send(200);
  bench.loop->run_once();
  CHECK(bench.router->figures().adverts == 1);
  bench.router->set_fitness({Verdict::kUnfit, 100, "link down"});
  CHECK(bench.router->election().state() == State::kFault);
  bench.run_for(30ms);
  bench.router->set_fitness({Verdict::kServes, 100, ""});
  bench.run_until_master();
  CHECK(bench.router->figures().silence.count == 0);
}

TEST_CASE("a router that goes on in the place of another has its figures") {
  Bench before;
  before.start();
  before.send(200);
  before.send(0);
  before.run_until_master();
  REQUIRE(before.router->figures().adverts == 2);
  Bench after;
  after.router->resume(before.router->memory());
  CHECK(after.router->figures() == before.router->figures());
  CHECK(after.router->times_master() == 1);
}

TEST_CASE("what a router can't go on with is counted beside the figures it was given") {
  Bench before;
  before.start();
  before.send(200);
  before.send(0);
  before.run_until_master();
  auto expected = before.router->figures();
  ++expected.transitions.at(static_cast<std::size_t>(State::kMaster))
        .at(static_cast<std::size_t>(State::kFault));
  Bench after;
  after.router->set_fitness({Verdict::kUnfit, 100, "no carrier"});
  after.router->resume(before.router->memory());
  CHECK(after.router->election().state() == State::kFault);
  CHECK(after.router->figures() == expected);
}

TEST_CASE("leaving on purpose: priority 0, the listener is told, then the release; and silence") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  bench.router->resign("asked to stop");
  CHECK(bench.recorder.take() == std::vector<std::string>{"resign", "role initialize", "release"});
  bench.send(50);
  bench.run_for(60ms);
  CHECK(bench.recorder.take().empty());
}

TEST_CASE("before silence is believed, the socket is drained") {
  Bench bench;
  // The loop does not watch the socket here, so nothing but the drain can find the advert.
  bench.router->start();
  bench.oversleep(1ms);
  bench.send(200);
  bench.loop->run_once();
  CHECK(bench.router->election().state() == State::kBackup);
  CHECK(bench.router->election().master_interval() == 10ms);
  CHECK(bench.router->checks().accepted() == 1);
}

TEST_CASE("a router that slept through its deadline listens again, and says so") {
  Bench bench;
  bench.start();
  bench.oversleep(30ms);
  bench.loop->run_once();
  CHECK(bench.router->election().state() == State::kBackup);
  CHECK(bench.router->alarms(AlarmKind::kPaused) == 1);
  CHECK(bench.recorder.records.back().starts_with("vrrp-paused VI_1: "));
  bench.run_until_master();
}

TEST_CASE("bad packets change nothing but counters, and one record tells of them") {
  Bench bench;
  bench.start();
  const auto calls = bench.recorder.calls;
  bench.send_raw({0x45, 0x00});
  bench.send(200, 52);
  std::vector<std::uint8_t> short_advert =
      test::from_hex("45c0001a00010000ff7000000a000002e0000012313364010001");
  bench.send_raw(short_advert);
  bench.send_raw(short_advert);
  bench.loop->run_once();
  CHECK(bench.receiver->dropped().of(DropReason::kIpHeader) == 1);
  CHECK(bench.receiver->dropped().of(DropReason::kUnknownVrid) == 1);
  CHECK(bench.router->checks().dropped().of(DropReason::kTooShort) == 2);
  CHECK(bench.recorder.calls == calls);
  CHECK(bench.router->peers().peers().empty());
  REQUIRE(bench.recorder.records.size() == 2);
  CHECK(bench.recorder.records.back() ==
        "vrrp-advert-dropped VI_1: dropped an advert from 10.0.0.2: it is too short for an advert");
}

TEST_CASE("adverts carry the checksum form that is heard, and that is ordered before the answer") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  bench.send(50, 51, ChecksumForm::kPlain);
  bench.send(50, 51, ChecksumForm::kPlain);
  bench.loop->run_once();
  CHECK(bench.recorder.checksums ==
        std::vector<ChecksumOrder>{{.peer = 0, .form = ChecksumForm::kPlain}});
  CHECK(bench.recorder.calls_before_checksum == 0);
  CHECK_FALSE(bench.recorder.calls.empty());
}

TEST_CASE("a full socket of junk is read to its end before silence is believed") {
  Bench bench(group_settings(), udp_ends());
  bench.router->start();
  bench.oversleep(1ms);
  constexpr int kJunk = 3 * AdvertReceiver::kBatch;
  for (int i = 0; i < kJunk; ++i) bench.send(200, 52);
  bench.send(200);
  bench.loop->run_once();
  CHECK(bench.receiver->dropped().of(DropReason::kUnknownVrid) == kJunk);
  CHECK(bench.router->checks().accepted() == 1);
  CHECK(bench.router->election().state() == State::kBackup);
}

TEST_CASE("a node whose adverts are refused, and a stranger with our VRID, are alarms") {
  GroupSettings settings = group_settings();
  settings.nodes = {{"lb2", ip("10.0.0.2")}};
  settings.knows_all_nodes = true;
  settings.signatures = SignatureMode::kEnforce;
  Bench bench(settings);
  bench.start();
  bench.send(200);
  bench.loop->run_once();
  CHECK(bench.router->alarms(AlarmKind::kNodeRefused) == 1);
  CHECK(bench.recorder.records.back().starts_with(
      "vrrp-node-refused VI_1: an advert of lb2 (10.0.0.2) is dropped: it is not signed"));
  CHECK(bench.router->checks().dropped().of(DropReason::kUnsigned) == 1);
  settings.nodes = {{"lb2", ip("10.0.0.3")}};
  settings.signatures = SignatureMode::kOff;
  Bench other(settings);
  other.start();
  other.send(200, 52);
  other.send(200);
  other.loop->run_once();
  CHECK(other.router->alarms(AlarmKind::kStranger) == 1);
  CHECK(other.recorder.records.back().starts_with("vrrp-stranger VI_1: 10.0.0.2 advertises with"));
  CHECK(other.recorder.records.back().find("such as 53,") != std::string::npos);
  // Heeded all the same: to reject it would make two masters.
  CHECK(other.router->peers().peers().size() == 1);
}

TEST_CASE("a foreign VRID is told once, and junk has none") {
  class Listener final : public ForeignVridListener {
   public:
    void on_foreign_vrid(std::uint8_t vrid, const base::IpAddress& from) noexcept override {
      heard.push_back(base::concat(vrid, " ", from.to_string()));
    }
    std::vector<std::string> heard;
  };
  Bench bench;
  Listener listener;
  bench.receiver->tell(listener);
  bench.receiver->reserve(60);
  bench.start();
  bench.send(100, 52);
  bench.send(100, 52);
  bench.send(100, 60);
  bench.send_raw(test::from_hex("45c0001a00010000ff7000000a000002e0000012313564010001"));
  bench.loop->run_once();
  CHECK(listener.heard == std::vector<std::string>{"52 10.0.0.2"});
  CHECK(bench.receiver->dropped().of(DropReason::kUnknownVrid) == 4);
  CHECK(bench.receiver->vrids().free_above(51) == 53);
}

TEST_CASE("another master is answered; its alarm is counted each time and logged once") {
  GroupSettings settings = group_settings();
  settings.advert_interval = 100ms;  // both adverts must fall into one
  Bench bench(settings);
  bench.start();
  bench.run_until_master();
  bench.run_for(settings.advert_interval);
  bench.recorder.take();
  bench.send(50);
  bench.send(50);
  bench.loop->run_once();
  CHECK(bench.router->alarms(AlarmKind::kAnotherMaster) == 2);
  CHECK(bench.recorder.take() == std::vector<std::string>{"advertise 100 100ms"});
  int logged = 0;
  for (const std::string& record : bench.recorder.records) {
    if (record.starts_with("vrrp-another-master")) ++logged;
  }
  CHECK(logged == 1);
}

TEST_CASE("the second burst and the refresh of announcements follow by themselves") {
  GroupSettings settings = group_settings();
  settings.announce = {.repeat = 2, .delay = 10ms, .refresh = 20ms};
  Bench bench(settings);
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  for (int i = 0; i < 500 && bench.recorder.calls.size() < 4; ++i) bench.run_for(10ms);
  REQUIRE(bench.recorder.calls.size() >= 4);
  for (const std::string& call : bench.recorder.calls) CHECK(call == "announce");
  bench.router->resign("asked to stop");
  bench.recorder.take();
  bench.run_for(50ms);
  CHECK(bench.recorder.take().empty());
}

TEST_CASE("tracking changes the priority on the wire, and a fault takes the node out") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  bench.router->set_fitness({Verdict::kServes, 80, "backend web: down (priority -20)"});
  CHECK(bench.recorder.take() == std::vector<std::string>{"advertise 80 10ms"});
  CHECK(bench.recorder.records.back() ==
        "vrrp-priority VI_1: priority 100 -> 80: backend web: down (priority -20)");
  bench.router->set_fitness({Verdict::kUnfit, 80, "backend web: down"});
  CHECK(bench.recorder.take() == std::vector<std::string>{"resign", "role fault", "release"});
  bench.router->set_fitness({Verdict::kServes, 100, ""});
  CHECK(bench.recorder.take() == std::vector<std::string>{"role backup"});
  CHECK(bench.recorder.records.back() == "vrrp-priority VI_1: priority 80 -> 100");
}

TEST_CASE("only the last role changes are kept") {
  Bench bench;
  for (int i = 0; i < 10; ++i) {
    bench.router->start();
    bench.router->resign("again");
  }
  CHECK(bench.router->history().size() == Router::kHistory);
  CHECK(bench.router->history().back().to == State::kInitialize);
}

TEST_CASE("a router that is gone is handed nothing") {
  Bench bench;
  bench.start();
  bench.router.reset();
  bench.send(200);
  bench.run_for(50ms);
  CHECK(bench.receiver->dropped().of(DropReason::kUnknownVrid) == 1);
}

TEST_CASE("other settings leave a master what it is, and its adverts tell of them at once") {
  Bench bench;
  bench.start();
  bench.run_until_master();
  bench.recorder.take();
  bench.router->use(kGroup, bench.settings);
  CHECK(bench.recorder.take().empty());
  GroupSettings more = bench.settings;
  more.addresses.push_back(ip("10.0.0.101"));
  bench.router->use(kGroup, more);
  CHECK(bench.recorder.take() == std::vector<std::string>{"advertise 100 10ms"});
  GroupSettings slower = more;
  slower.advert_interval = 20ms;
  bench.router->use(kGroup, slower);
  CHECK(bench.recorder.take() == std::vector<std::string>{"advertise 100 20ms"});
  bench.run_for(100ms);
  CHECK(bench.router->election().state() == State::kMaster);
  CHECK(bench.recorder.take().empty());
}

TEST_CASE("a backup under other settings goes on hearing its master") {
  Bench bench;
  bench.start();
  bench.send(200);
  bench.run_for(5ms);
  GroupSettings other = bench.settings;
  other.advert_interval = 100ms;
  other.name = "renamed";
  other.failback.kind = Failback::Kind::kNever;
  bench.recorder.take();
  bench.router->use(kGroup, other);
  CHECK(bench.router->name() == "renamed");
  CHECK(bench.router->election().master_interval() == 10ms);
  CHECK(bench.router->held_elsewhere(ip("10.0.0.100")));
  CHECK_FALSE(bench.router->held_elsewhere(ip("10.0.0.101")));
  bench.run_until_master();  // once that master has been silent for long enough
  CHECK_FALSE(bench.router->held_elsewhere(ip("10.0.0.100")));
}

TEST_CASE("who has heard nobody waits by the new interval") {
  Bench bench;
  bench.start();
  GroupSettings other = bench.settings;
  other.advert_interval = 1s;
  bench.router->use(kGroup, other);
  CHECK(bench.router->election().master_interval() == 1s);
  bench.run_for(100ms);
  CHECK(bench.router->election().state() == State::kBackup);
}

}  // namespace
}  // namespace hapair::vrrp
