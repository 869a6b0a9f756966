// Log files and the process that writes them.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "apps/hapair/guardian/log_file.hpp"
#include "apps/hapair/guardian/log_keeper.hpp"
#include "common/base/bytes.hpp"
#include "tests/unit/guardian/written_files.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

constexpr base::Instant kLogStart{1h};

TEST_CASE("lines are appended; the folder and the file are made for the group alone") {
  const Folder folder;
  base::Logger log;
  const std::string path = folder.in("log/access.log");
  {
    LogFile file(path, ::getgid(), log);
    CHECK(file.write("one\ntwo\n", kLogStart).lines == 0);
  }
  LogFile again(path, ::getgid(), log);
  CHECK(again.write("three\n", kLogStart).lines == 0);
  CHECK(content_of(path) == "one\ntwo\nthree\n");
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0640);
}

TEST_CASE("a file that was renamed is followed until the word comes, or the look once a second") {
  const Folder folder;
  base::Logger log;
  const std::string path = folder.in("access.log");
  LogFile file(path, ::getgid(), log);
  CHECK(file.write("one\n", kLogStart).lines == 0);
  std::filesystem::rename(path, path + ".1");
  CHECK(file.write("two\n", kLogStart + 1ms).lines == 0);
  file.reopen();
  CHECK(file.write("three\n", kLogStart + 2ms).lines == 0);
  CHECK(content_of(path + ".1") == "one\ntwo\n");
  CHECK(content_of(path) == "three\n");
  std::filesystem::rename(path, path + ".2");
  std::ofstream(path) << "made by logrotate\n";
  CHECK(file.write("four\n", kLogStart + 3ms).lines == 0);
  CHECK(file.write("five\n", kLogStart + 2s).lines == 0);
  CHECK(content_of(path + ".2") == "three\nfour\n");
  CHECK(content_of(path) == "made by logrotate\nfive\n");
}

TEST_CASE("a file cut short in its place (copytruncate) goes on at its beginning") {
  const Folder folder;
  base::Logger log;
  const std::string path = folder.in("access.log");
  LogFile file(path, ::getgid(), log);
  CHECK(file.write("one\n", kLogStart).lines == 0);
  std::filesystem::resize_file(path, 0);
  CHECK(file.write("two\n", kLogStart).lines == 0);
  CHECK(content_of(path) == "two\n");
}

TEST_CASE("what can't be written is counted, told once, and tried again later") {
  const Folder folder;
  Records told;
  base::Logger log;
  log.add_sink(told, base::LogLevel::kInfo);
  const std::string path = folder.in("log");
  std::filesystem::create_directory(path);
  LogFile file(path, ::getgid(), log);
  CHECK(file.write("one\ntwo\n", kLogStart).lines == 2);
  CHECK(file.write("three\n", kLogStart + LogFile::kRetry / 2).lines == 1);
  CHECK(told.ids == std::vector<std::string>{"log-file-unwritable"});
  std::filesystem::remove(path);
  CHECK(file.write("four\n", kLogStart + LogFile::kRetry).lines == 0);
  CHECK(content_of(path) == "four\n");
  CHECK(told.ids == std::vector<std::string>{"log-file-unwritable", "log-file-written"});
}

TEST_CASE("a device or a link in the file's place is refused") {
  const Folder folder;
  base::Logger log;
  LogFile device("/dev/full", ::getgid(), log);
  CHECK(device.write("one\n", kLogStart).error == EINVAL);
  std::filesystem::create_symlink(folder.in("elsewhere"), folder.in("link"));
  LogFile link(folder.in("link"), ::getgid(), log);
  CHECK(link.write("one\n", kLogStart).error == ELOOP);
}

std::vector<std::uint8_t> lines(std::uint16_t file, std::string_view text) {
  base::ByteWriter packet;
  packet.u16(file).bytes(base::as_bytes(text));
  return packet.take();
}

TEST_CASE("the keeper writes for one worker after the other, and begins anew when told") {
  const Folder folder;
  base::Logger log;
  {
    LogKeeper keeper =
        LogKeeper::start({.paths = {folder.in("a"), folder.in("b")}, .gid = ::getgid()}, log);
    net::SeqpacketChannel first(keeper.connect().value());
    REQUIRE(first.send(lines(0, "one\n")));
    REQUIRE(first.send(lines(1, "other\n")));
    REQUIRE(first.send(lines(7, "no such file\n")));
    net::SeqpacketChannel second(keeper.connect().value());
    REQUIRE(second.send(lines(0, "two\n")));
    keeper.reopen();
    REQUIRE(second.send(lines(0, "three\n")));
  }
  CHECK(content_of(folder.in("a")) == "one\ntwo\nthree\n");
  CHECK(content_of(folder.in("b")) == "other\n");
}

TEST_CASE("the keeper tells the worker of lines that the disk did not take") {
  const Folder folder;
  base::Logger log;
  std::filesystem::create_directory(folder.in("a"));
  LogKeeper keeper = LogKeeper::start({.paths = {folder.in("a")}, .gid = ::getgid()}, log);
  net::SeqpacketChannel worker(keeper.connect().value());
  REQUIRE(worker.send(lines(0, "one\ntwo\n")));
  pollfd wait{.fd = worker.fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&wait, 1, 5000) == 1);
  net::Packet packet;
  REQUIRE(worker.receive(packet) == net::SeqpacketChannel::Received::kPacket);
  base::ByteReader in(packet.bytes);
  CHECK(in.u16() == 0);
  CHECK(in.u32() == 2);
  CHECK(in.u32() == EISDIR);
}

TEST_CASE("without files there is no keeper") {
  base::Logger log;
  LogKeeper keeper = LogKeeper::start({}, log);
  CHECK_FALSE(keeper.connect());
  keeper.reopen();
}

}  // namespace
}  // namespace hapair::guardian
