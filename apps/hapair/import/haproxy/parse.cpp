#include "apps/hapair/import/haproxy/parse.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/switches.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMaxComments = 40;  ///< above one line; earlier ones make room

constexpr std::array kKinds = {
    Kind::kGlobal,     Kind::kDefaults, Kind::kFrontend,  Kind::kBackend,    Kind::kListen,
    Kind::kUserlist,   Kind::kPeers,    Kind::kResolvers, Kind::kMailers,    Kind::kCache,
    Kind::kHttpErrors, Kind::kProgram,  Kind::kRing,      Kind::kLogForward, Kind::kLogProfile,
    Kind::kFcgiApp,    Kind::kCrtStore, Kind::kTraces,    Kind::kAcme,       Kind::kHealthcheck};

std::optional<Kind> kind_of(std::string_view word) {
  const auto found = std::ranges::find(kKinds, word, [](Kind kind) { return to_string(kind); });
  if (found == kKinds.end()) return std::nullopt;
  return *found;
}

bool is_name(std::string_view text) {
  return text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
         std::string_view::npos;
}

/// Keywords whose words are addresses, where HAProxy replaces variables outside of quotes too.
bool has_addresses(std::string_view keyword) {
  static constexpr std::array<std::string_view, 9> kKeywords = {
      "bind", "server", "log", "source", "nameserver", "peer", "mailer", "listen", "dispatch"};
  return std::ranges::find(kKeywords, keyword) != kKeywords.end();
}

/// How a level of `.if` stands.
enum class Branch {
  kTaken,   ///< its lines count
  kLooked,  ///< not this one, but one to come may
  kOver,    ///< one was taken, or a level above is not
};

class Parser {
 public:
  Parser(const Version& version, const Variables& variables)
      : version_(version), outside_(variables) {}

  void read(const Text& text) {
    file_ = text.file;
    number_ = 0;
    section_.reset();
    levels_.clear();
    std::string_view rest = text.text;
    while (!rest.empty()) {
      ++number_;
      take_line(base::take_part(rest, '\n'));
    }
    if (!levels_.empty()) {
      fault(levels_.back().at, "this .if has no .endif; put one where it ends",
            "it ends with the file");
    }
    above_.clear();
  }

  File finish() { return std::move(out_); }

 private:
  struct Level {
    Place at;
    Branch branch = Branch::kTaken;
    bool otherwise = false;  ///< its .else has been
  };

  [[nodiscard]] Place here(std::uint32_t column = 1) const {
    return {.file = file_, .line = number_, .column = column};
  }
  [[nodiscard]] bool skipping() const {
    return !levels_.empty() && levels_.back().branch != Branch::kTaken;
  }

  void fault(const Place& at, std::string message, std::string assumed = {}) {
    out_.faults.push_back({.at = at, .message = std::move(message), .assumed = std::move(assumed)});
  }
  void directive(Directive::What what, std::string text = {}) {
    out_.directives.push_back({.at = here(), .what = what, .text = std::move(text)});
  }

