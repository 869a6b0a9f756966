#include "apps/hapair/import/file_access.hpp"

#include <fnmatch.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

using base::concat;

std::unexpected<base::Error> too_large(const std::string& path, std::size_t limit) {
  return base::fail(concat(path, " has more than ", limit, " bytes; is it the right file?"));
}

bool is_file_of(std::string_view name, std::string_view suffix) {
  return !name.empty() && name.front() != '.' && name.ends_with(suffix);
}

}  // namespace

base::Result<std::string> MemoryFiles::read(const std::string& path, std::size_t limit) {
  const auto found = files_.find(path);
  if (found == files_.end()) return base::fail(concat(path, ": No such file or directory"));
  if (found->second.size() > limit) return too_large(path, limit);
  return found->second;
}

std::vector<std::string> MemoryFiles::glob(const std::string& pattern) {
  std::vector<std::string> out;
  for (const auto& [path, text] : files_) {
    if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME | FNM_PERIOD) == 0) {
      out.push_back(path);
    }
  }
  return out;
}

base::Result<std::vector<std::string>> MemoryFiles::folder(const std::string& path,
                                                           std::string_view suffix) {
  const std::string start = path.ends_with('/') ? path : path + "/";
  std::vector<std::string> out;
  bool there = false;
  for (const auto& [name, text] : files_) {
    if (!name.starts_with(start)) continue;
    there = true;
    const std::string_view rest = std::string_view(name).substr(start.size());
    if (!rest.contains('/') && is_file_of(rest, suffix)) out.push_back(name);
  }
  if (!there) return base::fail(concat(path, " is no folder"));
  return out;
}

base::Result<std::string> DiskFiles::read(const std::string& path, std::size_t limit) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error) return base::fail(concat(path, ": ", error.message()));
  if (!std::filesystem::is_regular_file(status)) {
    return base::fail(concat(path, " is no regular file"));
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::os_fail(path);
  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return base::os_fail(path);
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limit) return too_large(path, limit);
  return text;
}

std::vector<std::string> DiskFiles::glob(const std::string& pattern) {
  std::vector<std::string> out;
  ::glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return out;
}

base::Result<std::vector<std::string>> DiskFiles::folder(const std::string& path,
                                                         std::string_view suffix) {
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error);
  if (error) return base::fail(concat(path, ": ", error.message()));
  std::vector<std::string> out;
  for (const std::filesystem::directory_entry& entry : entries) {
    if (is_file_of(entry.path().filename().native(), suffix)) out.push_back(entry.path().native());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace hapair::importing
