// A table of text for a terminal or a pipe: columns as wide as they need be, colours if wanted.
#pragma once

#include <string>
#include <vector>

namespace hapair::control {

enum class Tone { kPlain, kGood, kWarning, kBad, kFaint };

struct Cell {
  std::string text;
  Tone tone = Tone::kPlain;
};

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class TextTable {
 public:
  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// As many cells as there are columns. What came from outside is made printable here.
  void add_row(std::vector<Cell> cells);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Ends with a line break; no blanks at the ends of lines.
  [[nodiscard]] std::string render(bool colours) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

/// The text in the tone's colour, if colours are wanted.
[[nodiscard]] std::string paint(std::string_view text, Tone tone, bool colours);

}  // namespace hapair::control
