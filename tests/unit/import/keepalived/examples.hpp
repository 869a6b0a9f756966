// The examples in tests/data/import/keepalived: folders with the files of a host (input.conf, or
// input1.conf, input2.conf of two nodes; haproxy.cfg; what they include), and what is expected.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "apps/hapair/import/import.hpp"
#include "apps/hapair/import/report.hpp"

namespace hapair::test {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Example {
  std::filesystem::path folder;
  importing::Options options;
  importing::MemoryFiles::Map files;
};

inline Example load_example(const std::filesystem::path& folder) {
  Example out{.folder = folder, .options = {}, .files = {}};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::string name = std::filesystem::relative(entry.path(), folder).string();
    if (name.starts_with("expected.")) continue;
    if (name.starts_with("root/")) name = name.substr(4);  // by absolute paths
    out.files[name] = read_text(entry.path());
    if (name.starts_with("input")) out.options.keepalived.push_back(name);
    if (name == "haproxy.cfg") out.options.haproxy.push_back(name);
    if (name == "addresses") {
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) out.options.addresses.push_back(line);
    }
  }
  std::ranges::sort(out.options.keepalived);
  return out;
}

inline std::vector<std::filesystem::path> example_folders() {
  std::vector<std::filesystem::path> out;
  const std::filesystem::path root = HAPAIR_TEST_ROOT "/data/import/keepalived";
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.is_directory()) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

/// An import of files in memory, from beginning to end.
struct Run {
  importing::Options options;
  importing::MemoryFiles files;
  importing::Context context{.options = options, .files = files};
  base::Result<importing::Outcome> outcome;

  explicit Run(const Example& example)
      : options(example.options), files(example.files), outcome(importing::run_import(context)) {}
  /// One keepalived.conf of one node.
  explicit Run(const std::string& text) : Run(single(text)) {}

  static Example single(const std::string& text) {
    Example out;
    out.options.keepalived = {"k.conf"};
    out.files["k.conf"] = text;
    return out;
  }

  [[nodiscard]] std::string report() const { return text_report(context, *outcome); }
};

}  // namespace hapair::test
