#include "apps/hapair/top/top_command.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/pending_answer.hpp"
#include "apps/hapair/control/talk.hpp"
#include "apps/hapair/top/look_json.hpp"
#include "apps/hapair/top/model.hpp"
#include "apps/hapair/top/rates.hpp"
#include "apps/hapair/top/terminal.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::top {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::string_view kStatusPath = "/v1/status";
constexpr std::string_view kLatencyPath = "/v1/latency";
/// Nothing new is drawn so often, as ages on the screen go on.
constexpr base::Duration kRedraw = std::chrono::seconds(1);
constexpr Key kSuspend = static_cast<Key>(26);  // Ctrl-Z
constexpr Key kRefresh = static_cast<Key>(12);  // Ctrl-L

std::string events_path(std::uint64_t after) { return concat("/v1/events/", after); }

/// Asks the node for its documents, one after the other, without ever waiting for it.
class Asker {
 public:
  enum class What : std::uint8_t { kNothing, kStatus, kLatency, kEvents };

  Asker(const std::string& socket, Model& model) : socket_(socket), model_(model) {}

  [[nodiscard]] bool under_way() const { return what_ != What::kNothing; }
  /// -1: there is nothing to wait for.
  [[nodiscard]] int fd() const { return answer_ ? answer_->fd() : -1; }
  [[nodiscard]] short events() const {
    return answer_ && answer_->writes() ? short{POLLOUT} : short{POLLIN};
  }
  [[nodiscard]] base::Instant deadline() const { return began_ + control::kClientTimeout; }

  void begin(base::Instant now) { ask(What::kStatus, kStatusPath, now); }
  /// True: the model has been told something.
  [[nodiscard]] bool advance(base::Instant now) {
    auto answer = answer_->advance();
    if (!answer) {
      fail(answer.error());
    } else if (*answer) {
      take(**answer, now);
    } else if (now >= deadline()) {
      fail(base::Error{.message = "no answer", .os_errno = ETIMEDOUT});
    } else {
      return false;
    }
    return true;
  }

 private:
  void ask(What what, std::string_view path, base::Instant now) {
    began_ = now;
    what_ = what;
    auto answer = control::PendingAnswer::begin(socket_, path);
    if (answer) {
      answer_ = std::move(*answer);
    } else {
      fail(answer.error());
    }
  }

  void fail(const base::Error& error) {
    model_.on_failure(control::why_unreachable(socket_, error));
    end();
  }

  void end() {
    what_ = What::kNothing;
    answer_.reset();
  }

  void take(const control::ClientAnswer& answer, base::Instant now) {
    Json document = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (answer.status != 200 || !document.is_object()) {
      model_.on_failure(concat("its answer has status ", answer.status));
      end();
      return;
    }
    switch (std::exchange(what_, What::kNothing)) {
      case What::kStatus: {
        const bool news = control::number_at(document, {"journal", "last"}) != model_.last_event();
        model_.on_status(std::move(document), now);
        wants_events_ = news;
        ask(What::kLatency, kLatencyPath, now);
        return;
      }
      case What::kLatency:
        model_.on_latency(std::move(document));
        if (!wants_events_) break;
        ask(What::kEvents, events_path(model_.last_event()), now);
        return;
      case What::kEvents:
        model_.on_events(document);
        break;
      case What::kNothing:
        break;
    }
    end();
  }

  const std::string& socket_;
  Model& model_;
  std::optional<control::PendingAnswer> answer_;
  base::Instant began_{};
  What what_ = What::kNothing;
  bool wants_events_ = false;
};

/// The terminal, the node and the clock, around one model.
class Viewer {
 public:
  explicit Viewer(const TopCommand& command)
      : command_(command), terminal_(command.colours), look_(command.socket, model_) {}

  int run(std::ostream& err) {
    if (auto opened = terminal_.open(); !opened) {
      err << "hapair top: " << opened.error().message << '\n';
      return cli::kExitFailed;
    }
    while (!model_.over()) {
      const base::Instant now = event::now();
      if (!look_.under_way() && !model_.paused() && now >= next_look_) {
        next_look_ = now + command_.interval;
        look_.begin(now);
        if (!look_.under_way()) draw_anew();  // the model knows that it could not be begun
      }
      if (now >= next_draw_ && !draw(now)) return cli::kExitOk;
      if (!wait()) return cli::kExitOk;
    }
    return cli::kExitOk;
  }

 private:
  void draw_anew() { next_draw_ = {}; }

  /// False: the terminal is gone.
  [[nodiscard]] bool draw(base::Instant now) {
    next_draw_ = now + kRedraw;
    const Size size = terminal_.size();
    return terminal_.draw(model_.frame(size, now), size);
  }

