// What stands in haproxy.cfg, as its grammar has it: sections of lines of words, each with its
// place. Quotes, escapes, variables and `.if` are resolved; what the words mean is no matter here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/sources.hpp"

namespace hapair::importing::haproxy {

struct Word {
  std::string text;          ///< without quotes and escapes, variables replaced
  std::uint32_t column = 1;  ///< from 1, in bytes
  bool quoted = false;       ///< some of it stood in quotes or behind a backslash

  [[nodiscard]] bool operator==(std::string_view other) const { return text == other; }
};

/// What stands before the keyword of a line.
enum class Prefix : std::uint8_t { kNone, kNo, kDefault };

struct Line {
  Place at;  ///< of its first word, a prefix included
  Prefix prefix = Prefix::kNone;
  std::vector<Word> words;         ///< never empty; the prefix "no" or "default" taken off
  std::string comment;             ///< behind it on the line, without '#' and blanks
  std::vector<std::string> above;  ///< the lines of comments above it
  std::vector<std::string> unset;  ///< variables that it uses, which have no value

  /// The word at this place; empty where there is none.
  [[nodiscard]] std::string_view word(std::size_t index) const {
    return index < words.size() ? std::string_view(words[index].text) : std::string_view();
  }
  [[nodiscard]] std::string_view keyword() const { return word(0); }
  /// Where that word stands; the line's place where there is none.
  [[nodiscard]] Place place(std::size_t index) const {
    Place out = at;
    if (index < words.size()) out.column = words[index].column;
    return out;
  }
  /// It begins with these words: starts_with({"timeout", "connect"}).
  [[nodiscard]] bool starts_with(std::initializer_list<std::string_view> first) const;
};

enum class Kind : std::uint8_t {
  kGlobal,
  kDefaults,
  kFrontend,
  kBackend,
  kListen,
  kUserlist,
  kPeers,
  kResolvers,
  kMailers,
  kCache,
  kHttpErrors,
  kProgram,
  kRing,
  kLogForward,
  kLogProfile,
  kFcgiApp,
  kCrtStore,
  kTraces,
  kAcme,
  kHealthcheck,
};

/// The word that begins such a section.
[[nodiscard]] std::string_view to_string(Kind kind);

struct Section {
  Kind kind = Kind::kGlobal;
  std::string name;  ///< empty where it has none
  Line head;         ///< "frontend www from web"; its words hold all of it
  std::vector<Line> lines;
  /// frontend, backend, listen, defaults: the defaults section that its settings come from, as an
  /// index of File::sections.
  std::optional<std::size_t> defaults;

  [[nodiscard]] bool is_proxy() const { return has_frontend() || has_backend(); }
  [[nodiscard]] bool has_frontend() const {
    return kind == Kind::kFrontend || kind == Kind::kListen;
  }
  [[nodiscard]] bool has_backend() const { return kind == Kind::kBackend || kind == Kind::kListen; }
};

/// A line that is no setting: a directive (`.if`), or one in a branch that is not taken.
struct Directive {
  enum class What : std::uint8_t {
    kTaken,    ///< `.if` and its like, followed
    kSkipped,  ///< a line of a branch that is not taken
    kNote,     ///< `.notice`, `.diag`, `.warning`: the message is in `text`
    kAlert,    ///< `.alert`: HAProxy would refuse to start
    kComment,  ///< nothing but a comment
  };
  Place at;
  What what = What::kTaken;
  std::string text{};
};

/// Something wrong with a line; the line is left out, or taken as `assumed` says.
struct ParseFault {
  Place at;
  std::string message;    ///< what is wrong; the rule; the remedy
  std::string assumed{};  ///< empty: the line is left out
};

/// All of the files together, as HAProxy reads several of them one behind the other.
struct File {
  std::vector<Section> sections;  ///< in their order
  std::vector<Directive> directives;
  std::vector<ParseFault> faults;

  /// The frontend or listen of that name; nullptr where there is none.
  [[nodiscard]] const Section* frontend(std::string_view name) const;
  /// The backend or listen of that name.
  [[nodiscard]] const Section* backend(std::string_view name) const;
  [[nodiscard]] const Section* find(Kind kind, std::string_view name) const;
  /// All lines that count for a section: those of its defaults, the farthest first, then its own.
  [[nodiscard]] std::vector<const Line*> lines_of(const Section& section) const;
};

}  // namespace hapair::importing::haproxy
