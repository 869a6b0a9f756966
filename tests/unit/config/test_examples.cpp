// Every example file: the good ones have no fault, the bad ones exactly the expected ones.
#include <doctest/doctest.h>

#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair::config;

namespace {

std::string lines_of(FaultList& list, const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  std::string out;
  for (const Fault& fault : list.sorted()) out += fault.to_string(name) + "\n";
  return out;
}

std::string faults_of(const std::filesystem::path& path) {
  ParsedConfig parsed = parse_config(read_text(path));
  return lines_of(parsed.faults, path);
}

}  // namespace

TEST_CASE("the published examples and the good files have no fault") {
  std::vector<std::filesystem::path> paths = configs_below(kExamplesRoot);
  std::ranges::copy(configs_below(kDataRoot / "good"), std::back_inserter(paths));
  CHECK(paths.size() >= 10);
  for (const auto& path : paths) {
    CAPTURE(path.string());
    CHECK(faults_of(path).empty());
  }
}

TEST_CASE("each bad file has exactly its expected faults") {
  const auto paths = configs_below(kDataRoot / "bad");
  CHECK(paths.size() >= 70);
  for (const auto& path : paths) {
    CAPTURE(path.string());
    const std::string faults = faults_of(path);
    CHECK_FALSE(faults.empty());
    auto expected = path;
    expected.replace_extension(".expected");
    if (rewriting()) write_text(expected, faults);
    CHECK(faults == read_text(expected));
  }
}

TEST_CASE("each good file has exactly its expected notices, mostly none") {
  for (const auto& path : configs_below(kDataRoot / "good")) {
    CAPTURE(path.string());
    ParsedConfig parsed = parse_config(read_text(path));
    const std::string notices = lines_of(parsed.notices, path);
    auto expected = path;
    expected.replace_extension(".notices");
    if (rewriting() && !notices.empty()) write_text(expected, notices);
    CHECK(notices == read_text(expected));
  }
}

TEST_CASE("faults come in the order of the file") {
  for (const auto& path : configs_below(kDataRoot / "bad")) {
    ParsedConfig parsed = parse_config(read_text(path));
    CHECK(std::ranges::is_sorted(parsed.faults.sorted(), {}, &Fault::at));
  }
}