  [[nodiscard]] int patience() const {
    const base::Instant now = event::now();
    base::Instant until = next_draw_;
    if (look_.under_way()) {
      until = std::min(until, look_.deadline());
    } else if (!model_.paused()) {
      until = std::min(until, next_look_);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

  /// False: leave.
  [[nodiscard]] bool wait() {
    std::array<pollfd, 3> watched{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                   {.fd = terminal_.signal_fd(), .events = POLLIN, .revents = 0},
                                   {.fd = look_.fd(), .events = look_.events(), .revents = 0}}};
    (void)::poll(watched.data(), watched.size(), patience());
    // Keys first: what a signal leads to drops those that wait, and nothing read means the end.
    if (watched[0].revents != 0 && !on_keys()) return false;
    if (watched[1].revents != 0 && !on_signal()) return false;
    if (look_.fd() >= 0 && look_.advance(event::now())) draw_anew();
    return true;
  }

  [[nodiscard]] bool on_signal() {
    draw_anew();
    switch (terminal_.next_signal()) {
      case Terminal::Signal::kLeave:
        return false;
      case Terminal::Signal::kSuspend:
        terminal_.suspend();
        break;
      case Terminal::Signal::kContinue:
        terminal_.take();
        break;
      case Terminal::Signal::kResize:
        terminal_.forget();
        break;
      case Terminal::Signal::kNone:
        break;
    }
    return true;
  }

  [[nodiscard]] bool on_keys() {
    draw_anew();
    std::vector<Key> keys;
    if (!terminal_.read_keys(keys)) return false;
    for (const Key key : keys) {
      if (key == kSuspend) {
        terminal_.suspend();
      } else if (key == kRefresh) {
        terminal_.forget();
      } else {
        model_.on_key(key);
      }
    }
    return true;
  }

  const TopCommand& command_;
  Model model_;
  Terminal terminal_;
  Asker look_;
  base::Instant next_look_{};
  base::Instant next_draw_{};  ///< at the latest, as ages on the screen go on
};

/// The document at a path, or the exit code; the reason is in `err` then.
std::expected<Json, int> ask(const TopCommand& command, std::string_view path, std::ostream& err) {
  return control::talk(
      {.command = "top", .socket = command.socket, .path = std::string(path), .body = {}}, err);
}

int print_once(const TopCommand& command, std::ostream& out, std::ostream& err) {
  Model model;
  auto first = ask(command, kStatusPath, err);
  if (!first) return first.error();
  model.on_status(*std::move(first), event::now());
  std::this_thread::sleep_for(command.interval);
  auto status = ask(command, kStatusPath, err);
  if (!status) return status.error();
  model.on_status(*std::move(status), event::now());
  auto latency = ask(command, kLatencyPath, err);
  if (!latency) return latency.error();
  model.on_latency(*std::move(latency));
  const auto events = ask(command, events_path(0), err);
  if (!events) return events.error();
  model.on_events(*events);
  out << plain_text(model.frame(command.size, event::now()));
  return cli::kExitOk;
}

/// Looks again and again; a line of JSON for each look.
class LinePrinter {
 public:
  LinePrinter(const TopCommand& command, std::ostream& out, std::ostream& err)
      : command_(command), out_(out), err_(err) {}

  int run() {
    const auto first = ask(command_, kStatusPath, err_);  // what rates and events begin at
    if (!first) return first.error();
    rates_.take(*first);
    last_event_ = last_event_of(*first);
    const std::uint64_t count = command_.once ? 1 : command_.count;
    int code = cli::kExitOk;
    base::Instant next = event::now();
    for (std::uint64_t looks = 0; (count == 0 || looks < count) && out_; ++looks) {
      next = std::max(next + command_.interval, event::now());
      std::this_thread::sleep_for(next - event::now());
      std::ostringstream why;
      code = print_look(why);
      // It may be away for long: that is told once.
      if (why.str() != told_) err_ << (told_ = why.str()) << std::flush;
    }
    return code;
  }

 private:
  static std::uint64_t last_event_of(const Json& status) {
    return control::number_at(status, {"journal", "last"});
  }

  int print_look(std::ostream& why) {
    const auto status = ask(command_, kStatusPath, why);
    if (!status) return status.error();
    // Without a file the events of a new worker begin anew.
    const std::uint64_t last = last_event_of(*status);
    const auto events = ask(command_, events_path(last < last_event_ ? 0 : last_event_), why);
    if (!events) return events.error();
    const auto latency = ask(command_, kLatencyPath, why);
    if (!latency) return latency.error();
    rates_.take(*status);
    last_event_ = last;
    for (const Json& event : control::list_at(*events, {"events"})) {
      last_event_ = std::max(last_event_, control::number_at(event, {"number"}));
    }
    const Json line =
        look_json({.status = *status, .latency = *latency, .events = *events}, rates_);
    out_ << line.dump() << '\n' << std::flush;
    return cli::kExitOk;
  }

  const TopCommand& command_;
  std::ostream& out_;
  std::ostream& err_;
  Rates rates_;
  std::uint64_t last_event_ = 0;
  std::string told_;  ///< why the node could not be asked
};

}  // namespace

int run_top(const TopCommand& command, std::ostream& out, std::ostream& err) {
  if (command.json) return LinePrinter(command, out, err).run();
  if (command.once) return print_once(command, out, err);
  if (!command.terminal) {
    err << "hapair top: standard input and output are no terminal that can be drawn on; use "
           "'hapair top --once' for one plain frame, or 'hapair top --json'\n";
    return cli::kExitUsage;
  }
  return Viewer(command).run(err);
}

}  // namespace hapair::top
