#include "apps/hapair/top/sheet.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "apps/hapair/top/screen_text.hpp"

namespace hapair::top {
namespace {

constexpr std::string_view kMark = "! ";
constexpr std::string_view kNoMark = "  ";
constexpr std::string_view kColumnGap = " ";
/// The last column is not shown with less.
constexpr std::size_t kLeastLast = 6;

bool is_before(const SheetCell& a, const SheetCell& b) {
  if (a.number && b.number) return *a.number > *b.number;
  if (a.number.has_value() != b.number.has_value()) return a.number.has_value();
  return a.text < b.text;
}

}  // namespace

void Sheet::add(SheetRow row) {
  assert(row.cells.size() == columns_.size());
  for (SheetCell& cell : row.cells) cell.text = screen_safe(cell.text);
  row.place = rows_.size();
  rows_.push_back(std::move(row));
}

void Sheet::keep_amiss() {
  std::erase_if(rows_, [](const SheetRow& row) { return !row.amiss; });
}

void Sheet::sort(const SheetOrder& order) {
  if (order.column) {
    std::ranges::sort(rows_, [at = *order.column](const SheetRow& a, const SheetRow& b) {
      if (is_before(a.cells[at], b.cells[at])) return true;
      return !is_before(b.cells[at], a.cells[at]) && a.place < b.place;
    });
  }
  if (order.reversed) std::ranges::reverse(rows_);
}

std::vector<std::size_t> Sheet::shown(std::size_t columns,
                                      const std::vector<std::size_t>& widths) const {
  std::vector<std::size_t> all(columns_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto needed = [&] {
    std::size_t sum = kMark.size();
    for (const std::size_t each : all) {
      const bool last = each + 1 == columns_.size();
      sum += kColumnGap.size() + (last ? std::min(widths[each], kLeastLast) : widths[each]);
    }
    return sum - kColumnGap.size();
  };
  while (all.size() > 1 && needed() > columns) {
    const auto least =
        std::ranges::max_element(all, {}, [this](std::size_t each) { return columns_[each].rank; });
    if (columns_[*least].rank == 0) break;
    all.erase(least);
  }
  return all;
}

std::string Sheet::title(std::size_t column, const SheetOrder& order) const {
  const bool sorted = order.column == column;
  return columns_[column].title + (sorted ? (order.reversed ? "^" : "v") : "");
}

Frame Sheet::lines(Size size, std::size_t first, const SheetOrder& order) const {
  std::vector<std::size_t> widths(columns_.size());
  for (std::size_t i = 0; i < widths.size(); ++i) {
    widths[i] = width_of(title(i, order));
    for (const SheetRow& row : rows_) widths[i] = std::max(widths[i], width_of(row.cells[i].text));
  }
  const std::vector<std::size_t> columns = shown(size.columns, widths);
  Frame frame;
  const auto add_line = [&](std::string_view mark, const auto& cell_of) {
    Line line;
    line.add(mark, mark == kMark ? Tone::kBad : Tone::kPlain);
    for (const std::size_t each : columns) {
      const SheetCell cell = cell_of(each);
      const bool last = each == columns.back();
      std::string text = last && !columns_[each].right
                             ? cell.text
                             : fit(cell.text, widths[each], columns_[each].right);
      if (each != columns.front()) line.pieces.push_back({std::string(kColumnGap), Tone::kPlain});
      line.pieces.push_back({std::move(text), cell.tone});
    }
    frame.push_back(clipped(line, size.columns));
  };
  if (size.rows > 0) {
    add_line(kNoMark,
             [&](std::size_t each) { return SheetCell{title(each, order), Tone::kFaint, {}}; });
  }
  for (std::size_t i = first; i < rows_.size() && frame.size() < size.rows; ++i) {
    add_line(rows_[i].amiss ? kMark : kNoMark,
             [&](std::size_t each) { return rows_[i].cells[each]; });
  }
  return frame;
}

}  // namespace hapair::top
