// Log targets: how lines look, and what becomes of them where a target is slow, full or gone.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/logging/datagram_output.hpp"
#include "apps/hapair/logging/file_output.hpp"
#include "apps/hapair/logging/record_text.hpp"
#include "apps/hapair/logging/stream_output.hpp"
#include "apps/hapair/logging/target_sink.hpp"
#include "common/event/clock.hpp"
#include "common/net/socket.hpp"

using namespace hapair;
using logging::LineForm;

namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};  // 2023-11-14 22:13:20 UTC

std::string line_in(LineForm form, const logging::LogLine& line) {
  logging::LineWriter writer(form, {.facility = 19, .host = "lb1", .tag = "web"});
  std::string out;
  writer.append(out, line, kNow);
  return out;
}

std::string received(int fd) {
  std::array<char, 4096> buffer{};
  const ssize_t got = recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
}

/// A syslog daemon for one test: a UDP socket on loopback.
struct UdpDaemon {
  explicit UdpDaemon(base::Endpoint at = {base::IpAddress::v4(0x7f000001), 0}) {
    fd.reset(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    const auto address = net::SocketAddress::from(at);
    REQUIRE(bind(fd.get(), address.get(), address.length) == 0);
    here = net::local_endpoint(fd.get()).value();
  }
  net::UniqueFd fd;
  base::Endpoint here;
};

/// The same on a Unix socket.
struct UnixDaemon {
  UnixDaemon() {
    std::string pattern = std::filesystem::temp_directory_path() / "hapair-log-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
    path = pattern + "/log";
    listen();
  }
  ~UnixDaemon() { std::filesystem::remove_all(folder); }
  void listen() {
    unlink(path.c_str());
    fd.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  std::filesystem::path folder;
  std::string path;
  net::UniqueFd fd;
};

/// Takes as many lines as the test allows.
struct PlayedOutput final : logging::LineOutput {
  Sent send(logging::LineQueue& queue) override {
    Sent sent;
    ++calls;
    while (!queue.empty() && room > 0) {
      (until == nullptr ? lines : *until).emplace_back(queue.line(0));
      sent.lines += queue.pop_bytes(queue.line(0).size());
      --room;
    }
    if (!queue.empty()) sent.error = error;
    return sent;
  }
  std::vector<std::string> lines;
  std::vector<std::string>* until = nullptr;  ///< where lines go that come once this is gone
  std::size_t room = SIZE_MAX;
  int error = EAGAIN;
  int calls = 0;
};

struct Scene {
  explicit Scene(std::size_t max_waiting = 1024, const logging::RecordLimiter::Settings& limit = {})
      : loop(event::EventLoop::create().value()),
        sink(*loop, "test", logging::LineWriter(LineForm::kPlain), make(), max_waiting, limit) {}
  std::unique_ptr<logging::LineOutput> make() {
    auto made = std::make_unique<PlayedOutput>();
    output = made.get();
    return made;
  }
  template <class Condition>
  bool run_until(Condition condition) {
    const base::Instant give_up = event::now() + std::chrono::seconds(5);
    while (!condition()) {
      if (event::now() > give_up) return false;
      loop->run_once();
    }
    return true;
  }
  std::unique_ptr<event::EventLoop> loop;
  PlayedOutput* output = nullptr;
  logging::TargetSink sink;
};

}  // namespace

TEST_CASE("a record is one line: id, subject, message, nothing a terminal would obey") {
  CHECK(logging::record_text({base::LogLevel::kInfo, "vrrp-transition", "VI_1", "a\nb"}) ==
        "vrrp-transition VI_1: a\\x0ab");
  CHECK(logging::record_text({base::LogLevel::kInfo, "page-order", "a\n\x1b[2J", "no"}) ==
        "page-order a\\x0a\\x1b[2J: no");
  CHECK(logging::record_text({base::LogLevel::kInfo, "worker-start", "", "up"}) ==
        "worker-start: up");
  CHECK(logging::record_text({base::LogLevel::kInfo, "x", "", std::string(2000, 'y')}).size() <
        1000);
}

TEST_CASE("each form of a line") {
  setenv("TZ", "UTC", 1);
  tzset();
  const logging::LogLine record{
      .level = base::LogLevel::kError, .id = "vrrp-alarm", .text = "vrrp-alarm VI_1: two masters"};
  const logging::LogLine access{.id = "access", .text = "10.0.0.1:2 ...", .timed = true};
  const std::string process = "web[" + std::to_string(getpid()) + "]: ";
  // local3 (19) * 8 + error (3)
  CHECK(line_in(LineForm::kRfc3164, record) ==
        "<155>Nov 14 22:13:20 lb1 " + process + "vrrp-alarm VI_1: two masters");
  CHECK(line_in(LineForm::kRfc3164Local, access) ==
        "<158>Nov 14 22:13:20 " + process + "10.0.0.1:2 ...");
  CHECK(line_in(LineForm::kRfc5424, record) == "<155>1 2023-11-14T22:13:20.000Z lb1 web " +
                                                   std::to_string(getpid()) +
                                                   " vrrp-alarm - vrrp-alarm VI_1: two masters");
  CHECK(line_in(LineForm::kJournald, record) == "<3>vrrp-alarm VI_1: two masters\n");
  CHECK(line_in(LineForm::kPlain, record) ==
        "2023-11-14T22:13:20.000Z error vrrp-alarm VI_1: two masters\n");
  CHECK(line_in(LineForm::kPlain, access) == "10.0.0.1:2 ...\n");
}

TEST_CASE("a record as JSON holds whatever there is in it, and needs no time before it") {
  const base::LogRecord record{base::LogLevel::kWarning, "vrrp-alarm", "VI_1", "a\n\"b\\\xe9"};
  const std::string json =
      "{\"time\":\"2023-11-14T22:13:20.000Z\",\"level\":\"warning\",\"id\":\"vrrp-alarm\","
      "\"subject\":\"VI_1\",\"node\":\"lb1\",\"message\":\"a\\u000a\\\"b\\\\\\u00e9\"}";
  CHECK(logging::record_json(record, "lb1", kNow) == json);
  CHECK(logging::record_json({base::LogLevel::kInfo, "x", "", "y"}, "lb1", kNow)
            .find("\"subject\":null,") != std::string::npos);
  CHECK(logging::record_json({base::LogLevel::kInfo, "x", "", std::string(2000, 'y')}, "n", kNow)
            .size() < 1100);
  CHECK(logging::record_json({base::LogLevel::kInfo, "x", std::string(2000, 's'), "y"}, "n", kNow)
            .find("\"subject\":\"" + std::string(200, 's') + "\",") != std::string::npos);
  std::string out;
  logging::LineWriter plain(LineForm::kPlain, {.facility = 3, .host = "lb1"},
                            logging::RecordForm::kJson);
  plain.append_record(out, record, kNow);
  CHECK(out == json + "\n");
  out.clear();
  logging::LineWriter journald(LineForm::kJournald, {.facility = 3, .host = "lb1"},
                               logging::RecordForm::kJson);
  journald.append_record(out, record, kNow);
  CHECK(out == "<4>" + json + "\n");
}

TEST_CASE("RFC 3164 pads the day with a blank") {
  setenv("TZ", "UTC", 1);
  tzset();
  logging::LineWriter writer(LineForm::kRfc3164Local, {.facility = 1, .host = {}, .tag = "t"});
  std::string out;
  writer.append(out, {.text = "x"}, base::WallTime(std::chrono::seconds(1'699'142'400)));
  CHECK(out.starts_with("<14>Nov  5 00:00:00 t["));
}

TEST_CASE("access lines gather for a moment, records leave at once and take them along") {
  Scene s;
  s.sink.write_access("one", kNow);
  s.sink.write_access("two", kNow);
  CHECK(s.output->calls == 0);
  CHECK(s.run_until([&] { return s.output->calls > 0; }));
  CHECK(s.output->lines == std::vector<std::string>{"one\n", "two\n"});
  s.sink.write_access("three", kNow);
  s.sink.write({base::LogLevel::kInfo, "x", "", "four"});
  REQUIRE(s.output->lines.size() == 4);
  CHECK(s.output->lines[2] == "three\n");
  CHECK(s.output->lines[3].ends_with(" info x: four\n"));
  CHECK(s.sink.written() == 4);
}

TEST_CASE("many access lines do not wait for the moment") {
  Scene s(1 << 20);
  for (std::size_t i = 0; i < logging::TargetSink::kFullLines; ++i) s.sink.write_access("x", kNow);
  CHECK(s.output->lines.size() == logging::TargetSink::kFullLines);
  CHECK(s.output->calls == 1);
}

TEST_CASE("what a target has no room for waits; what there is no room for here is dropped") {
  Scene s(100);
  s.output->room = 1;
  for (int i = 0; i < 30; ++i) s.sink.write_access("123456789", kNow);  // 10 bytes each
  CHECK(s.sink.dropped() == 20);
  CHECK(s.run_until([&] { return s.output->calls > 0; }));
  CHECK(s.sink.fault() == "it takes lines more slowly than they come");
  CHECK(s.sink.written() == 1);
  s.sink.write({base::LogLevel::kInfo, "x", "", "a blocked target is not asked for each record"});
  const int calls = s.output->calls;
  s.output->room = SIZE_MAX;
  CHECK(s.run_until([&] { return s.output->calls > calls; }));
  CHECK(s.output->lines.size() == 10);
  CHECK(s.sink.written() == 10);
  CHECK(s.sink.dropped() == 21);
  CHECK(s.sink.fault().empty());
}

TEST_CASE("a record that tells of drops is none itself") {
  Scene s(10);
  s.output->room = 0;
  s.sink.write({base::LogLevel::kWarning, logging::TargetSink::kDropRecord, "x", "5 lines"});
  CHECK(s.sink.dropped() == 0);
  s.sink.write({base::LogLevel::kWarning, "other", "x", "5 lines"});
  CHECK(s.sink.dropped() == 1);
}

TEST_CASE("records that repeat are held back, and told of when the interval ends") {
  Scene s(1 << 16, {.burst = 2, .interval = std::chrono::milliseconds(30)});
  for (int i = 0; i < 5; ++i) s.sink.write({base::LogLevel::kWarning, "x", "VI_1", "again"});
  s.sink.write({base::LogLevel::kError, "x", "VI_1", "must be seen"});
  CHECK(s.output->lines.size() == 3);
  CHECK(s.sink.held_back() == 3);
  CHECK(s.run_until([&] { return s.output->lines.size() == 4; }));
  CHECK(s.output->lines.back().ends_with(
      " warning log-held-back VI_1: held back 3 of 5 records x within 30ms\n"));
  s.sink.write({base::LogLevel::kWarning, "x", "VI_1", "anew"});
  CHECK(s.output->lines.back().ends_with(" warning x VI_1: anew\n"));
}

TEST_CASE("of two that are held back the one is told of first whose interval ends first") {
  constexpr auto kInterval = std::chrono::milliseconds(600);
  Scene s(1 << 16, {.burst = 2, .interval = kInterval});
  const auto say = [&s](std::string_view id) {
    s.sink.write({base::LogLevel::kWarning, id, "VI_1", "again"});
  };
  say("first");
  const base::Instant halfway = event::now() + kInterval / 2;
  REQUIRE(s.run_until([&] { return event::now() >= halfway; }));
  for (int i = 0; i < 3; ++i) say("second");
  for (int i = 0; i < 2; ++i) say("first");
  REQUIRE(s.output->lines.size() == 4);
  CHECK(s.run_until([&] { return s.output->lines.size() > 4; }));
  CHECK(s.output->lines.back().ends_with("held back 1 of 3 records first within 600ms\n"));
}

TEST_CASE("what was held back is told of when a target goes before the interval ends") {
  auto s = std::make_unique<Scene>(1 << 16, logging::RecordLimiter::Settings{.burst = 1});
  for (int i = 0; i < 3; ++i) s->sink.write({base::LogLevel::kInfo, "x", "", "again"});
  std::vector<std::string> lines;
  s->output->until = &lines;
  s.reset();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].ends_with(" info log-held-back: held back 2 of 3 records x within 5s\n"));
}

TEST_CASE("the queue keeps whole lines over any order of taking and sending") {
  logging::LineQueue queue(64);
  std::string sent;
  std::string wanted;
  for (std::size_t i = 0; i < 500; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    queue.tail() += line;
    if (queue.end_line()) wanted += line;
    if (i % 3 == 0) continue;
    const std::size_t part = std::min<std::size_t>(queue.bytes().size(), 1 + (i * 7) % 20);
    sent += queue.bytes().substr(0, part);
    (void)queue.pop_bytes(part);
  }
  sent += queue.bytes();
  CHECK(sent == wanted);
  CHECK(queue.lines_within(1).size() >= 1);
}

TEST_CASE("UDP: one datagram a line, many with one call; a daemon that comes back gets the next") {
  auto daemon = std::make_unique<UdpDaemon>();
  logging::DatagramOutput output(daemon->here);
  logging::LineQueue queue(1 << 16);
  for (int i = 0; i < 40; ++i) {
    queue.tail() += "line " + std::to_string(i);
    REQUIRE(queue.end_line());
  }
  CHECK(output.send(queue).lines == 40);
  for (int i = 0; i < 40; ++i) CHECK(received(daemon->fd.get()) == "line " + std::to_string(i));
  const base::Endpoint here = daemon->here;
  daemon.reset();
  queue.tail() += "lost";
  REQUIRE(queue.end_line());
  (void)output.send(queue);
  daemon = std::make_unique<UdpDaemon>(here);
  queue.tail() += "kept";
  REQUIRE(queue.end_line());
  CHECK(output.send(queue).error == 0);
  std::string last;
  for (std::string got = received(daemon->fd.get()); got != "nothing";
       got = received(daemon->fd.get())) {
    last = got;
  }
  CHECK(last == "kept");
}

TEST_CASE("a Unix socket: lines wait for a daemon that is not there, or that does not read") {
  UnixDaemon daemon;
  logging::DatagramOutput output(daemon.path);
  logging::LineQueue queue(1 << 20);
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i) {
      queue.tail() += "line";
      REQUIRE(queue.end_line());
    }
  };
  add(1);
  CHECK(output.send(queue).lines == 1);
  CHECK(received(daemon.fd.get()) == "line");
  add(5000);
  CHECK(output.send(queue).error == EAGAIN);
  CHECK(queue.lines() > 0);
  const std::size_t left = queue.lines();
  while (received(daemon.fd.get()) != "nothing") {
  }
  CHECK(output.send(queue).lines > 0);
  CHECK(queue.lines() < left);
  daemon.fd.reset();
  CHECK(output.send(queue).error == ECONNREFUSED);
  const std::size_t waiting = queue.lines();
  daemon.listen();
  CHECK(output.send(queue).lines > 0);
  CHECK(queue.lines() < waiting);
}

