#include "apps/hapair/scripts/script_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "apps/hapair/scripts/script_child.hpp"
#include "apps/hapair/scripts/script_file.hpp"
#include "common/base/text.hpp"

namespace hapair::scripts {
namespace {

struct Pipe {
  net::UniqueFd read;
  net::UniqueFd write;
};

base::Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::os_fail("pipe");
  return Pipe{net::UniqueFd(ends[0]), net::UniqueFd(ends[1])};
}

base::Result<void> make_nonblocking(const net::UniqueFd& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return base::os_fail("pipe");
  return {};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

base::Result<ScriptProcess> ScriptProcess::start(const Script& script,
                                                 std::span<const std::string> extra) {
  if (script.kind == ScriptKind::kProgram) {
    auto fine = check_script_file(script.argv.front());
    if (!fine) return std::unexpected(fine.error());
  }
  auto output = make_pipe();
  if (!output) return std::unexpected(output.error());
  auto failure = make_pipe();
  if (!failure) return std::unexpected(failure.error());
  for (const net::UniqueFd* fd : {&output->read, &failure->read}) {
    if (auto done = make_nonblocking(*fd); !done) return std::unexpected(done.error());
  }
  std::vector<std::string> words = script.argv;
  words.insert(words.end(), extra.begin(), extra.end());
  const std::vector<char*> arguments = pointers_to(words);

  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return base::os_fail("fork");
  if (child == 0) {
    become_script(script, arguments.data(),
                  {.output = output->write.get(), .failure = failure->write.get()}, parent);
  }
  ScriptProcess process;
  process.pid_ = child;
  process.output_ = std::move(output->read);
  process.failure_ = std::move(failure->read);
  process.process_ = net::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (!process.process_) return base::os_fail("pidfd_open");  // its destructor ends the child
  return process;
}

ScriptProcess::ScriptProcess(ScriptProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      process_(std::move(other.process_)),
      output_(std::move(other.output_)),
      failure_(std::move(other.failure_)),
      line_(std::move(other.line_)),
      line_done_(other.line_done_) {}

ScriptProcess::~ScriptProcess() {
  if (pid_ < 0) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ScriptProcess::read_output() {
  std::array<char, 4096> chunk;
  for (std::size_t taken = 0; output_ && taken < kReadAtOnce;) {
    const ssize_t got = ::read(output_.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      output_.reset();
      return;
    }
    taken += static_cast<std::size_t>(got);
    if (line_done_) continue;
    const std::string_view text(chunk.data(), static_cast<std::size_t>(got));
    const std::string_view part = text.substr(0, text.find('\n'));
    line_ += part.substr(0, ScriptResult::kMaxLine - line_.size());
    line_done_ = part.size() < text.size() || line_.size() == ScriptResult::kMaxLine;
  }
}

std::optional<ScriptEnd> ScriptProcess::ended(bool kill_rest) {
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  // Not reaped yet, so the number of its process group can't be another's.
  if (kill_rest) ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
  read_output();
  std::array<std::byte, std::max(sizeof(ChildFailure), sizeof(ChildSeen))> message;
  const ssize_t got = ::read(failure_.get(), message.data(), message.size());
  if (got == sizeof(ChildFailure)) {
    ChildFailure failure;
    std::memcpy(&failure, message.data(), sizeof failure);
    const std::string what(failure.step.begin(), std::ranges::find(failure.step, '\0'));
    return ScriptEnd{EndedBy::kNotStarted, static_cast<std::uint32_t>(failure.code),
                     base::os_fail(what, failure.code).error().message};
  }
  const bool exited = info.si_code == CLD_EXITED;
  ScriptEnd end{
      exited ? EndedBy::kExit : EndedBy::kSignal, static_cast<std::uint32_t>(info.si_status), {}};
  if (got == sizeof(ChildSeen)) {
    ChildSeen seen;
    std::memcpy(&seen, message.data(), sizeof seen);
    end.seen.assign(seen.processes.begin(),
                    seen.processes.begin() + std::clamp<int>(seen.count, 0, Seen::kMaxProcesses));
  }
  return end;
}

void ScriptProcess::signal(int number) const {
  if (pid_ < 0) return;
  ::kill(-pid_, number);
  // The very first moment: it may have no process group of its own yet.
  ::kill(pid_, number);
}

std::string ScriptProcess::line() const { return base::printable(line_, ScriptResult::kMaxLine); }

}  // namespace hapair::scripts
