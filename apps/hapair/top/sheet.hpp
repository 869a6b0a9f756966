// A table for a screen of fixed width: what has no room is left out, the least important columns
// first; the last one has what is left.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/top/frame.hpp"

namespace hapair::top {

struct SheetColumn {
  std::string title;
  bool right = false;
  unsigned rank = 0;  ///< 0 always stays; the highest goes first
};

struct SheetCell {
  std::string text;
  Tone tone = Tone::kPlain;
  std::optional<double> number{};  ///< what it is sorted by; absent: its text
};

struct SheetRow {
  std::vector<SheetCell> cells{};
  bool amiss = false;     ///< has a mark, so that colour is not all that tells it
  std::size_t place = 0;  ///< among those that were added
};

struct SheetOrder {
  std::optional<std::size_t> column{};  ///< absent: as they come
  bool reversed = false;
};

class Sheet {
 public:
  explicit Sheet(std::vector<SheetColumn> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns.
  void add(SheetRow row);
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] const std::vector<SheetColumn>& columns() const { return columns_; }
  void keep_amiss();
  /// Numbers begin with the highest.
  void sort(const SheetOrder& order);
  /// The titles, and as many rows as there is room for, from `first` on.
  [[nodiscard]] Frame lines(Size size, std::size_t first, const SheetOrder& order) const;

 private:
  [[nodiscard]] std::vector<std::size_t> shown(std::size_t columns,
                                               const std::vector<std::size_t>& widths) const;
  [[nodiscard]] std::string title(std::size_t column, const SheetOrder& order) const;

  std::vector<SheetColumn> columns_;
  std::vector<SheetRow> rows_;
};

}  // namespace hapair::top