TEST_CASE("a line that no datagram holds is dropped, the next one goes") {
  UdpDaemon daemon;
  logging::DatagramOutput output(daemon.here);
  logging::LineQueue queue(1 << 20);
  queue.tail() += std::string(70'000, 'x');
  REQUIRE(queue.end_line());
  queue.tail() += "small";
  REQUIRE(queue.end_line());
  const auto sent = output.send(queue);
  CHECK(sent.lost == 1);
  CHECK(sent.lines == 1);
  CHECK(received(daemon.fd.get()) == "small");
}

TEST_CASE("a pipe and a socket that nobody reads take what they have room for, and never block") {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  int socket_ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, socket_ends) == 0);
  for (const auto& [reader, writer] :
       {std::pair(pipe_ends[0], pipe_ends[1]), std::pair(socket_ends[0], socket_ends[1])}) {
    const net::UniqueFd read_end(reader);
    net::UniqueFd write_end(writer);
    logging::StreamOutput output(write_end.get());
    logging::LineQueue queue(4 << 20);
    std::string all;
    for (int i = 0; i < 20'000; ++i) {
      const std::string line = "a line of some length, number " + std::to_string(i) + "\n";
      all += line;
      queue.tail() += line;
      REQUIRE(queue.end_line());
    }
    CHECK(output.send(queue).error == EAGAIN);
    std::string got;
    std::array<char, 65536> buffer{};
    while (got.size() < all.size()) {
      const ssize_t bytes = read(read_end.get(), buffer.data(), buffer.size());
      REQUIRE(bytes > 0);
      got.append(buffer.data(), static_cast<std::size_t>(bytes));
      (void)output.send(queue);
    }
    CHECK(got == all);
    CHECK(queue.empty());
  }
}

