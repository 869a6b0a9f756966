// The account of an import: what became of each line of each input. A line may be marked several
// times (each word of a `server` line has a fate of its own); what counts for it is its gravest
// mark, and all notes are kept. Nothing is dropped silently: a line that nobody has marked shows as
// an open one, and the account does not close.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/sources.hpp"

namespace hapair::importing {

/// What became of a line, from the lightest to the gravest.
enum class Fate : std::uint8_t {
  kOpen,          ///< nobody has said yet
  kBlank,         ///< nothing stands there
  kComment,       ///< nothing but a comment, which is carried into the result where it belongs
  kNotNeeded,     ///< hapair does it anyway, or it has no meaning any more
  kKept,          ///< the result says the same
  kChanged,       ///< the result says it in another way, or something a little different
  kNotSupported,  ///< not in the result
  kWrong,         ///< a fault of the input
};
inline constexpr std::size_t kFates = 8;

/// "kept", "changed", "not needed", "not supported", "wrong", "blank", "comment", "open".
[[nodiscard]] std::string_view to_string(Fate fate);

/// A remark on a line, at a place in it.
struct Note {
  Place at;
  Fate fate = Fate::kKept;
  /// changed: how; not needed: why; not supported: what instead; wrong: what is wrong.
  std::string text;
  /// wrong: what the import assumed; empty otherwise.
  std::string assumed{};
  /// The operator must decide before the result is used: the exit code tells.
  bool open_decision = false;
};

class Account {
 public:
  /// Notes beyond so many are counted, not kept; no line loses its fate by that.
  static constexpr std::size_t kMaxNotes = 20'000;

  /// Makes room for the lines of a source; its blank lines are marked at once.
  void add_source(std::uint32_t file, const Source& source);

  void comment(const Place& at) { mark(at, Fate::kComment); }
  void kept(const Place& at) { mark(at, Fate::kKept); }
  /// `how` it is said now: "is `timeouts.connect`, in words".
  void changed(const Place& at, std::string how);
  /// `why` it is not needed: "hapair does this by itself: ...".
  void not_needed(const Place& at, std::string why);
  /// `instead`: what it would have done, and what to do in its place.
  void not_supported(const Place& at, std::string instead);
  /// A fault for which the import has taken something sensible.
  void wrong(const Place& at, std::string what, std::string assumed);
  /// A fault that the import will not guess at: what the operator must decide.
  void undecided(const Place& at, std::string what, std::string decide);
  /// Where a directive goes on over several lines: the others have the fate of the first.
  void same_as(const Place& at, const Place& first);

  [[nodiscard]] Fate fate(const Place& at) const { return fates_[at.file][at.line - 1]; }
  /// In the order of files and lines.
  [[nodiscard]] std::vector<Note> notes() const;
  [[nodiscard]] std::size_t dropped_notes() const { return dropped_; }
  [[nodiscard]] bool has_open_decision() const { return open_decisions_ > 0; }

  struct Count {
    std::array<std::size_t, kFates> lines{};  ///< by Fate

    [[nodiscard]] std::size_t operator[](Fate fate) const {
      return lines[static_cast<std::size_t>(fate)];
    }
    [[nodiscard]] std::size_t total() const;
    /// Lines that say something: all but blank ones and comments.
    [[nodiscard]] std::size_t directives() const;
    Count& operator+=(const Count& other);
  };
  [[nodiscard]] Count count(std::uint32_t file) const;
  [[nodiscard]] Count count() const;
  /// Every line of every source has its fate.
  [[nodiscard]] bool closed() const { return count()[Fate::kOpen] == 0; }
  /// Marks what is still open as not supported, with a note that says so: for the end of an import,
  /// so that a bug of ours shows in the report instead of hiding a line.
  void close();

 private:
  void mark(const Place& at, Fate fate);
  void add(Note note);

  std::vector<std::vector<Fate>> fates_;  ///< by file, line - 1
  struct Follower {
    Place at;
    Place first;
  };
  std::vector<Follower> followers_;
  std::vector<Note> notes_;
  std::size_t dropped_ = 0;
  std::size_t open_decisions_ = 0;
};

}  // namespace hapair::importing
