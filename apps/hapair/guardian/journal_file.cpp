#include "apps/hapair/guardian/journal_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>

#include "apps/hapair/guardian/append_file.hpp"
#include "common/base/text.hpp"

namespace hapair::guardian {
namespace {

/// How an event's line begins.
constexpr std::string_view kNumber = "{\"number\":";

/// The last bytes of a file; empty where there is none.
std::string end_of(const std::string& path, std::size_t limit) {
  const net::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status{};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const off_t from = std::max<off_t>(0, status.st_size - static_cast<off_t>(limit));
  std::string text(static_cast<std::size_t>(status.st_size - from), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t got =
        ::pread(fd.get(), text.data() + done, text.size() - done, from + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  text.resize(done);
  // Whole lines only: the first may have lost its beginning, the last its end in a crash.
  if (from > 0) text.erase(0, std::min(text.size(), text.find('\n') + 1));
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
  return text;
}

/// Of an event's line; 0: it is none.
std::uint64_t number_of(std::string_view line) {
  if (!line.starts_with(kNumber)) return 0;
  line.remove_prefix(kNumber.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc() ? number : 0;
}

}  // namespace

std::string numbered(std::string_view line, std::string_view tail) {
  const std::string unnumbered = base::concat(kNumber, "0,");
  if (!line.starts_with(unnumbered)) return {};
  std::uint64_t last = 0;
  while (last == 0 && !tail.empty()) {
    if (tail.ends_with('\n')) tail.remove_suffix(1);
    const std::size_t begin = tail.rfind('\n') + 1;  // 0 where there is no other line
    last = number_of(tail.substr(begin));
    tail = tail.substr(0, begin);
  }
  return base::concat(kNumber, last + 1, ",", line.substr(unnumbered.size()));
}

JournalFile::JournalFile(JournalGrant grant, std::size_t tail_bytes, base::Logger& log)
    : grant_(std::move(grant)), tail_bytes_(tail_bytes), log_(log) {
  for (const std::string& path : {grant_.path + ".1", grant_.path}) {
    tail_ += end_of(path, tail_bytes_);
  }
  if (tail_.size() > tail_bytes_) {
    tail_.erase(0, tail_.find('\n', tail_.size() - tail_bytes_) + 1);
  }
}

void JournalFile::write(std::string_view line, base::Instant now) {
  if (line.size() > kMaxLine) return;
  std::string clean(line);
  std::ranges::replace_if(
      clean, [](char each) { return static_cast<unsigned char>(each) < ' '; }, ' ');
  remember(clean);
  if (now < retry_at_) {
    ++unwritten_;
    return;
  }
  if (const auto done = append(clean + '\n'); !done) {
    if (unwritten_++ == 0) log_.warning("journal-unwritable", grant_.path, done.error().message);
    fd_.reset();
    retry_at_ = now + kRetry;
    return;
  }
  if (unwritten_ > 0) {
    log_.info("journal-written", grant_.path,
              base::concat("written again; ", unwritten_, " events are missing in it"));
  }
  unwritten_ = 0;
}

void JournalFile::remember(std::string_view line) {
  tail_.append(line).push_back('\n');
  while (tail_.size() > tail_bytes_) tail_.erase(0, tail_.find('\n') + 1);
}

base::Result<void> JournalFile::append(std::string_view line) {
  if (!fd_) {
    if (auto opened = open(); !opened) return opened;
  }
  if (size_ > 0 && size_ + line.size() > grant_.max_bytes) {
    rotate();
    if (auto opened = open(); !opened) return opened;
  }
  auto done = append_whole(fd_.get(), line, static_cast<off_t>(size_));
  if (done) size_ += line.size();
  return done;
}

base::Result<void> JournalFile::open() {
  make_folder_of(grant_.path, grant_.gid);
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  fd_ = net::UniqueFd(::open(grant_.path.c_str(), kFlags, kAppendFileMode));
  struct stat status{};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) return base::os_fail("open");
  if (!S_ISREG(status.st_mode)) return base::fail("open: not a regular file");
  (void)!::fchown(fd_.get(), static_cast<uid_t>(-1), grant_.gid);
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

void JournalFile::rotate() {
  (void)std::rename(grant_.path.c_str(), (grant_.path + ".1").c_str());
  fd_.reset();
}

}  // namespace hapair::guardian
