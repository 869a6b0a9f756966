// A screen as text with tones, and how a terminal is told of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/control/text_table.hpp"

namespace hapair::top {

using control::Tone;

struct Size {
  std::size_t columns = 80;
  std::size_t rows = 24;

  bool operator==(const Size&) const = default;
};

/// A part of a line. Its text is safe for a screen.
struct Piece {
  std::string text;
  Tone tone = Tone::kPlain;

  bool operator==(const Piece&) const = default;
};

struct Line {
  std::vector<Piece> pieces{};
  bool bar = false;  ///< in reverse, over the whole width

  /// Adds outside text; what is not fit for a screen is replaced.
  Line& add(std::string_view text, Tone tone = Tone::kPlain);
  [[nodiscard]] std::size_t width() const;

  bool operator==(const Line&) const = default;
};

/// As many lines as the screen has rows, or fewer, none wider than it.
using Frame = std::vector<Line>;

/// The line with at most so many columns.
[[nodiscard]] Line clipped(const Line& line, std::size_t columns);
/// Without tones, a line's end behind each line, no blanks before it.
[[nodiscard]] std::string plain_text(const Frame& frame);

/// What changes a screen that shows `before` into one that shows `frame`; an empty `before`: the
/// screen is cleared first. Without colours bars are in reverse all the same.
[[nodiscard]] std::string drawing(const Frame& frame, const Frame& before, Size size, bool colours);

}  // namespace hapair::top
