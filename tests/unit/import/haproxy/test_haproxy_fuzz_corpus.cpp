// The fuzz body over its corpus, and over all examples cut short.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/fuzz/haproxy_file_body.hpp"
#include "tests/fuzz/replay.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;

TEST_CASE("the fuzz body of haproxy.cfg holds for its corpus") {
  const auto corpus = std::filesystem::path(HAPAIR_TEST_ROOT) / "fuzz" / "corpus" / "haproxy_file";
  CHECK(fuzz::replay_corpus(corpus, fuzz::fuzz_haproxy_file) >= 60);
}

TEST_CASE("the fuzz body of haproxy.cfg holds for examples cut short anywhere") {
  const auto root = std::filesystem::path(HAPAIR_TEST_ROOT) / "data" / "import" / "haproxy";
  for (const auto& each : std::filesystem::directory_iterator(root)) {
    const std::string text = "0" + config::read_text(each.path() / "haproxy.cfg");
    for (std::size_t size = 0; size < text.size(); size += 97) {
      fuzz::fuzz_haproxy_file(base::as_bytes(std::string_view(text).substr(0, size)));
    }
  }
}
