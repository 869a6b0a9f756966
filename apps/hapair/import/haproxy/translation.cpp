#include "apps/hapair/import/haproxy/translation.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {

using base::concat;

const Line* Translation::keep(const Proxy& proxy, std::initializer_list<std::string_view> words) {
  const Line* const line = proxy.setting(words);
  if (line != nullptr) report.kept(line->at);
  return line;
}

const Line* Translation::change(const Proxy& proxy, std::initializer_list<std::string_view> words,
                                const std::string& how) {
  const Line* const line = proxy.setting(words);
  if (line != nullptr) report.changed(line->at, how);
  return line;
}

std::optional<std::int64_t> Translation::time_of(const Line* line, std::size_t index,
                                                 std::int64_t lowest, std::int64_t highest) {
  if (line == nullptr) return std::nullopt;
  const auto time = parse_time(line->word(index));
  if (!time) {
    report.wrong(line->place(index),
                 concat("\"", base::printable(line->word(index), 40),
                        "\" is no time; write a whole number with us, ms, s, m, h or d"),
                 "hapair's default counts");
    return std::nullopt;
  }
  if (*time == 0 || *time > highest) {
    report.changed(line->at, concat(*time == 0 ? "without end is not in hapair: " : "",
                                    duration_text(highest), " is the longest"));
    return highest;
  }
  if (*time < lowest) {
    report.changed(line->at, concat(duration_text(lowest), " is the shortest"));
    return lowest;
  }
  report.kept(line->at);
  return time;
}

std::vector<const Proxy*> backends_of(const Translation& all, const Proxy& proxy) {
  std::vector<const Proxy*> out;
  std::set<std::string_view> seen;
  if (!proxy.backend.empty()) out.push_back(&proxy);
  for (const Line* line : proxy.lines) {
    if (line->keyword() != "default_backend" && line->keyword() != "use_backend") continue;
    const Proxy* const target = all.model.backend(line->word(1));
    if (target == nullptr || target->backend.empty() || target == &proxy) continue;
    if (seen.insert(target->backend).second) out.push_back(target);
  }
  return out;
}

void arrange(JsonTree& tree, std::initializer_list<std::string_view> order) {
  if (!tree.is_object()) return;
  JsonTree::Object out;
  out.reserve(tree.members().size());
  for (const std::string_view key : order) {
    const auto found = std::ranges::find(tree.members(), key, &JsonTree::Member::key);
    if (found == tree.members().end()) continue;
    out.push_back(std::move(*found));
    tree.members().erase(found);
  }
  for (JsonTree::Member& rest : tree.members()) out.push_back(std::move(rest));
  tree.members() = std::move(out);
}

std::string in_folder(std::string_view folder, std::string_view path) {
  if (folder.empty() || path.starts_with('/')) return std::string(path);
  return concat(folder, folder.ends_with('/') ? "" : "/", path);
}

std::string joined(const Line& line, std::size_t first) {
  std::string out;
  for (std::size_t i = first; i < line.words.size(); ++i) {
    if (i > first) out += ' ';
    out += line.words[i].text;
  }
  return out;
}

}  // namespace hapair::importing::haproxy
