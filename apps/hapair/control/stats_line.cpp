#include "apps/hapair/control/stats_line.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "apps/hapair/control/documents.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

/// With these its commands begin; none of them is a method of HTTP.
constexpr auto kWords =
    std::to_array<std::string_view>({"show", "help", "get", "set", "enable", "disable", "clear",
                                     "shutdown", "add", "del", "prompt", "quit"});
constexpr std::string_view kBlanks = " \t\r";
constexpr std::string_view kHelp =
    "hapair answers these commands here:\n"
    "  show info : what this process is and does\n"
    "  show stat : counters of each frontend, backend and server, as CSV\n"
    "  help      : this text\n"
    "Everything else is at its HTTP API and 'hapair help'.\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool is_text(std::string_view line) {
  return std::ranges::all_of(
      line, [](char c) { return (c >= ' ' && c <= '~') || c == '\t' || c == '\r'; });
}

/// The next word of a command, taken off it.
std::string_view next_word(std::string_view& rest) {
  rest = trimmed(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(kBlanks));
  rest.remove_prefix(word.size());
  return word;
}

std::vector<std::string> commands_in(std::string_view line) {
  std::vector<std::string> commands;
  for (const std::string_view part : base::split(line, ';')) {
    if (!trimmed(part).empty()) commands.emplace_back(trimmed(part));
  }
  return commands;
}

/// It tells figures.
bool needs_status(std::string_view command) {
  const std::string_view verb = next_word(command);
  const std::string_view what = next_word(command);
  return verb == "show" && (what == "info" || what == "stat") && trimmed(command).empty();
}

/// One command after the other.
class StatsLineAnswer final : public PiecedDocument {
 public:
  StatsLineAnswer(std::vector<std::string> commands, Status status)
      : status_(std::move(status)), commands_(std::move(commands)) {}

  std::string next() override {
    if (rows_) {
      std::string piece = rows_->next();
      if (!piece.empty()) return piece;
      rows_.reset();
      return "\n";
    }
    if (next_ == commands_.size()) return {};
    if (next_ == kMaxStatsCommands) {
      next_ = commands_.size();
      return concat("Too many commands: ", kMaxStatsCommands, " are answered in a line.\n\n");
    }
    return answer(commands_[next_++]);
  }

 private:
  std::string answer(std::string_view command) {
    std::string_view rest = command;
    const std::string_view verb = next_word(rest);
    const std::string_view what = next_word(rest);
    if (verb == "help") return concat(kHelp, "\n");
    if (verb == "quit" && what.empty()) return {};
    const bool known = verb == "show" && (what == "info" || what == "stat");
    if (known && trimmed(rest).empty()) {
      if (what == "info") return concat(render_info(status_), "\n");
      rows_ = std::make_unique<StatsDocument>(status_.traffic);
      return rows_->next();
    }
    return concat("Unknown command: '", base::printable(command, 60), "'",
                  known ? "; it takes no more words here" : "", ".\n", kHelp, "\n");
  }

  Status status_;
  std::vector<std::string> commands_;
  std::size_t next_ = 0;
  std::unique_ptr<StatsDocument> rows_;  ///< null: none are being told
};

/// "1d 2h03m04s".
std::string uptime_text(std::uint64_t seconds) {
  const auto two = [](std::uint64_t number) { return concat(number < 10 ? "0" : "", number); };
  return concat(seconds / 86'400, "d ", seconds / 3600 % 24, "h", two(seconds / 60 % 60), "m",
                two(seconds % 60), "s");
}

std::uint64_t sum(const Status& status, lb::StatsNumber lb::StatsRow::* figure) {
  std::uint64_t total = 0;
  for (const lb::StatsRow& row : status.traffic.rows) {
    if (row.type == lb::StatsRowType::kFrontend) total += (row.*figure).value_or(0);
  }
  return total;
}

}  // namespace

Speech speech_of(std::string_view input) {
  const std::size_t end = input.find('\n');
  const std::string_view line = input.substr(0, end);
  const std::size_t word_end = line.find_first_of(" ;\t\r");
  const std::string_view word = line.substr(0, word_end);
  const bool whole = word_end != std::string_view::npos || end != std::string_view::npos;
  const bool may_be = std::ranges::any_of(kWords, [&](std::string_view known) {
    return whole ? known == word : known.starts_with(word);
  });
  if (!may_be || !is_text(line)) return Speech::kHttp;
  if (line.size() >= kMaxStatsLine) return Speech::kHttp;
  if (end == std::string_view::npos) return Speech::kUnclear;
  return line.find(" HTTP/") == std::string_view::npos ? Speech::kLine : Speech::kHttp;
}

std::unique_ptr<PiecedDocument> answer_stats_line(std::string_view line,
                                                  const StatusSource& source) {
  std::vector<std::string> commands = commands_in(line);
  Status status;
  if (std::ranges::any_of(commands, needs_status)) status = source.without_targets();
  return std::make_unique<StatsLineAnswer>(std::move(commands), std::move(status));
}

std::string render_info(const Status& status) {
  const auto uptime = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(status.uptime).count());
  std::string out;
  const auto put = [&out](std::string_view name, const auto& value) {
    out += concat(name, ": ", value, "\n");
  };
  put("Name", "hapair");
  put("Version", status.version);
  put("Nbthread", 1);
  put("Nbproc", 1);
  put("Process_num", 1);
  put("Pid", status.pid);
  put("Uptime", uptime_text(uptime));
  put("Uptime_sec", uptime);
  for (const ShortageStatus& each : status.shortages) {
    if (each.resource == "descriptors" && each.limit > 0) put("Ulimit-n", each.limit);
  }
  put("CurrConns", sum(status, &lb::StatsRow::scur));
  put("CumConns", sum(status, &lb::StatsRow::conn_tot));
  put("CumReq", sum(status, &lb::StatsRow::req_tot));
  put("ConnRate", sum(status, &lb::StatsRow::conn_rate));
  put("SessRate", sum(status, &lb::StatsRow::rate));
  put("Listeners",
      std::ranges::count(status.traffic.rows, lb::StatsRowType::kListener, &lb::StatsRow::type));
  put("Stopping", 0);
  put("node", status.node);
  return out;
}

}  // namespace hapair::control
