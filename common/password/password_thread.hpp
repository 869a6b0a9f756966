// Tries passwords against their hashes (crypt(3)) on a thread of its own: each trial takes
// milliseconds on purpose, and no loop may wait so long. This folder is the only one that knows
// libcrypt. The thread makes no system call but for memory, its lock and its event descriptor, so
// it may live under the worker's filter.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::password {

class PasswordThread {
 public:
  using Ticket = std::uint64_t;
  /// Trials that wait for theirs.
  static constexpr std::size_t kMaxWaiting = 64;

  struct Trial {
    Ticket ticket = 0;
    std::string password{};
    std::string hash{};  ///< of a form that crypt(3) knows; of any other nothing is the password
  };
  struct Outcome {
    Ticket ticket = 0;
    bool matches = false;
  };

  /// Returns once the thread runs. Signals are left to other threads.
  [[nodiscard]] static base::Result<std::unique_ptr<PasswordThread>> start();
  /// Waits for the trial under way.
  ~PasswordThread();
  PasswordThread(const PasswordThread&) = delete;
  PasswordThread& operator=(const PasswordThread&) = delete;

  /// False: too many wait.
  [[nodiscard]] bool submit(Trial trial);
  /// Nobody wants the outcome any more; there may be one all the same.
  void withdraw(Ticket ticket);
  /// Readable while there are outcomes that nobody has taken.
  [[nodiscard]] int fd() const { return event_.get(); }
  [[nodiscard]] std::vector<Outcome> take_outcomes();

 private:
  explicit PasswordThread(net::UniqueFd event);
  void run();

  net::UniqueFd event_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<Trial> waiting_;
  std::vector<Outcome> outcomes_;
  bool ends_ = false;
  std::binary_semaphore running_{0};
  std::thread thread_;  ///< begins once all of the above stands
};

}  // namespace hapair::password
