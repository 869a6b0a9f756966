// Runs real processes: the system's shell stands for the operator's scripts.
#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "apps/hapair/scripts/script_runner.hpp"
#include "common/event/clock.hpp"

namespace hapair::scripts {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kNobody = 65534;

/// Changing users takes root.
bool is_root() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: only root can run scripts as other users");
  return false;
}

Script shell(const std::string& commands, base::Duration timeout = 20s) {
  return {.argv = {"/bin/sh", "-c", commands},
          .uid = kNobody,
          .gid = kNobody,
          .groups = {kNobody},
          .timeout = timeout};
}

class Bench final : ScriptListener {
 public:
  Bench() : runner(*this) {}

  /// Until nothing runs any more, or `count` runs have ended.
  void until_done(std::size_t count = SIZE_MAX) {
    const base::Instant give_up = event::now() + 30s;
    while (!runner.idle() && results.size() < count && event::now() < give_up) {
      std::vector<pollfd> fds;
      runner.add_fds(fds);
      const auto due = runner.deadline().value_or(give_up);
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - event::now());
      (void)::poll(fds.data(), fds.size(),
                   static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000)));
      runner.turn(event::now());
    }
  }
  ScriptResult run(const Script& script, std::vector<std::string> extra = {}) {
    results.clear();
    REQUIRE(runner.start({.number = 1, .script = &script, .extra = std::move(extra)}));
    until_done();
    REQUIRE(results.contains(1));
    return results[1];
  }

  ScriptRunner runner;
  std::map<std::size_t, ScriptResult> results;

 private:
  void on_script_end(std::size_t job, const ScriptResult& result) noexcept override {
    results[job] = result;
  }
};

TEST_CASE("a script ends with its exit code, and the first line it wrote") {
  if (!is_root()) return;
  Bench bench;
  const ScriptResult result =
      bench.run(shell("echo one \"$0\" \"$1\"; echo two >&2; exit 3"), {"INSTANCE", "VI 1"});
  CHECK(result.ended_by == EndedBy::kExit);
  CHECK(result.number == 3);
  CHECK(result.line == "one INSTANCE VI 1");
  CHECK_FALSE(result.timed_out);
  CHECK_FALSE(result.good());
  CHECK(result.how() == "exit code 3");
  CHECK(result.took < 20s);
  CHECK(bench.run(shell("exit 0")).good());
  CHECK(bench.run(shell("printf 'a\\033b'")).line == "a\\x1bb");
}

TEST_CASE("it runs as its user, with nothing of ours") {
  if (!is_root()) return;
  Bench bench;
  const ScriptResult result = bench.run(
      shell("echo $(id -u) $(id -g) $(id -G) $(pwd) $(umask) $(ls /proc/self/fd | wc -l) "
            "$(env | grep -vc -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=) "
            "$(grep -e CapPrm -e CapAmb -e NoNewPrivs -e SigBlk -e SigIgn /proc/self/status | "
            "tr -d '[:alpha:][:space:]')"));
  // The listing has stdio and the folder's own descriptor; of the environment PATH and LANG.
  CHECK(result.line ==
        "65534 65534 65534 / 0022 4 2 :0000000000000000:0000000000000000:0000000000000000:"
        "0000000000000000:1");
}

TEST_CASE("much output neither stops the script nor is kept") {
  if (!is_root()) return;
  Bench bench;
  const ScriptResult result = bench.run(shell("head -c 3000000 /dev/zero | tr '\\0' x; exit 0"));
  CHECK(result.good());
  CHECK(result.line == std::string(ScriptResult::kMaxLine, 'x'));
}

TEST_CASE("a script that takes too long is ended, with all that it has started") {
  if (!is_root()) return;
  Bench bench;
  const Script script = shell("trap '' TERM; sleep 60 & echo $!; sleep 61", 300ms);
  const base::Instant began = event::now();
  const ScriptResult result = bench.run(script);
  CHECK(event::now() - began >= 300ms + KillLadder::kGrace);
  CHECK(result.ended_by == EndedBy::kSignal);
  CHECK(result.number == SIGKILL);
  CHECK(result.timed_out);
  CHECK(result.how() == "signal 9 (Killed) after its time limit");
  const pid_t left_over = std::atoi(result.line.c_str());
  REQUIRE(left_over > 0);
  // Killed, though that takes a moment, and whoever has inherited it may not have reaped it.
  const auto alive = [left_over] {
    std::ifstream status("/proc/" + std::to_string(left_over) + "/stat");
    std::string stat;
    std::getline(status, stat);
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  };
  const base::Instant give_up = event::now() + 10s;
  while (alive() && event::now() < give_up) (void)::poll(nullptr, 0, 10);
  CHECK_FALSE(alive());
}

TEST_CASE("one that heeds the signal ends at once") {
  if (!is_root()) return;
  Bench bench;
  const ScriptResult result = bench.run(shell("exec sleep 60", 200ms));
  CHECK(result.number == SIGTERM);
  CHECK(result.timed_out);
  CHECK(result.took < KillLadder::kGrace);
}

