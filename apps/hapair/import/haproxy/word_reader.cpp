#include "apps/hapair/import/haproxy/word_reader.hpp"

#include <string>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

void report_unknown(Report& report, const Line& line, std::size_t at,
                    std::span<const WordKeyword> table) {
  std::vector<std::string_view> known;
  for (const WordKeyword& each : table) known.push_back(each.keyword.word);
  const auto near = base::nearest_word(line.word(at), known);
  report.wrong(line.place(at),
               concat("`", line.keyword(), "` has no word \"", base::printable(line.word(at), 60),
                      "\"", near ? concat("; \"", *near, "\" is near") : ""),
               "it is left out");
}

}  // namespace

std::vector<ReadWord> read_words(Report& report, const Line& line, std::size_t first,
                                 std::span<const WordKeyword> table) {
  std::vector<ReadWord> out;
  bool lost = false;
  for (std::size_t at = first; at < line.words.size(); ++at) {
    const WordKeyword* const found = find_word(table, line.word(at));
    if (found == nullptr) {
      if (!lost) report_unknown(report, line, at, table);
      lost = true;
      continue;
    }
    lost = false;
    const Keyword& keyword = found->keyword;
    if (at + found->arguments >= line.words.size()) {
      report.wrong(line.place(at), concat("nothing stands behind `", keyword.word, "`"),
                   "it is left out");
      break;
    }
    if (keyword.fate != Fate::kKept) {
      report.say(line.place(at), keyword.fate, concat("`", line.word(at), "`: ", keyword.text));
    }
    out.push_back({.name = line.word(at),
                   .value = found->arguments > 0 ? line.word(at + 1) : std::string_view(),
                   .at = line.place(at)});
    at += found->arguments;
  }
  return out;
}

}  // namespace hapair::importing::haproxy
