#include "apps/hapair/control/text_table.hpp"

#include <algorithm>
#include <cassert>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::control {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kMaxCell = 100;

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return {};
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kFaint:
      return "\x1b[2m";
  }
  return {};
}

}  // namespace

std::string paint(std::string_view text, Tone tone, bool colours) {
  const std::string_view escape = escape_of(tone);
  if (!colours || escape.empty()) return std::string(text);
  return base::concat(escape, text, "\x1b[0m");
}

void TextTable::add_row(std::vector<Cell> cells) {
  assert(cells.size() == columns_.size());
  for (Cell& cell : cells) cell.text = base::printable(cell.text, kMaxCell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::render(bool colours) const {
  std::vector<std::vector<Cell>> lines(1);
  for (const Column& column : columns_) lines[0].push_back({column.title, Tone::kFaint});
  lines.insert(lines.end(), rows_.begin(), rows_.end());

  std::string out;
  std::vector<std::size_t> widths(columns_.size());
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].text.size());
    }
  }
  for (const auto& line : lines) {
    std::string blanks;  // owed before the next text, so that none end a line
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - line[i].text.size(), ' ');
      if (columns_[i].align == Align::kRight) blanks += pad;
      if (!line[i].text.empty()) {
        out += blanks + paint(line[i].text, line[i].tone, colours);
        blanks.clear();
      }
      if (columns_[i].align == Align::kLeft) blanks += pad;
      blanks += kGap;
    }
    out += '\n';
  }
  return out;
}

}  // namespace hapair::control
