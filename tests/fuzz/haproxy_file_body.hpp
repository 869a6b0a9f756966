// Any text as an haproxy.cfg: a File whose places lie in it, and a config with every line accounted
// for. Its first byte says which version.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/import/context.hpp"
#include "apps/hapair/import/haproxy/condition.hpp"
#include "apps/hapair/import/haproxy/parse.hpp"
#include "apps/hapair/import/import.hpp"
#include "common/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void check_haproxy_model(const importing::haproxy::File& file, std::size_t lines) {
  namespace haproxy = importing::haproxy;
  require(file.sections.size() <= haproxy::kMaxSections, "sections have a limit");
  for (const auto& fault : file.faults) {
    require(fault.at.line >= 1 && fault.at.line <= lines, "a fault is in the file");
    require(!fault.message.empty(), "and says what is wrong");
  }
  for (std::size_t i = 0; i < file.sections.size(); ++i) {
    const haproxy::Section& section = file.sections[i];
    require(!section.defaults || *section.defaults < i, "defaults stand before who takes them");
    for (const haproxy::Line& line : section.lines) {
      require(!line.words.empty() && line.words.size() <= haproxy::kMaxWords, "lines have words");
      require(line.at.line >= 1 && line.at.line <= lines, "a line is in the file");
      const auto rule = haproxy::split_condition(line.words);
      if (!rule || !rule->condition) continue;
      for (const auto& all : rule->condition->any_of) require(!all.empty(), "an alternative tests");
    }
  }
}

inline void fuzz_haproxy_file(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  const std::string text(base::as_text(bytes.subspan(1)));
  importing::Options options;
  options.haproxy = {"haproxy.cfg"};
  options.haproxy_version =
      (bytes[0] & 1U) != 0 ? importing::kOldestHaproxy : importing::kNewestHaproxy;
  options.environment["SITE"] = "a site";
  importing::MemoryFiles files({{"haproxy.cfg", text}, {"/page", "HTTP/1.1 503 x\r\n\r\nbody"}});
  importing::Context context{.options = options, .files = files};
  importing::haproxy::translate(context);
  if (context.sources.size() == 0) return;
  require(context.account.closed(), "every line has its fate");
  require(!context.draft.config.to_text().empty(), "there is a config");

  const std::vector<importing::haproxy::Text> texts{{.file = 0, .text = context.sources[0].text}};
  const auto file = importing::haproxy::parse(texts, options.haproxy_version, {});
  check_haproxy_model(file, context.sources[0].lines.size());
}

}  // namespace hapair::fuzz
