// Answers about many sessions at once, made in pieces: thousands of them are looked at, told of and
// closed a few in each turn of the loop.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/pieced_document.hpp"
#include "common/base/time.hpp"
#include "liblb/core/session_view.hpp"

namespace hapair::control {

/// What a list of sessions is made of; the book outlives whoever has it.
struct SessionsFacts {
  const lb::SessionBook& book;
  std::string_view node;
  base::WallTime now;
};

/// The sessions that a filter lets pass, those that stand longest first.
class SessionsDocument final : public PiecedDocument {
 public:
  /// More are not told of.
  static constexpr std::size_t kMaxTold = 1000;
  /// In one turn of the loop.
  static constexpr std::size_t kLookedAt = 128;
  static constexpr std::size_t kToldAtOnce = 16;

  SessionsDocument(const SessionsFacts& facts, lb::SessionFilter filter);

  [[nodiscard]] std::string next() override;

 private:
  using Mark = lb::SessionBook::Mark;

  void look();
  [[nodiscard]] std::string begin();

  const lb::SessionBook& book_;
  std::string node_;
  base::WallTime now_;
  lb::SessionFilter filter_;
  std::size_t place_ = 0;     ///< the next one to look at
  std::vector<Mark> found_;   ///< while looking, a heap with the youngest on top
  std::size_t matching_ = 0;  ///< in all
  std::size_t told_ = 0;      ///< of those found
  bool begun_ = false;
  bool any_ = false;  ///< a row was told
  bool ended_ = false;
};

/// Closes the sessions that a filter lets pass, and tells how many they were.
class ClosedDocument final : public PiecedDocument {
 public:
  /// In one turn of the loop.
  static constexpr std::size_t kClosedAtOnce = 8;

  /// The book outlives it.
  ClosedDocument(lb::SessionBook& book, lb::SessionFilter filter);

  [[nodiscard]] std::string next() override;

 private:
  lb::SessionBook& book_;
  lb::SessionFilter filter_;
  std::size_t place_ = 0;
  std::size_t end_;  ///< of the places that there were when it began
  std::vector<lb::SessionBook::Mark> found_;
  std::size_t closed_ = 0;
  bool ended_ = false;
};

/// The answer to a session that was closed.
[[nodiscard]] std::string render_closed(std::size_t closed);

}  // namespace hapair::control
