#include "apps/hapair/top/terminal.hpp"

#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

namespace hapair::top {
namespace {

// The second screen, no cursor, no line wrap; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::array kWatched{SIGWINCH, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

/// For the handlers, which get nothing passed: how the terminal was.
termios before{};

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Only calls that a signal handler may make.
void restore() {
  (void)write_all(kLeave);
  (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/// The handler is gone by then: the signal does what it does without one.
void on_fault(int number) {
  restore();
  (void)::raise(number);
}

void handle_faults(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int number : kFaults) (void)::sigaction(number, &action, nullptr);
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : kWatched) sigaddset(&set, number);
  return set;
}

}  // namespace

base::Result<void> Terminal::open() {
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return base::os_fail("the terminal");
  const sigset_t set = watched_signals();
  if (::sigprocmask(SIG_BLOCK, &set, &mask_before_) != 0) return base::os_fail("signals");
  open_ = true;
  signals_ = net::UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_) return base::os_fail("signals");
  handle_faults(&on_fault);
  take();
  return {};
}

Terminal::~Terminal() {
  if (!open_) return;
  restore();
  handle_faults(SIG_DFL);
  (void)::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Terminal::take() {
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL | INLCR | ISTRIP);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  (void)::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  (void)write_all(kEnter);
  forget();
}

Size Terminal::size() const {
  winsize window{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 ||
      window.ws_row == 0) {
    return {};
  }
  return {.columns = window.ws_col, .rows = window.ws_row};
}

bool Terminal::draw(const Frame& frame, Size size) {
  if (size != shown_size_) forget();
  shown_size_ = size;
  const bool good = write_all(drawing(frame, shown_, size, colours_));
  shown_ = frame;
  return good;
}

Terminal::Signal Terminal::next_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    return Signal::kNone;
  }
  switch (static_cast<int>(info.ssi_signo)) {
    case SIGWINCH:
      return Signal::kResize;
    case SIGTSTP:
      return Signal::kSuspend;
    case SIGCONT:
      return Signal::kContinue;
    default:
      return Signal::kLeave;
  }
}

bool Terminal::read_keys(std::vector<Key>& keys) {
  std::array<char, 256> bytes{};
  const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  keys = reader_.take({bytes.data(), static_cast<std::size_t>(got)});
  return true;
}

void Terminal::suspend() {
  restore();
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  (void)::sigprocmask(SIG_UNBLOCK, &stop, nullptr);
  (void)::raise(SIGTSTP);
  (void)::sigprocmask(SIG_BLOCK, &stop, nullptr);
  take();
}

}  // namespace hapair::top
