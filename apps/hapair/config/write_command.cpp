#include "apps/hapair/config/write_command.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "apps/hapair/config/load.hpp"
#include "common/base/text.hpp"
#include "common/net/regular_file.hpp"
#include "common/net/unique_fd.hpp"
#include "common/tls/digest.hpp"

namespace hapair::config {
namespace {

using base::concat;

CheckReport failed(std::string text, int exit_code = kExitFailed) {
  return {.out = {}, .err = concat("hapair drift: ", text, "\n"), .exit_code = exit_code};
}

/// A new file beside the other one, taken away again unless it is kept.
class Beside {
 public:
  explicit Beside(std::string path) : path_(std::move(path)) {}
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  ~Beside() {
    if (made_) ::unlink(path_.c_str());
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  base::Result<void> write(std::string_view text, const struct stat& like) {
    const net::UniqueFd fd(
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd && errno == EEXIST) {
      return base::fail(concat(path_,
                               " is there: another 'hapair drift --write' is under way, or was cut "
                               "off; then remove it"));
    }
    if (!fd) return base::os_fail(path_);
    made_ = true;
    if (auto done = net::write_whole(fd.get(), base::as_bytes(text), path_); !done) return done;
    // The owner first: it takes bits off the mode.
    if (::fchown(fd.get(), like.st_uid, like.st_gid) != 0) return base::os_fail(path_);
    if (::fchmod(fd.get(), like.st_mode & 07777) != 0) return base::os_fail(path_);
    if (::fsync(fd.get()) != 0) return base::os_fail(path_);
    return {};
  }

  base::Result<void> replace(const std::string& other) {
    if (::rename(path_.c_str(), other.c_str()) != 0) return base::os_fail(other);
    made_ = false;
    return {};
  }

 private:
  std::string path_;
  bool made_ = false;
};

/// Through links: what they lead to is replaced, not they.
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

/// Nobody has written it meanwhile, nor put another in its place.
bool is_as_before(const std::string& path, const struct stat& before) {
  struct stat now{};
  return ::stat(path.c_str(), &now) == 0 && now.st_dev == before.st_dev &&
         now.st_ino == before.st_ino && now.st_size == before.st_size &&
         now.st_mtim.tv_sec == before.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == before.st_mtim.tv_nsec;
}

/// That another file has the name outlasts a crash.
base::Result<void> sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const net::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return base::os_fail(folder);
  // Some filesystems know no such thing.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) return base::os_fail(folder);
  return {};
}

/// With all faults under the name of the file itself.
CheckReport faulty(LoadError error, const std::string& path) {
  error.file = path;
  return {.out = {},
          .err = concat(error.to_string(),
                        "hapair drift: the file would have faults; nothing is written\n"),
          .exit_code = error.exit_code};
}

}  // namespace

CheckReport write_command(const WriteRequest& request, const Host& host) {
  const std::string path = real_path(request.file);
  struct stat like{};
  if (::stat(path.c_str(), &like) != 0) {
    return failed(base::os_fail(path).error().message, kExitAccess);
  }
  const auto before = check_file(path, Purpose::kCheck, host);
  if (!before) {
    return {.out = {}, .err = before.error().to_string(), .exit_code = before.error().exit_code};
  }
  const auto text = edited(before->text, request.edits);
  if (!text) return failed(concat(path, ": ", text.error().message, "; nothing is written"));
  Beside beside(path + ".hapair-new");
  if (const auto done = beside.write(*text, like); !done) return failed(done.error().message);
  const auto after = check_file(beside.path(), Purpose::kCheck, host);
  if (!after) return faulty(after.error(), path);
  if (!is_as_before(path, like)) {
    return failed(concat(path, " has changed meanwhile; nothing is written"));
  }
  if (const auto done = beside.replace(path); !done) return failed(done.error().message);
  if (const auto done = sync_folder_of(path); !done) {
    return failed(concat(
        path, " is written, but may be the old one again after a crash: ", done.error().message));
  }
  CheckReport report{.out = concat(path, " is written\n"), .err = {}, .exit_code = 0};
  if (!request.config_hash.empty() &&
      tls::sha256_hex(base::as_bytes(before->text)) != request.config_hash) {
    report.err = concat("hapair drift: ", path,
                        " has changed since the node read it; a reload takes all of it\n");
  }
  return report;
}

}  // namespace hapair::config