TEST_CASE("files: numbered packets of whole lines, and word of those that were lost") {
  Scene s;
  auto ends = net::SeqpacketChannel::pair().value();
  net::UniqueFd ours(dup(ends.first.fd()));
  logging::FileChannel channel(*s.loop, std::move(ours));
  REQUIRE(channel.start());
  channel.tell(3, s.sink);
  logging::FileOutput output(channel, 3);
  logging::LineQueue queue(1 << 20);
  queue.tail() += "one\n";
  REQUIRE(queue.end_line());
  queue.tail() += "two\n";
  REQUIRE(queue.end_line());
  CHECK(output.send(queue).lines == 2);
  net::Packet packet;
  REQUIRE(ends.second.receive(packet) == net::SeqpacketChannel::Received::kPacket);
  CHECK(base::as_text(packet.bytes) == std::string_view("\0\3one\ntwo\n", 10));
  base::ByteWriter report;
  report.u16(3).u32(2).u32(ENOSPC);
  REQUIRE(ends.second.send(report.view()));
  CHECK(s.run_until([&] { return s.sink.dropped() == 2; }));
  CHECK(s.sink.fault() == "No space left on device");
  ends.second.close();
  queue.tail() += "three\n";
  REQUIRE(queue.end_line());
  CHECK(output.send(queue).error != 0);
  CHECK(queue.lines() == 1);
}
