// What `--explain` and docs/import.md say, from the tables of keywords.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "apps/hapair/import/keywords.hpp"
#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

using base::concat;

struct Table {
  std::string_view program;
  std::string_view heading;
  std::span<const Keyword> keywords;
};

const std::array<Table, 3>& tables() {
  static const std::array<Table, 3> kTables{
      {{"keepalived", "Keywords of keepalived", keepalived::keywords()},
       {"HAProxy", "Keywords of HAProxy", haproxy::keywords()},
       {"HAProxy", "HAProxy's ACLs and rules", haproxy::rule_keywords()}}};
  return kTables;
}

/// "option forwardfor" is found by "forwardfor", and by itself.
bool fits(const Keyword& keyword, std::string_view word) {
  if (keyword.word == word) return true;
  const std::size_t blank = keyword.word.rfind(' ');
  return blank != std::string_view::npos && keyword.word.substr(blank + 1) == word;
}

/// In a table of Markdown a bar would begin another column.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string table_of(const Table& table) {
  std::string out =
      concat("### ", table.heading, "\n\n| keyword | in | becomes | how |\n|---|---|---|---|\n");
  for (const Keyword& each : table.keywords) {
    out += concat("| `", cell(each.word), "` | ", cell(each.where), " | ", to_string(each.fate),
                  " | ", cell(each.text), " |\n");
  }
  return out;
}

}  // namespace

base::Result<std::string> explain_keyword(std::string_view word) {
  std::string out;
  std::vector<std::string_view> words;
  for (const Table& table : tables()) {
    for (const Keyword& each : table.keywords) {
      words.push_back(each.word);
      if (!fits(each, word)) continue;
      out += concat(table.program, ": ", each.word, " (", each.where, "): ", to_string(each.fate),
                    "\n  ", each.text, "\n");
    }
  }
  if (!out.empty()) return out;
  const auto near = base::nearest_word(word, words);
  return base::fail(concat("\"", base::printable(word),
                           "\" is no keyword of keepalived or HAProxy that the import knows; ",
                           near ? concat("did you mean \"", *near, "\"?")
                                : std::string("docs/import.md lists them all")));
}

std::string keyword_tables() {
  std::string out;
  for (const Table& table : tables()) {
    if (!out.empty()) out += '\n';
    out += table_of(table);
  }
  return out;
}

}  // namespace hapair::importing
