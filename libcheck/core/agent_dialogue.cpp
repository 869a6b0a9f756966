#include "libcheck/core/agent_dialogue.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr std::string_view kSeparators = " \t,";
constexpr std::string_view kLineEnds = "\r\n";

struct Report {
  AgentWord word;
  std::string_view health;  ///< the word that said up or down
  std::string_view reason;  ///< behind '#'
};

bool is(std::string_view word, std::string_view name) {
  return base::equals_ignoring_case(word, name);
}

bool take_weight(std::string_view word, AgentWord& said) {
  if (!word.ends_with('%')) return false;
  const auto percent = base::parse_unsigned(word.substr(0, word.size() - 1));
  if (!percent) return false;
  said.weight_percent =
      static_cast<std::uint16_t>(std::min<std::uint64_t>(*percent, kMaxAgentWeight));
  return true;
}

bool take_limit(std::string_view word, AgentWord& said) {
  constexpr std::string_view kName = "maxconn:";
  if (!is(word.substr(0, kName.size()), kName)) return false;
  const auto limit = base::parse_unsigned(word.substr(kName.size()));
  if (!limit) return false;
  said.max_connections =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(*limit, AgentWord::kMaxConnections));
  return true;
}

bool take_mode(std::string_view word, AgentWord& said) {
  if (is(word, "ready")) {
    said.admin = AgentWord::Admin::kReady;
  } else if (is(word, "drain")) {
    said.admin = AgentWord::Admin::kDrain;
  } else if (is(word, "maint")) {
    said.admin = AgentWord::Admin::kMaintenance;
  } else {
    return false;
  }
  return true;
}

bool take_health(std::string_view word, Report& report) {
  const bool down =
      is(word, "down") || is(word, "fail") || is(word, "failed") || is(word, "stopped");
  if (!down && !is(word, "up")) return false;
  // Of two words that disagree the worse one counts.
  if (report.word.health == AgentWord::Health::kDown) return true;
  report.word.health = down ? AgentWord::Health::kDown : AgentWord::Health::kUp;
  report.health = word;
  return true;
}

/// nullopt: a word that is none of an agent's, or none at all. The reason is not part of `words`.
std::optional<Report> parse(std::string_view words, std::string_view& stranger) {
  Report report;
  bool any = false;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(kSeparators), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (word.empty()) continue;
    any = true;
    if (!take_weight(word, report.word) && !take_limit(word, report.word) &&
        !take_mode(word, report.word) && !take_health(word, report)) {
      stranger = word;
      return std::nullopt;
    }
  }
  return any ? std::optional(report) : std::nullopt;
}

class AgentDialogue final : public Dialogue {
 public:
  explicit AgentDialogue(std::string send) : send_(std::move(send)) {}

  Move open() override { return {.send = send_}; }

  Move read(base::Bytes pending) override {
    const std::string_view text = base::as_text(pending);
    const std::size_t end = text.find_first_of(kLineEnds);
    if (end == std::string_view::npos) return {};
    return {.consumed = end + 1, .finding = judge_agent_line(text.substr(0, end))};
  }

  Finding on_eof(base::Bytes pending) override {
    if (pending.empty()) return Dialogue::on_eof(pending);
    return judge_agent_line(base::as_text(pending));
  }

  std::string awaited() const override { return "agent's line"; }

 private:
  const std::string send_;
};

}  // namespace

Finding judge_agent_line(std::string_view line) {
  const std::size_t hash = line.find('#');
  const std::string_view words = line.substr(0, hash);
  std::string_view stranger;
  auto report = parse(words, stranger);
  if (!report) {
    return malformed(stranger.empty() ? "an agent's line without a word"
                                      : base::concat("no word of an agent's: ", shown(stranger)));
  }
  if (hash != std::string_view::npos) report->reason = base::trim(line.substr(hash + 1));
  const bool down = report->word.health == AgentWord::Health::kDown;
  Finding finding = down ? refused({}) : passed();
  const std::string_view said = base::trim(down ? report->health : words);
  finding.info = shown(report->reason.empty() ? said : report->reason);
  finding.agent = report->word;
  return finding;
}

std::unique_ptr<Dialogue> make_dialogue(const AgentCheck& check) {
  return std::make_unique<AgentDialogue>(check.send);
}

}  // namespace hapair::check
