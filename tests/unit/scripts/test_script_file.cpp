// Which files may be run for the operator. Ownership by others than root takes root to make.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "apps/hapair/scripts/script_file.hpp"

namespace hapair::scripts {
namespace {

namespace fs = std::filesystem;

/// A folder below the temporary one, which is root's and sticky.
class Folder {
 public:
  Folder() {
    std::string pattern = fs::temp_directory_path() / "hapair-scripts-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
    REQUIRE(::chmod(path_.c_str(), 0755) == 0);
  }
  ~Folder() { fs::remove_all(path_); }

  [[nodiscard]] std::string make(const std::string& name, mode_t mode) const {
    const fs::path path = path_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n";
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    return path;
  }
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  fs::path path_;
};

std::string why_not(const std::string& path) {
  const auto fine = check_script_file(path);
  return fine ? "" : fine.error().message;
}

bool can_own() {
  if (::geteuid() == 0) return true;
  MESSAGE("skipped: only root can make files of root's");
  return false;
}

TEST_CASE("a program of the system may be run, over links as well") {
  CHECK(why_not("/bin/sh") == "");
  CHECK(why_not("/usr/../bin//./sh") == "");
}

TEST_CASE("what is not there, is no file or can't be executed may not") {
  CHECK(check_script_file("/etc/hapair/no-such-script").error().os_errno == ENOENT);
  CHECK(check_script_file("/bin/sh/x").error().os_errno == ENOTDIR);
  CHECK(why_not("/etc/passwd").find("/etc/passwd can't be executed; chmod +x it") == 0);
  CHECK(why_not("/usr/bin") == "/usr/bin is no regular file");
  CHECK(why_not("/usr/bin/..") == "/usr/bin/.. is no regular file");
  CHECK(why_not("/") == "/ is no regular file");
  CHECK(why_not("/dev/null") != "");
}

TEST_CASE("what others than root can change may not be run") {
  if (!can_own()) return;
  const Folder folder;
  const std::string script = folder.make("script", 0755);
  CHECK(why_not(script) == "");
  REQUIRE(::chmod(script.c_str(), 0757) == 0);
  CHECK(why_not(script) == script + " can be changed by others than root; chmod go-w it");
  REQUIRE(::chmod(script.c_str(), 0775) == 0);
  CHECK(why_not(script) == "");  // the group is root's
  REQUIRE(::chown(script.c_str(), 0, 100) == 0);
  CHECK(why_not(script) != "");
  REQUIRE(::chmod(script.c_str(), 0755) == 0);
  REQUIRE(::chown(script.c_str(), 1000, 0) == 0);
  CHECK(why_not(script).find(" belongs to another user than root (uid 1000)") != std::string::npos);
}

TEST_CASE("nor what lies in a folder, or behind a link, that others can change") {
  if (!can_own()) return;
  const Folder folder;
  const std::string inner = folder.make("open/script", 0755);
  const std::string open = folder.path() / "open";
  REQUIRE(::chmod(open.c_str(), 0777) == 0);
  CHECK(why_not(inner).find(open + " can be changed by others") == 0);
  REQUIRE(::chmod(open.c_str(), 01777) == 0);  // sticky: as /tmp
  CHECK(why_not(inner) == "");
  const std::string link = folder.path() / "link";
  fs::create_symlink("open/script", link);
  CHECK(why_not(link) == "");
  REQUIRE(::chmod(open.c_str(), 0777) == 0);
  CHECK(why_not(link).find(open + " can be changed by others") == 0);
  REQUIRE(::chmod(open.c_str(), 0755) == 0);
  REQUIRE(::lchown(link.c_str(), 1000, 0) == 0);
  CHECK(why_not(link).find(link + " belongs to another user") == 0);
  const std::string loop = folder.path() / "loop";
  fs::create_symlink("loop", loop);
  CHECK(check_script_file(loop).error().os_errno == ELOOP);
}

}  // namespace
}  // namespace hapair::scripts
