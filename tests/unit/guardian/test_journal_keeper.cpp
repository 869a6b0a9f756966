// The journal's file and the process that writes it.
#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "apps/hapair/guardian/journal_file.hpp"
#include "apps/hapair/guardian/journal_keeper.hpp"
#include "tests/unit/guardian/written_files.hpp"

namespace hapair::guardian {
namespace {

using namespace std::chrono_literals;

JournalGrant grant_in(const Folder& folder, std::uint64_t max_bytes = 1 << 20) {
  return {.path = folder.in("log/journal.jsonl"), .max_bytes = max_bytes, .gid = ::getgid()};
}

constexpr std::size_t kTail = 64;
constexpr base::Instant kJournalStart{1h};

TEST_CASE("lines are appended, and the next run finds the last ones, whole") {
  const Folder folder;
  base::Logger log;
  {
    JournalFile file(grant_in(folder), kTail, log);
    CHECK(file.tail().empty());
    file.write("{\"number\":1}", kJournalStart);
    file.write("two\nlines", kJournalStart);
  }
  CHECK(content_of(grant_in(folder).path) == "{\"number\":1}\ntwo lines\n");
  std::ofstream(grant_in(folder).path, std::ios::app) << "cut sho";
  JournalFile again(grant_in(folder), kTail, log);
  CHECK(again.tail() == "{\"number\":1}\ntwo lines\n");
  const std::string long_line(60, 'x');
  again.write(long_line, kJournalStart);
  CHECK(again.tail() == long_line + "\n");
}

TEST_CASE("a full file makes room, and its lines still count as the last ones") {
  const Folder folder;
  base::Logger log;
  JournalFile file(grant_in(folder, 20), kTail, log);
  for (const char* line : {"first....", "second...", "third....", "fourth..."}) {
    file.write(line, kJournalStart);
  }
  CHECK(content_of(grant_in(folder).path) == "third....\nfourth...\n");
  CHECK(content_of(grant_in(folder).path + ".1") == "first....\nsecond...\n");
  const JournalFile again(grant_in(folder, 20), 25, log);
  CHECK(again.tail() == "third....\nfourth...\n");
}

TEST_CASE("what can't be written is told once, kept in memory, and tried again later") {
  const Folder folder;
  Records records;
  base::Logger log;
  log.add_sink(records, base::LogLevel::kInfo);
  std::ofstream(folder.in("log")) << "a file where the directory should be";
  JournalFile file(grant_in(folder), kTail, log);
  file.write("one", kJournalStart);
  file.write("two", kJournalStart + JournalFile::kRetry / 2);
  file.write("three", kJournalStart + JournalFile::kRetry);
  CHECK(file.unwritten() == 3);
  CHECK(records.ids == std::vector<std::string>{"journal-unwritable"});
  CHECK(file.tail() == "one\ntwo\nthree\n");
  std::filesystem::remove(folder.in("log"));
  file.write("four", kJournalStart + 2 * JournalFile::kRetry);
  CHECK(content_of(grant_in(folder).path) == "four\n");
  CHECK(records.ids == std::vector<std::string>{"journal-unwritable", "journal-written"});
}

TEST_CASE("a full disk and a link in the file's place are survived") {
  const Folder folder;
  base::Logger log;
  std::filesystem::create_directory(folder.in("log"));
  std::filesystem::create_symlink("/dev/full", grant_in(folder).path);
  JournalFile file(grant_in(folder), kTail, log);
  file.write("one", kJournalStart);
  file.write(std::string(JournalFile::kMaxLine + 1, 'x'), kJournalStart);
  CHECK(file.unwritten() == 1);
  CHECK(file.tail() == "one\n");
}

TEST_CASE("a line without a number gets the one after the last line that has one") {
  const std::string_view line = R"({"number":0,"id":"x"})";
  CHECK(numbered(line, "") == R"({"number":1,"id":"x"})");
  CHECK(numbered(line, "{\"number\":7,\"id\":\"y\"}\n{\"number\":41}\n") ==
        R"({"number":42,"id":"x"})");
  CHECK(numbered(line, "{\"number\":9}\ndamaged\n\n") == R"({"number":10,"id":"x"})");
  for (const char* other : {"", "x", R"({"number":3,"id":"x"})", R"({"number":0})"}) {
    CHECK(numbered(other, "").empty());
  }
}

std::string next_packet(net::SeqpacketChannel& channel) {
  pollfd wait{.fd = channel.fd(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&wait, 1, 5000) == 1);
  net::Packet packet;
  REQUIRE(channel.receive(packet) == net::SeqpacketChannel::Received::kPacket);
  return std::string(base::as_text(packet.bytes));
}

TEST_CASE("the keeper hands each worker the last lines, and writes what it is sent") {
  const Folder folder;
  base::Logger log;
  {
    JournalKeeper keeper = JournalKeeper::start(grant_in(folder), log);
    auto fd = keeper.connect();
    REQUIRE(fd);
    net::SeqpacketChannel first(std::move(*fd));
    CHECK(next_packet(first) == "\n");
    REQUIRE(first.send(base::as_bytes("one")));
    REQUIRE(first.send(base::as_bytes("two")));
    first.close();
    fd = keeper.connect();
    REQUIRE(fd);
    net::SeqpacketChannel second(std::move(*fd));
    CHECK(next_packet(second) == "one\ntwo\n");
    REQUIRE(second.send(base::as_bytes("three")));
  }
  CHECK(content_of(grant_in(folder).path) == "one\ntwo\nthree\n");
}

TEST_CASE("what the guardian has to add comes after all that the worker has said") {
  const Folder folder;
  base::Logger log;
  {
    JournalKeeper keeper = JournalKeeper::start(grant_in(folder), log);
    auto fd = keeper.connect();
    REQUIRE(fd);
    net::SeqpacketChannel worker(std::move(*fd));
    REQUIRE(worker.send(base::as_bytes(R"({"number":8})")));
    worker.close();
    keeper.append(base::as_bytes(R"({"number":0,"id":"x"})"));
    keeper.append(base::as_bytes("nonsense"));
  }
  CHECK(content_of(grant_in(folder).path) == "{\"number\":8}\n{\"number\":9,\"id\":\"x\"}\n");
}

TEST_CASE("without a path there is no keeper") {
  base::Logger log;
  JournalKeeper keeper = JournalKeeper::start({}, log);
  CHECK_FALSE(keeper.connect());
  keeper.append(base::as_bytes(R"({"number":0,"id":"x"})"));
}

}  // namespace
}  // namespace hapair::guardian
