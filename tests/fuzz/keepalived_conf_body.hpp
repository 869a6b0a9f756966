// Any text as a keepalived.conf, its parts as files that include one another and as a second
// node's: a config with every line accounted for, faults with their place, in bounded time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/import/import.hpp"
#include "apps/hapair/import/report.hpp"
#include "common/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// Lines of "%%" part the text: the first node's file, one to be included, the second node's.
inline void fuzz_keepalived_conf(std::span<const std::uint8_t> bytes) {
  std::string_view rest = base::as_text(bytes);
  constexpr std::string_view kParting = "\n%%\n";
  importing::MemoryFiles::Map texts;
  importing::Options options;
  for (const std::string_view name : {"k.conf", "part", "k2.conf"}) {
    const std::size_t end = rest.find(kParting);
    texts.emplace(name, rest.substr(0, end));
    if (name != "part") options.keepalived.emplace_back(name);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + kParting.size());
  }
  options.environment["SITE"] = "a site";
  importing::MemoryFiles files(texts);
  importing::Context context{.options = options, .files = files};
  const auto outcome = importing::run_import(context);
  require(outcome.has_value(), "files that are there can be read");
  require(context.account.closed(), "every line has its fate");
  for (const importing::Note& note : context.account.notes()) {
    require(note.at.file < context.sources.size(), "a note is in a file");
    require(note.at.line >= 1 && note.at.line <= context.sources[note.at.file].lines.size(),
            "a note is at a line");
    require(!note.text.empty(), "a note says something");
  }
  require(!outcome->config.empty(), "there is a config");
  require(!importing::text_report(context, *outcome).empty(), "there is a report");
  require(!importing::json_report(context, *outcome).empty(), "and one for programs");
}

}  // namespace hapair::fuzz
