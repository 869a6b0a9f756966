// The configurations below tests/data/import/haproxy: each becomes the config that is expected of
// it, with every line accounted for. HAPAIR_REWRITE=1 writes the expectations anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/config/data_files.hpp"
#include "tests/unit/import/haproxy/haproxy_import.hpp"

using namespace hapair;
using namespace hapair::importing;
using hapair::importing::haproxy::test::Files;
using hapair::importing::haproxy::test::HaproxyImport;

namespace {

const std::filesystem::path kRoot =
    std::filesystem::path(HAPAIR_TEST_ROOT) / "data" / "import" / "haproxy";

/// What a folder says beside its haproxy.cfg: lines of "version 2.4", "env NAME=VALUE",
/// "node NAME ADDRESS", "vip NAME ADDRESS" and "open": a decision is left to the operator.
struct Given {
  Options options;
  std::vector<std::pair<std::string, std::string>> nodes;
  std::vector<std::pair<std::string, std::string>> vips;
  bool open = false;
};

Given read_given(const std::filesystem::path& folder) {
  Given given;
  given.options.salt = "salt of the tests";
  const std::string text = config::read_text(folder / "given");
  for (const std::string_view line : base::split(text, '\n')) {
    const auto words = base::split(line, ' ');
    const std::string_view what = words[0];
    if (what == "version") {
      given.options.haproxy_version = *parse_version(words[1], kOldestHaproxy, kNewestHaproxy);
    } else if (what == "env") {
      std::string_view value = words[1];
      const std::string name(base::take_part(value, '='));
      given.options.environment[name] = std::string(value);
    } else if (what == "node") {
      given.nodes.emplace_back(words[1], words[2]);
    } else if (what == "vip") {
      given.vips.emplace_back(words[1], words[2]);
    } else if (what == "open") {
      given.open = true;
    }
  }
  return given;
}

/// haproxy.cfg, and what lies below `files` by its absolute path.
Files read_files(const std::filesystem::path& folder) {
  Files files;
  files["haproxy.cfg"] = config::read_text(folder / "haproxy.cfg");
  if (!std::filesystem::exists(folder / "files")) return files;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder / "files")) {
    if (!each.is_regular_file()) continue;
    const auto path = "/" + std::filesystem::relative(each.path(), folder / "files").string();
    files[path] = config::read_text(each.path());
  }
  return files;
}

void expect(const std::filesystem::path& file, const std::string& text) {
  if (config::rewriting()) config::write_text(file, text);
  CHECK(config::read_text(file) == text);
}

}  // namespace

TEST_CASE("each example becomes what is expected of it") {
  std::vector<std::filesystem::path> folders;
  for (const auto& each : std::filesystem::directory_iterator(kRoot))
    folders.push_back(each.path());
  std::ranges::sort(folders);
  CHECK(folders.size() >= 45);
  Account::Count all;
  for (const auto& folder : folders) {
    CAPTURE(folder.filename().string());
    const Given given = read_given(folder);
    HaproxyImport import(read_files(folder), given.options);
    for (const auto& [name, address] : given.nodes) import.add_node(name, address);
    for (const auto& [name, address] : given.vips) import.add_vip(name, address);
    import.run();
    expect(folder / "expected.json", import.json());
    expect(folder / "expected.report", import.report());
    const Context& context = import.context();
    CHECK(context.account.closed());
    CHECK((context.account.has_open_decision() || !context.draft.decisions.empty()) == given.open);
    const std::string faults = import.config_faults();
    CAPTURE(faults);
    CHECK((faults.empty() || given.open));
    all += context.account.count();
  }
  const std::size_t good = all[Fate::kKept] + all[Fate::kChanged] + all[Fate::kNotNeeded];
  CAPTURE(good);
  CAPTURE(all.directives());
  CHECK(good * 100 >= all.directives() * 95);
}
