#include "apps/hapair/top/frame.hpp"

#include <algorithm>

#include "apps/hapair/top/screen_text.hpp"
#include "common/base/text.hpp"

namespace hapair::top {
namespace {

constexpr std::string_view kReverse = "\x1b[7m";
constexpr std::string_view kNormal = "\x1b[0m";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearScreen = "\x1b[2J";

std::string line_text(const Line& line, Size size, bool colours) {
  std::string out;
  for (const Piece& piece : line.pieces) {
    out += line.bar ? piece.text : control::paint(piece.text, piece.tone, colours);
  }
  const std::size_t width = line.width();
  if (!line.bar) return out + std::string(width < size.columns ? kClearLine : "");
  const std::size_t rest = size.columns - std::min(width, size.columns);
  return base::concat(kReverse, out, std::string(rest, ' '), kNormal);
}

}  // namespace

Line& Line::add(std::string_view text, Tone tone) {
  if (!text.empty()) pieces.push_back({screen_safe(text), tone});
  return *this;
}

std::size_t Line::width() const {
  std::size_t columns = 0;
  for (const Piece& piece : pieces) columns += width_of(piece.text);
  return columns;
}

Line clipped(const Line& line, std::size_t columns) {
  if (line.width() <= columns) return line;
  Line out{.pieces = {}, .bar = line.bar};
  std::size_t used = 0;
  for (const Piece& piece : line.pieces) {
    const std::size_t width = width_of(piece.text);
    if (used + width < columns) {
      out.pieces.push_back(piece);
      used += width;
      continue;
    }
    // It, or what follows it, has no room: the mark of a cut takes the last column.
    out.pieces.push_back({cut(piece.text + "  ", columns - used), piece.tone});
    break;
  }
  return out;
}

std::string plain_text(const Frame& frame) {
  std::string out;
  for (const Line& line : frame) {
    for (const Piece& piece : line.pieces) out += piece.text;
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string drawing(const Frame& frame, const Frame& before, Size size, bool colours) {
  std::string out;
  if (before.empty()) out += kClearScreen;
  for (std::size_t row = 0; row < size.rows; ++row) {
    const Line line = row < frame.size() ? frame[row] : Line{};
    const Line old = row < before.size() ? before[row] : Line{};
    if (!before.empty() && line == old) continue;
    out += base::concat("\x1b[", row + 1, ";1H", kNormal, line_text(line, size, colours));
  }
  return out;
}

}  // namespace hapair::top
