// A terminal that shows frames on its second screen and tells what was pressed. However the program
// ends, the terminal is then as it was before: by the destructor, or by handlers where it is killed
// by a fault of its own.
#pragma once

#include <signal.h>

#include <vector>

#include "apps/hapair/top/frame.hpp"
#include "apps/hapair/top/key_reader.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::top {

class Terminal {
 public:
  enum class Signal : std::uint8_t { kNone, kResize, kLeave, kSuspend, kContinue };

  explicit Terminal(bool colours) : colours_(colours) {}
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Standard input and output become the screen.
  [[nodiscard]] base::Result<void> open();
  [[nodiscard]] Size size() const;
  /// A frame made for that size. False: the terminal is gone.
  [[nodiscard]] bool draw(const Frame& frame, Size size);
  /// Whatever is on the screen is drawn anew with the next frame.
  void forget() { shown_.clear(); }

  /// Becomes readable with a signal; then next_signal() has it.
  [[nodiscard]] int signal_fd() const { return signals_.get(); }
  [[nodiscard]] Signal next_signal();
  /// What was pressed. False: nothing more will be.
  [[nodiscard]] bool read_keys(std::vector<Key>& keys);
  /// Gives the terminal to the shell until this program is told to go on.
  void suspend();
  /// Takes it again, as whoever had it meanwhile may have left it otherwise.
  void take();

 private:
  bool colours_;
  bool open_ = false;
  sigset_t mask_before_{};
  net::UniqueFd signals_;
  KeyReader reader_;
  Frame shown_;
  Size shown_size_{};
};

}  // namespace hapair::top