  void take_line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    const bool blank = base::trim(text).empty();
    while (text.ends_with('\r')) text.remove_suffix(1);
    if (number_ == 1 && text.starts_with(kByteOrderMark)) text.remove_prefix(3);
    const std::string_view trimmed = base::trim(text);
    if (trimmed.empty()) {
      if (!blank) directive(Directive::What::kComment);  // a mark of the order of bytes, say
      return;
    }
    if (text.size() > kMaxLineBytes) {
      return fault(here(), concat("the line is longer than ", kMaxLineBytes, " bytes; divide it"));
    }
    if (text.find('\0') != std::string_view::npos) {
      return fault(here(), "a NUL byte stands on the line; take it off");
    }
    if (trimmed.front() == '#') {
      directive(Directive::What::kComment, std::string(base::trim(trimmed.substr(1))));
      if (!skipping()) comment(out_.directives.back().text);
      return;
    }
    if (skipping() && trimmed.front() != '.') return directive(Directive::What::kSkipped);
    const Words words = split_words(text, variables_);
    for (ParseFault each : words.faults) {
      fault(here(each.at.column), std::move(each.message));
    }
    if (!words.faults.empty()) return;
    if (words.words.empty())
      return directive(Directive::What::kComment, words.comment.value_or(""));
    if (words.words.front().text.starts_with('.') && !words.words.front().quoted) {
      return take_directive(words.words);
    }
    if (skipping()) return directive(Directive::What::kSkipped);
    take_words(words);
  }

  void comment(const std::string& text) {
    if (above_.size() == kMaxComments) above_.erase(above_.begin());
    above_.push_back(text);
  }

  void take_directive(const std::vector<Word>& words) {
    const std::string& name = words.front().text;
    std::string rest;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (i > 1) rest += ' ';
      rest += words[i].text;
    }
    if (name == ".if") return open_level(rest);
    if (name == ".elif" || name == ".else" || name == ".endif") return turn_level(name, rest);
    if (skipping()) return directive(Directive::What::kSkipped);
    if (name == ".alert") return directive(Directive::What::kAlert, rest);
    if (name == ".notice" || name == ".warning" || name == ".diag") {
      return directive(Directive::What::kNote, rest);
    }
    fault(here(words.front().column),
          concat("there is no directive \"", base::printable(name, 40),
                 "\"; there are .if, .elif, .else, .endif, .notice, .warning, .alert and .diag"));
  }

  void open_level(const std::string& expression) {
    if (levels_.size() == kMaxNesting) {
      fault(here(), concat(".if stands in more than ", kMaxNesting, " others"),
            "what stands in it is left out");
    } else {
      directive(Directive::What::kTaken);
    }
    const bool above = skipping();
    const bool holds = !above && levels_.size() < kMaxNesting && evaluate(expression);
    levels_.push_back({.at = here(),
                       .branch = above   ? Branch::kOver
                                 : holds ? Branch::kTaken
                                         : Branch::kLooked});
  }

  void turn_level(std::string_view name, const std::string& expression) {
    if (levels_.empty()) {
      return fault(here(), concat(name, " stands without its .if; take it off"));
    }
    Level& level = levels_.back();
    if (name == ".endif") {
      levels_.pop_back();
      return directive(Directive::What::kTaken);
    }
    if (level.otherwise) {
      return fault(here(), concat(name, " stands behind .else; put it before"));
    }
    directive(Directive::What::kTaken);
    level.otherwise = name == ".else";
    if (level.branch == Branch::kTaken) {
      level.branch = Branch::kOver;
    } else if (level.branch == Branch::kLooked && (level.otherwise || evaluate(expression))) {
      level.branch = Branch::kTaken;
    }
  }

  bool evaluate(const std::string& expression) {
    const auto holds = evaluate_switch(expression, version_, variables_);
    if (!holds) fault(here(), holds.error().message, "the condition does not hold");
    return holds.value_or(false);
  }

  void take_words(const Words& words) {
    Line line;
    line.at = here(words.words.front().column);
    line.words = words.words;
    line.comment = words.comment.value_or("");
    line.unset = words.unset;
    line.above = std::exchange(above_, {});
    take_prefix(line);
    if (has_addresses(line.keyword())) {
      for (Word& word : line.words) {
        if (!word.quoted) word.text = expand_address(word.text, variables_, line.unset);
      }
    }
    const auto kind = line.prefix == Prefix::kNone ? kind_of(line.keyword()) : std::nullopt;
    if (kind) return begin_section(*kind, std::move(line));
    if (!section_) {
      return fault(line.at, concat("\"", base::printable(line.keyword(), 40),
                                   "\" stands before the first section; put it behind the line "
                                   "of the section that it belongs to"));
    }
    Section& section = out_.sections[*section_];
    if (section.kind == Kind::kGlobal) take_environment(line);
    section.lines.push_back(std::move(line));
  }

  static void take_prefix(Line& line) {
    if (line.words.size() < 2) return;
    if (line.keyword() == "no") line.prefix = Prefix::kNo;
    if (line.keyword() == "default") line.prefix = Prefix::kDefault;
    if (line.prefix != Prefix::kNone) line.words.erase(line.words.begin());
  }

  void begin_section(Kind kind, Line line) {
    if (out_.sections.size() == kMaxSections) {
      section_.reset();
      return fault(line.at, concat("there are more than ", kMaxSections, " sections"));
    }
    Section section{.kind = kind, .name = {}, .head = std::move(line), .lines = {}, .defaults = {}};
    const Line& head = section.head;
    const bool named = head.words.size() > 1 && (kind != Kind::kDefaults || head.word(1) != "from");
    if (named && kind != Kind::kGlobal) section.name = head.words[1].text;
    check_name(section, head);
    if (section.is_proxy()) section.defaults = latest_defaults_;
    find_defaults(section);
    if (kind == Kind::kDefaults) latest_defaults_ = out_.sections.size();
    section_ = out_.sections.size();
    out_.sections.push_back(std::move(section));
  }

  void check_name(Section& section, const Line& head) {
    const Kind kind = section.kind;
    const bool optional = kind == Kind::kGlobal || kind == Kind::kDefaults ||
                          kind == Kind::kTraces || kind == Kind::kCrtStore;
    if (section.name.empty()) {
      if (optional) return;
      section.name = concat(to_string(kind), "-", number_);
      return fault(head.at, concat("the section has no name; write ", to_string(kind), " NAME"),
                   concat("it is called ", section.name));
    }
    if (!is_name(section.name)) {
      fault(head.place(1),
            concat("\"", base::printable(section.name, 60),
                   "\" is no name; use letters, digits and - _ . :"),
            "other characters are replaced");
    }
    const Section* twin = section.has_frontend() ? out_.frontend(section.name) : nullptr;
    if (twin == nullptr && section.has_backend()) twin = out_.backend(section.name);
    if (twin == nullptr && !section.is_proxy() && kind != Kind::kGlobal) {
      twin = out_.find(kind, section.name);
    }
    if (twin != nullptr) {
      fault(head.place(1),
            concat("there is another ", to_string(twin->kind), " \"",
                   base::printable(section.name, 60), "\" on line ", twin->head.at.line,
                   "; a name stands for one section"),
            "both are taken, under names of their own; who names it gets the first");
    }
  }

  void find_defaults(Section& section) {
    if (!section.is_proxy() && section.kind != Kind::kDefaults) return;
    const Line& head = section.head;
    for (std::size_t i = 1; i + 1 < head.words.size(); ++i) {
      if (head.word(i) != "from") continue;
      for (std::size_t at = out_.sections.size(); at-- > 0;) {
        const Section& each = out_.sections[at];
        if (each.kind == Kind::kDefaults && each.name == head.word(i + 1)) {
          section.defaults = at;
          return;
        }
      }
      return fault(head.place(i + 1),
                   concat("there is no defaults section \"", base::printable(head.word(i + 1), 60),
                          "\" above; put it before this line"),
                   section.defaults ? "the last defaults section counts" : "no defaults count");
    }
  }

  /// `setenv` and its like change what variables stand for from there on.
  void take_environment(const Line& line) {
    const std::string name(line.word(1));
    if (line.keyword() == "setenv") {
      set_[name] = std::string(line.word(2));
    } else if (line.keyword() == "presetenv") {
      if (!variables_(name)) set_[name] = std::string(line.word(2));
    } else if (line.keyword() == "unsetenv") {
      for (std::size_t i = 1; i < line.words.size(); ++i) {
        set_[std::string(line.word(i))] = std::nullopt;
      }
    }
  }

  Version version_;
  const Variables& outside_;
  std::map<std::string, std::optional<std::string>, std::less<>> set_;
  Variables variables_ = [this](std::string_view name) -> std::optional<std::string> {
    if (const auto found = set_.find(name); found != set_.end()) return found->second;
    return outside_ ? outside_(name) : std::nullopt;
  };
  File out_;
  std::uint32_t file_ = 0;
  std::uint32_t number_ = 0;
  std::optional<std::size_t> section_;
  std::optional<std::size_t> latest_defaults_;
  std::vector<Level> levels_;
  std::vector<std::string> above_;
};

}  // namespace

File parse(std::span<const Text> texts, const Version& version, const Variables& variables) {
  Parser parser(version, variables);
  for (const Text& text : texts) parser.read(text);
  return parser.finish();
}

}  // namespace hapair::importing::haproxy
