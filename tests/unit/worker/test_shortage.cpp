// What the worker runs short of: its share of descriptors, its memory, and what it says of that.
#include "apps/hapair/worker/shortage.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "apps/hapair/worker/memory_reserve.hpp"
#include "tests/unit/memory_sink.hpp"

namespace hapair::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

config::Model one_node() {
  config::Model model;
  model.cluster.nodes.emplace_back();
  model.cluster.nodes.back().name = "lb1";
  return model;
}

MemoryGauge own_gauge() {
  return MemoryGauge(net::UniqueFd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)));
}

struct Scene {
  explicit Scene(std::uint64_t memory_limit) {
    shortage =
        std::make_unique<Shortage>(*loop, model, engine, own_gauge(), memory_limit, log, journal);
  }
  [[nodiscard]] Shortage::View of(std::size_t index) const { return shortage->views().at(index); }
  [[nodiscard]] bool noted(std::string_view id) const {
    for (const auto& event : journal.events()) {
      if (event.id == id) return true;
    }
    return false;
  }

  std::unique_ptr<event::EventLoop> loop = event::EventLoop::create().value();
  base::Logger log;
  base::Journal journal;
  config::Model model = one_node();
  lb::Engine engine{*loop, log, {}};
  std::unique_ptr<Shortage> shortage;
};

TEST_CASE("all that is not traffic has its share of the descriptors") {
  config::Model model = one_node();
  const std::size_t least = reserved_descriptors(model);
  CHECK(least >= 64);
  model.vips.resize(2);
  model.targets.resize(3);
  model.frontends.resize(1);
  model.frontends[0].binds.resize(2);
  model.backends.resize(1);
  model.backends[0].servers.resize(5);
  CHECK(reserved_descriptors(model) == least + 8 + 3 + 2 + 5);
  CHECK(traffic_descriptors(1000, 100) == 900);
  CHECK(traffic_descriptors(200, 100) == 100);
  CHECK(traffic_descriptors(64, 100) == 32);
}

TEST_CASE("the file's ceiling goes before the control group's, of which others have a quarter") {
  CHECK(memory_ceiling({}, std::nullopt) == 0);
  CHECK(memory_ceiling({}, 4000) == 3000);
  config::Process process;
  process.max_memory = 500;
  CHECK(memory_ceiling(process, 4000) == 500);
}

TEST_CASE("memory is read from the kernel; where that is not possible nobody sheds for it") {
  CHECK(own_gauge().resident().value_or(0) > 1024 * 1024);
  CHECK_FALSE(MemoryGauge(net::UniqueFd()).resident());
  CHECK_FALSE(MemoryGauge(net::UniqueFd(::open("/dev/null", O_RDONLY))).resident());
}

TEST_CASE("a worker with enough of everything is short of nothing") {
  Scene s(1ULL << 40);
  s.shortage->start();
  CHECK(s.of(0).resource == "descriptors");
  CHECK(s.of(0).stage == lb::Shed::kNothing);
  CHECK(s.of(0).limit > 0);
  CHECK(s.of(1).resource == "memory");
  CHECK(s.of(1).stage == lb::Shed::kNothing);
  CHECK(s.of(1).used > 0);
  CHECK_FALSE(s.of(1).since);
  CHECK(s.journal.events().empty());
}

TEST_CASE("a worker at its ceiling of memory sheds, and names the limit and the remedy") {
  Scene s(1024);
  s.shortage->start();
  CHECK(s.of(1).stage == lb::Shed::kCaches);
  CHECK(s.of(1).since);
  CHECK(s.of(1).remedy.find("process.max_memory") != std::string::npos);
  CHECK(s.noted("memory-short"));
  CHECK_FALSE(s.noted("descriptors-short"));
}

TEST_CASE("a lower limit of descriptors is seen while the worker runs, and its end is told") {
  Scene s(0);
  s.shortage->start();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 3;  // a client may not even have the one that half of it would be
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  const auto until = [&](auto condition) {
    const base::Instant give_up = s.loop->now() + seconds(5);
    while (!condition() && s.loop->now() < give_up) s.loop->run_once();
    return condition();
  };
  CHECK(until([&] { return s.of(0).stage != lb::Shed::kNothing; }));
  CHECK(s.noted("descriptors-short"));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(until([&] { return s.of(0).stage == lb::Shed::kNothing; }));
  CHECK(s.noted("descriptors-back"));
}

TEST_CASE(
    "where there is no memory the reserve goes first, then the process, without an exception") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    memory_reserve::install();
    if (memory_reserve::spent()) ::_exit(1);
    std::set_new_handler(std::get_new_handler());
    std::get_new_handler()();
    if (!memory_reserve::spent() || !memory_reserve::renew() || memory_reserve::spent()) {
      ::_exit(2);
    }
    std::get_new_handler()();
    std::get_new_handler()();
    ::_exit(3);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == memory_reserve::kExitCode);
}

}  // namespace
}  // namespace hapair::worker