TEST_CASE("what can't be executed says why") {
  if (!is_root()) return;
  Bench bench;
  Script script{.argv = {"/no/such/script"}, .uid = kNobody, .gid = kNobody, .groups = {}};
  const ScriptResult missing = bench.run(script);
  CHECK(missing.ended_by == EndedBy::kNotStarted);
  CHECK(missing.number == ENOENT);
  CHECK(missing.how() == "could not be started: /no: No such file or directory");
  std::string pattern = std::filesystem::temp_directory_path() / "hapair-script-XXXXXX";
  const int fd = ::mkstemp(pattern.data());
  REQUIRE(fd >= 0);
  REQUIRE(::fchmod(fd, 0755) == 0);
  REQUIRE(::write(fd, "\x7f", 1) == 1);
  ::close(fd);
  script.argv = {pattern};
  const ScriptResult broken = bench.run(script);
  CHECK(broken.ended_by == EndedBy::kNotStarted);
  CHECK(broken.number == ENOEXEC);
  CHECK(broken.line == "execute: Exec format error");
  REQUIRE(::chmod(pattern.c_str(), 0757) == 0);
  const ScriptResult insecure = bench.run(script);
  CHECK(insecure.ended_by == EndedBy::kNotStarted);
  CHECK(insecure.line.find("can be changed by others than root") != std::string::npos);
  std::filesystem::remove(pattern);
}

TEST_CASE("a job runs once at a time, and so many jobs beside each other") {
  if (!is_root()) return;
  Bench bench;
  const Script slow = shell("exec sleep 60", 400ms);
  const Script quick = shell("echo done");
  for (std::size_t i = 0; i < ScriptRunner::room_of(ScriptRunner::Lane::kCheck); ++i) {
    REQUIRE(bench.runner.start({.number = i, .script = &slow}));
  }
  CHECK_FALSE(bench.runner.start({.number = 0, .script = &slow}));
  bench.runner.turn(event::now());
  CHECK_FALSE(bench.runner.start({.number = 0, .script = &slow}));
  REQUIRE(bench.runner.start({.number = 100, .script = &quick}));
  REQUIRE(bench.runner.start(
      {.number = 200, .script = &quick, .extra = {}, .lane = ScriptRunner::Lane::kNotify}));
  bench.until_done(1);
  CHECK(bench.results.contains(200));  // not kept waiting by those that hang
  CHECK_FALSE(bench.results.contains(100));
  bench.until_done();
  CHECK(bench.results.size() == ScriptRunner::room_of(ScriptRunner::Lane::kCheck) + 2);
  CHECK(bench.results[100].line == "done");
}

/// While it lives, nobody of that many descriptors gets one more: a pipe for a script finds none.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_CASE("news that find no room on this host are told later, a check says so at once") {
  if (!is_root()) return;
  const Script script = shell("true");
  Bench bench;
  base::Instant now = event::now();
  REQUIRE(bench.runner.start({.number = 1, .script = &script}));
  REQUIRE(
      bench.runner.start({.number = 2, .script = &script, .lane = ScriptRunner::Lane::kNotify}));
  {
    const NoDescriptors none;
    bench.runner.turn(now);
    CHECK(bench.results.size() == 1);
    REQUIRE(bench.results.contains(1));
    CHECK(bench.results[1].ended_by == EndedBy::kNotStarted);
    CHECK(bench.results[1].number == EMFILE);
    CHECK(bench.runner.deadline() == now + ScriptRunner::kFirstPause);
    bench.runner.turn(now + ScriptRunner::kFirstPause);
    CHECK(bench.runner.deadline() == now + 3 * ScriptRunner::kFirstPause);
  }
  CHECK_FALSE(bench.runner.idle());
  bench.until_done();
  REQUIRE(bench.results.contains(2));
  CHECK(bench.results[2].good());
}

TEST_CASE("news that find no room for long are given up, with the reason") {
  if (!is_root()) return;
  const Script script = shell("true");
  Bench bench;
  base::Instant now = event::now();
  REQUIRE(bench.runner.start({.number = 2, .script = &script, .lane = ScriptRunner::Lane::kAlert}));
  const NoDescriptors none;
  unsigned turns = 0;
  for (; !bench.runner.idle() && turns < 100; ++turns) {
    now = std::max(now, bench.runner.deadline().value_or(now));
    bench.runner.turn(now);
  }
  CHECK(turns == ScriptRunner::kMaxTries + 1);
  CHECK(bench.results[2].number == EMFILE);
}

TEST_CASE("with an end set, nothing runs longer; and everything can be killed") {
  if (!is_root()) return;
  Bench bench;
  const Script slow = shell("exec sleep 60");
  bench.runner.end_by(event::now() + 100ms);
  CHECK(bench.run(slow).timed_out);
  Bench other;
  REQUIRE(other.runner.start({.number = 1, .script = &slow}));
  other.runner.turn(event::now());
  other.runner.kill_all();
  CHECK(other.runner.idle());
  CHECK(other.results.empty());
}

}  // namespace
}  // namespace hapair::scripts
