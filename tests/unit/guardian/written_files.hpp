// For tests of what writes files: a folder that goes with the test, and what stands in a file.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/log.hpp"

namespace hapair::guardian {

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "hapair-files-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string in(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The ids of what was logged.
struct Records final : base::LogSink {
  void write(const base::LogRecord& record) noexcept override { ids.emplace_back(record.id); }
  std::vector<std::string> ids;
};

}  // namespace hapair::guardian
