// `hapair drift --write`: the file is replaced whole, or left as it is.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/hapair/config/write_command.hpp"
#include "common/base/bytes.hpp"
#include "common/tls/digest.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;

namespace {

constexpr const char* kServed = R"({
  "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "frontends": {
    "web": { "bind": [ { "address": "*", "port": 8080 } ], "default_backend": "web" }
  },
  "backends": {
    "web": {
      "servers": {
        "s1": { "address": "192.0.2.21:80", "weight": 10 }  // the first
      }
    }
  }
}
)";

struct WriteScene {
  WriteScene() {
    std::string name = (std::filesystem::temp_directory_path() / "hapair-write-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    file = (folder / "hapair.json").string();
    put(kServed);
  }
  ~WriteScene() { std::filesystem::remove_all(folder); }
  WriteScene(const WriteScene&) = delete;
  WriteScene& operator=(const WriteScene&) = delete;

  void put(const std::string& text, mode_t mode = 0600) const {
    write_text(file, text);
    REQUIRE(chmod(file.c_str(), mode) == 0);
  }
  [[nodiscard]] CheckReport weigh(const std::string& weight, const std::string& hash = {}) const {
    const std::vector<TextEdit> edits{
        {.path = {"backends", "web", "servers", "s1", "weight"}, .value = weight}};
    return write_command({.file = file, .edits = edits, .config_hash = hash}, {"elsewhere", {}});
  }
  [[nodiscard]] std::string text() const { return read_text(file); }
  [[nodiscard]] bool clean() const { return !std::filesystem::exists(file + ".hapair-new"); }

  std::filesystem::path folder;
  std::string file;
};

std::string weighing(const std::string& weight) {
  std::string text = kServed;
  return text.replace(text.find("\"weight\": 10"), 12, "\"weight\": " + weight);
}

}  // namespace

TEST_CASE("a file is written with its mode, also through a link") {
  const WriteScene scene;
  scene.put(kServed, 0640);
  const std::string link = (scene.folder / "link.json").string();
  std::filesystem::create_symlink("hapair.json", link);
  const std::vector<TextEdit> edits{
      {.path = {"backends", "web", "servers", "s1", "weight"}, .value = "30"}};
  const CheckReport report = write_command({.file = link, .edits = edits}, {"elsewhere", {}});
  CAPTURE(report.err);
  CHECK(report.exit_code == 0);
  CHECK(report.err.empty());
  CHECK(scene.text() == weighing("30"));
  CHECK(std::filesystem::is_symlink(link));
  struct stat now{};
  REQUIRE(stat(scene.file.c_str(), &now) == 0);
  CHECK((now.st_mode & 07777) == 0640);
  CHECK(scene.clean());
}

TEST_CASE("what the node has not read is told") {
  const WriteScene scene;
  const std::string read = tls::sha256_hex(base::as_bytes(kServed));
  CHECK(scene.weigh("30", read).err.empty());
  const CheckReport report = scene.weigh("31", read);
  CHECK(report.exit_code == 0);
  CHECK(report.err.find("has changed since the node read it") != std::string::npos);
  CHECK(scene.text() == weighing("31"));
}

TEST_CASE("what would be a fault is told of the file itself, and not written") {
  const WriteScene scene;
  const CheckReport report = scene.weigh("1000");
  CHECK(report.exit_code == 3);
  CHECK(report.err.find(scene.file + ":") != std::string::npos);
  CHECK(report.err.find("hapair-new") == std::string::npos);
  CHECK(report.err.find("nothing is written") != std::string::npos);
  CHECK(scene.text() == kServed);
  CHECK(scene.clean());
}

TEST_CASE("what another one has left is told, and stays") {
  const WriteScene scene;
  write_text(scene.file + ".hapair-new", "x");
  const CheckReport report = scene.weigh("30");
  CHECK(report.exit_code == 1);
  CHECK(report.err.find("cut off; then remove it") != std::string::npos);
  CHECK(scene.text() == kServed);
  CHECK_FALSE(scene.clean());
}
