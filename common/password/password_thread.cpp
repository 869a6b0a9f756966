#include "common/password/password_thread.hpp"

#include <crypt.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::password {
namespace {

constexpr int kNiceness = 10;

bool try_password(std::string& password, const std::string& hash, crypt_data& room) {
  const char* const made = ::crypt_r(password.c_str(), hash.c_str(), &room);
  const bool matches = made != nullptr && base::same_secret(made, hash);
  ::explicit_bzero(&room, sizeof room);
  ::explicit_bzero(password.data(), password.size());
  return matches;
}

/// A thread that is begun while this lives gets none but for faults of its own.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t held;
    ::sigfillset(&held);
    for (const int fault : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT}) ::sigdelset(&held, fault);
    ::pthread_sigmask(SIG_SETMASK, &held, &before_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

base::Result<std::unique_ptr<PasswordThread>> PasswordThread::start() {
  net::UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return base::os_fail("password thread");
  auto self = std::unique_ptr<PasswordThread>(new PasswordThread(std::move(event)));
  const SignalsHeld held;
  try {
    self->thread_ = std::thread(&PasswordThread::run, self.get());
  } catch (const std::system_error& error) {
    return base::os_fail("password thread", error.code().value());
  }
  self->running_.acquire();
  return self;
}

PasswordThread::PasswordThread(net::UniqueFd event) : event_(std::move(event)) {}

PasswordThread::~PasswordThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  work_.notify_one();
  thread_.join();
}

bool PasswordThread::submit(Trial trial) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() == kMaxWaiting) return false;
    waiting_.push_back(std::move(trial));
  }
  work_.notify_one();
  return true;
}

void PasswordThread::withdraw(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  std::erase_if(waiting_, [&](const Trial& trial) { return trial.ticket == ticket; });
}

std::vector<PasswordThread::Outcome> PasswordThread::take_outcomes() {
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_.get(), &count, sizeof count);
  return std::exchange(outcomes_, {});
}

void PasswordThread::run() {
  ::pthread_setname_np(::pthread_self(), "passwords");
  // The loop goes first where they share a CPU.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
  // 32 KiB, not for a stack; and the thread's memory is set up before any filter is loaded.
  const auto room = std::make_unique<crypt_data>();
  running_.release();
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (ends_) return;
    Trial trial = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool matches = try_password(trial.password, trial.hash, *room);
    lock.lock();
    outcomes_.push_back({trial.ticket, matches});
    constexpr std::uint64_t kOne = 1;
    [[maybe_unused]] const ssize_t told = ::write(event_.get(), &kOne, sizeof kOne);
  }
}

}  // namespace hapair::password
