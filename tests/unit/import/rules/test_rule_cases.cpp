// The inputs of tests/data/import/rules: their rules in the config, and what is said of each line
// of rules. HAPAIR_REWRITE=1 writes what they come to.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/import/rules/rules_import.hpp"

using namespace hapair;
using namespace hapair::importing;
using namespace hapair::importing::haproxy;
using namespace hapair::importing::haproxy::test;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_expectation(std::string_view name) {
  return name == "haproxy.cfg" || name == "expected.json" || name == "expected.report";
}

/// The files of a case as its config names them.
Files files_of(const std::filesystem::path& folder) {
  Files out;
  for (const auto& each : std::filesystem::directory_iterator(folder)) {
    const std::string name = each.path().filename().string();
    if (!is_expectation(name)) out.emplace("/etc/haproxy/" + name, text_of(each.path()));
  }
  return out;
}

/// A line for each line of the input that has rules.
std::string report_of(const RulesImport& made, Context& context) {
  std::string out;
  const Source& source = context.sources[0];
  for (std::uint32_t line = 1; line <= source.lines.size(); ++line) {
    const Fate fate = made.fate(line);
    if (fate == Fate::kOpen || fate == Fate::kBlank || fate == Fate::kComment) continue;
    out += base::concat(line, ": ", to_string(fate), "\n");
    for (const Note& note : context.account.notes()) {
      if (note.at.line != line) continue;
      out += base::concat("   ", to_string(note.fate), ": ", note.text,
                          note.assumed.empty() ? "" : "; ", note.assumed, "\n");
    }
  }
  return out;
}

void compare(const std::filesystem::path& path, const std::string& text) {
  if (std::getenv("HAPAIR_REWRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  CAPTURE(path.string());
  CHECK(text == text_of(path));
}

}  // namespace

TEST_CASE("the rules of each input are in the config, and every line of them is accounted for") {
  const std::filesystem::path root = std::filesystem::path(HAPAIR_TEST_ROOT) / "data/import/rules";
  std::size_t count = 0;
  for (const auto& each : std::filesystem::directory_iterator(root)) {
    CAPTURE(each.path().string());
    RulesImport made(text_of(each.path() / "haproxy.cfg"), files_of(each.path()));
    CHECK(made.config_faults() == "");
    for (const Proxy& proxy : made.model().proxies) {
      for (const Line* line : proxy.lines) {
        CAPTURE(line->at.line);
        if (is_rule(proxy, *line)) CHECK(made.fate(line->at.line) != Fate::kOpen);
      }
    }
    compare(each.path() / "expected.json", made.json());
    compare(each.path() / "expected.report", report_of(made, made.context()));
    ++count;
  }
  CHECK(count >= 45);
}
