#include "apps/hapair/import/sources.hpp"

#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

using base::concat;

/// An empty last line behind the last line break is none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::string_view line = base::take_part(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.push_back(line);
  }
  return out;
}

}  // namespace

std::string_view to_string(Program program) {
  switch (program) {
    case Program::kKeepalived:
      return "keepalived";
    case Program::kHaproxy:
      return "haproxy";
  }
  return "";
}

base::Result<std::uint32_t> Sources::load(FileAccess& files, const std::string& path,
                                          Program program, std::uint16_t node,
                                          std::optional<Place> included) {
  std::size_t depth = 0;
  for (std::optional<Place> up = included; up; up = sources_[up->file]->included) {
    if (sources_[up->file]->path == path) {
      return base::fail(concat(path, " includes itself; take that include out"));
    }
    if (++depth > kMaxDepth) {
      return base::fail(concat(path, " is an include in more than ", kMaxDepth,
                               " others; include it from the first file"));
    }
  }
  if (sources_.size() == kMaxFiles) {
    return base::fail(concat(path, " is one file too many; an import reads up to ", kMaxFiles));
  }
  auto text = files.read(path, kMaxFileBytes);
  if (!text) return std::unexpected(text.error());
  auto source = std::make_unique<Source>(Source{.path = path,
                                                .program = program,
                                                .node = node,
                                                .included = included,
                                                .text = *std::move(text),
                                                .lines = {}});
  source->lines = lines_of(source->text);
  if (bytes_ + source->text.size() > kMaxBytes || lines_ + source->lines.size() > kMaxLines) {
    return base::fail(concat(path, " is too much: an import reads up to ", kMaxBytes, " bytes and ",
                             kMaxLines, " lines in all its files"));
  }
  bytes_ += source->text.size();
  lines_ += source->lines.size();
  sources_.push_back(std::move(source));
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

std::string Sources::name(const Place& at) const {
  return concat(sources_[at.file]->path, ":", at.line);
}

}  // namespace hapair::importing
