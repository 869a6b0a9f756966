#include "apps/hapair/import/haproxy/keyword_table.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace hapair::importing::haproxy {
namespace {

constexpr std::size_t kMaxKeywordWords = 3;

std::vector<Keyword> all_keywords() {
  std::vector<Keyword> out;
  for (const auto table : {section_keywords(), global_keywords(), proxy_keywords(),
                           option_keywords(), check_keywords()}) {
    out.insert(out.end(), table.begin(), table.end());
  }
  for (const auto table : {bind_keywords(), server_keywords()}) {
    for (const WordKeyword& each : table) out.push_back(each.keyword);
  }
  return out;
}

/// "ssl-default-bind-*" stands for all words that begin so.
bool fits(std::string_view pattern, std::string_view words) {
  if (!pattern.ends_with('*')) return pattern == words;
  return words.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::span<const Keyword> keywords() {
  static const std::vector<Keyword> kTable = all_keywords();
  return kTable;
}

const Keyword* find_keyword(std::span<const Keyword> table, const Line& line) {
  // "tune.*" also fits "tune.maxaccept 64", and would hide the keyword that is in the table.
  for (const bool whole : {true, false}) {
    for (std::size_t count = std::min(kMaxKeywordWords, line.words.size()); count > 0; --count) {
      std::string words = line.words[0].text;
      for (std::size_t i = 1; i < count; ++i) words += " " + line.words[i].text;
      const auto found = std::ranges::find_if(table, [&](const Keyword& each) {
        return whole ? each.word == words : fits(each.word, words);
      });
      if (found != table.end()) return &*found;
    }
  }
  return nullptr;
}

const WordKeyword* find_word(std::span<const WordKeyword> table, std::string_view word) {
  const auto found = std::ranges::find_if(
      table, [&](const WordKeyword& each) { return fits(each.keyword.word, word); });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace hapair::importing::haproxy
