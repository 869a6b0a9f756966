// What stands in an haproxy.cfg, as its grammar has it: sections of lines of words, each with its
// place. Quotes, escapes, variables and `.if` are resolved; what the words mean is no matter here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::haproxy {

struct Word {
  std::string text;          ///< without quotes and escapes, variables replaced
  std::uint32_t column = 1;  ///< from 1, in bytes
  bool quoted = false;       ///< some of it stood in quotes or behind a backslash

  [[nodiscard]] bool operator==(std::string_view other) const { return text == other; }
};

/// What stands before the keyword of a line.
enum class Prefix { kNone, kNo, kDefault };

struct Line {
  std::uint32_t number = 1;  ///< in the file, from 1
  Prefix prefix = Prefix::kNone;
  std::vector<Word> words;         ///< never empty; the prefix "no" or "default" taken off
  std::string comment;             ///< behind it on the line, without '#' and blanks
  std::vector<std::string> above;  ///< lines of comments directly above it
  std::vector<std::string> unset;  ///< variables that it uses, which have no value

  /// The word at this place; empty where there is none.
  [[nodiscard]] std::string_view word(std::size_t index) const {
    return index < words.size() ? std::string_view(words[index].text) : std::string_view();
  }
  [[nodiscard]] std::string_view keyword() const { return word(0); }
};

enum class Kind {
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
  kFcgiApp,
  kCrtStore,
  kTraces,
  kOther,  ///< a section that no version knows, or that lines stand before
};

struct Section {
  Kind kind = Kind::kOther;
  std::string name;  ///< empty where it has none
  Line head;         ///< "frontend www from web"; its words hold all of it
  std::vector<Line> lines;
  /// frontend, backend, listen, defaults: the defaults section that it takes its settings from, as
  /// an index of File::sections.
  std::optional<std::size_t> defaults;

  [[nodiscard]] bool is_proxy() const {
    return kind == Kind::kFrontend || kind == Kind::kBackend || kind == Kind::kListen;
  }
  [[nodiscard]] bool has_frontend() const {
    return kind == Kind::kFrontend || kind == Kind::kListen;
  }
  [[nodiscard]] bool has_backend() const { return kind == Kind::kBackend || kind == Kind::kListen; }
};

/// A line that is no setting: a directive (`.if`), or one in a branch that is not taken.
struct Directive {
  std::uint32_t line = 1;
  std::string text;      ///< as it stands
  bool skipped = false;  ///< true: not of this run, since the condition above says so
  std::string note;      ///< `.notice` and its like: what it says
};

/// Something wrong with a line; the line is left out, or taken as `message` says.
struct Fault {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string message;  ///< what is wrong; the rule; the remedy
};

struct File {
  std::vector<Section> sections;  ///< in their order; the lines of `global` sections stay apart
  std::vector<Directive> directives;
  std::vector<Fault> faults;
  std::uint32_t lines = 0;  ///< of the text
  std::uint32_t blank = 0;  ///< empty ones and those of comments alone

  /// The proxy of that name that has this side; nullptr where there is none.
  [[nodiscard]] const Section* backend(std::string_view name) const;
  [[nodiscard]] const Section* frontend(std::string_view name) const;
  /// The section of that kind and name; nullptr where there is none.
  [[nodiscard]] const Section* find(Kind kind, std::string_view name) const;
  /// The chain of defaults of a section, the farthest first, the section itself last.
  [[nodiscard]] std::vector<const Section*> chain(const Section& section) const;
  /// The last line with this keyword (the words in a row, such as "timeout connect") that counts
  /// for the section, its defaults included; nullptr where there is none.
  [[nodiscard]] const Line* setting(const Section& section,
                                    std::vector<std::string_view> keyword) const;
};

[[nodiscard]] std::string_view to_string(Kind kind);

}  // namespace hapair::haproxy
