// What becomes of each keyword of keepalived.conf, put together from its parts.
#include "apps/hapair/import/keywords.hpp"

#include <map>
#include <utility>
#include <vector>

#include "apps/hapair/import/keepalived/keyword_parts.hpp"

namespace hapair::importing::keepalived {

std::span<const Keyword> keywords() {
  static const std::vector<Keyword> kAll = [] {
    std::vector<Keyword> out;
    for (const auto part : {vrrp_keywords(), global_keywords(), check_keywords()}) {
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }();
  return kAll;
}

const Keyword* find_keyword(std::string_view where, std::string_view word) {
  using Index = std::map<std::pair<std::string_view, std::string_view>, const Keyword*>;
  static const Index kIndex = [] {
    Index out;
    for (const Keyword& each : keywords()) out.emplace(std::pair(each.where, each.word), &each);
    return out;
  }();
  const auto found = kIndex.find({where, word});
  return found == kIndex.end() ? nullptr : found->second;
}

}  // namespace hapair::importing::keepalived
