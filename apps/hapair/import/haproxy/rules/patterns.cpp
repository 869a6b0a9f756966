#include "apps/hapair/import/haproxy/rules/patterns.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::string_view kSpecial = "\\^$.[]|()?*+{}";

bool has_alternatives(std::string_view regex) {
  int depth = 0;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    if (regex[i] == '\\') {
      ++i;
    } else if (regex[i] == '(') {
      ++depth;
    } else if (regex[i] == ')') {
      --depth;
    } else if (regex[i] == '|' && depth == 0) {
      return true;
    }
  }
  return false;
}

bool has_groups(std::string_view regex) {
  for (std::size_t i = 0; i + 1 < regex.size(); ++i) {
    if (regex[i] == '\\' && regex[i + 1] >= '1' && regex[i + 1] <= '9') return true;
    if (regex[i] == '\\') ++i;
  }
  return false;
}

}  // namespace

std::string quoted_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string cased(std::string_view regex, bool ignore_case) {
  return ignore_case ? concat("(?i)", regex) : std::string(regex);
}

std::vector<std::string> regex_of(std::string_view before, const std::vector<std::string>& texts,
                                  std::string_view after, bool ignore_case) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < texts.size();) {
    std::string inner = quoted_regex(texts[at]);
    const std::size_t first = at++;
    const std::size_t frame = before.size() + after.size() + 10;
    for (; at < texts.size(); ++at) {
      const std::string next = quoted_regex(texts[at]);
      if (inner.size() + next.size() + frame > kMaxRegex) break;
      inner += concat("|", next);
    }
    if (at - first > 1) inner = concat("(?:", inner, ")");
    out.push_back(cased(concat(before, inner, after), ignore_case));
  }
  return out;
}

std::vector<std::string> joined_regex(const std::vector<std::string>& regexes, bool ignore_case) {
  if (regexes.size() == 1) return {cased(regexes[0], ignore_case)};
  std::vector<std::string> out;
  std::string joined;
  for (const std::string& each : regexes) {
    const bool alone = has_groups(each);
    const std::string next = concat("(?:", each, ")");
    if (!joined.empty() && (alone || joined.size() + next.size() + 5 > kMaxRegex)) {
      out.push_back(cased(joined, ignore_case));
      joined.clear();
    }
    if (alone) {
      out.push_back(cased(each, ignore_case));
    } else {
      joined += concat(joined.empty() ? "" : "|", next);
    }
  }
  if (!joined.empty()) out.push_back(cased(joined, ignore_case));
  return out;
}

bool covers_all(std::string_view regex) {
  const bool to_the_end = regex.ends_with("(.*)") || regex.ends_with(".*") ||
                          (regex.ends_with('$') && !regex.ends_with("\\$"));
  return regex.starts_with('^') && to_the_end && !has_alternatives(regex);
}

std::string plain_prefix(std::string_view regex) {
  if (!regex.starts_with('^')) return {};
  regex.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const bool escaped = regex[i] == '\\' && i + 1 < regex.size();
    if (escaped) ++i;
    const bool special = kSpecial.find(regex[i]) != std::string_view::npos;
    const bool letter = (regex[i] >= 'a' && regex[i] <= 'z') ||
                        (regex[i] >= 'A' && regex[i] <= 'Z') ||
                        (regex[i] >= '0' && regex[i] <= '9');
    if (special != escaped && !(escaped && !letter)) return {};
    out += regex[i];
  }
  return out;
}

}  // namespace hapair::importing::haproxy
