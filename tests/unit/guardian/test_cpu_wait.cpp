// The children here stop themselves or are stopped; no check depends on how long anything takes.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <string>

#include "apps/hapair/guardian/cpu_wait.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant kBeat = base::from_ns(1'000'000'000);
constexpr base::Duration kLimit = 250ms;

class Child {
 public:
  explicit Child(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    ::_exit(0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] CpuWait watch() const { return CpuWait(CpuWait::open_stat(pid_)); }

 private:
  pid_t pid_;
};

/// On this CPU only, with the children started afterwards.
void stay_on(int cpu) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(static_cast<std::size_t>(cpu), &only);
  ::sched_setaffinity(0, sizeof only, &only);
}

void spin() {
  volatile bool on = true;
  while (on) {
  }
}

/// CPU time of this process.
base::Duration cpu_used() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

TEST_CASE("a line of the kernel is read, whatever name the process gave itself") {
  const std::string times = " 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 1 0";
  const ProcessStat expected{.state = 'R', .cpu = 1750ms};
  CHECK(*parse_process_stat("12 (hapair-worker) R" + times, 100) == expected);
  CHECK(*parse_process_stat("12 (a) S 1 (b) R" + times, 100) == expected);
  CHECK(parse_process_stat("12 (a) T" + times, 1000)->state == 'T');
  for (const std::string& line :
       {std::string(), std::string("12"), std::string("12 (a) "), std::string("12 (a) R"),
        std::string("12 (a) RR") + times, std::string("12 (a) R 1 2 3 4 5 6 7 8 9 10 150"),
        std::string("12 (a) R 1 2 3 4 5 6 7 8 9 10 -1 25 "),
        std::string("12 (a) R 1 2 3 4 5 6 7 8 9 10 9223372036854775807 25 ")}) {
    CAPTURE(line);
    CHECK_FALSE(parse_process_stat(line, 100).has_value());
  }
  CHECK_FALSE(parse_process_stat("12 (a) R" + times, 0).has_value());
}

TEST_CASE("one that sleeps, is stopped or has ended is not excused") {
  const Child sleeper([] { ::pause(); });
  CpuWait sleeping = sleeper.watch();
  while (sleeping.excuses(kBeat, kLimit)) ::sched_yield();  // until it has got to its pause
  const Child spinner(spin);
  CpuWait stopped = spinner.watch();
  ::kill(spinner.pid(), SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(spinner.pid(), &status, WUNTRACED) == spinner.pid());
  CHECK_FALSE(stopped.excuses(kBeat, kLimit));
  const Child ended([] {});
  CpuWait gone = ended.watch();
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(ended.pid()), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(gone.excuses(kBeat, kLimit));
  CHECK_FALSE(CpuWait().excuses(kBeat, kLimit));
}

TEST_CASE("one that runs in a loop is excused until it has had its time") {
  const Child spinner(spin);
  CpuWait wait = spinner.watch();
  REQUIRE(wait.excuses(kBeat, kLimit));
  while (wait.excuses(kBeat, kLimit)) ::sched_yield();
  CHECK(wait.excuses(kBeat + 1ns, kLimit));  // a sign of life: counted anew
}

TEST_CASE("one that waits for the CPU is excused") {
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  stay_on(::sched_getcpu());
  const Child waiter([] {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_IDLE, &none);
    spin();
  });
  CpuWait wait = waiter.watch();
  CHECK(wait.excuses(kBeat, kLimit));
  const base::Duration until = cpu_used() + 2 * kLimit;  // our time, which is not its
  bool excused = true;
  while (cpu_used() < until) excused = wait.excuses(kBeat, kLimit) && excused;
  CHECK(excused);
  ::sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace hapair::guardian
