// Who may log in, and what a client says who it is.
#include <doctest/doctest.h>

#include <string>

#include "common/base/text.hpp"
#include "liblb/core/proof_memory.hpp"
#include "liblb/core/rules/basic_credentials.hpp"
#include "liblb/core/rules/user_list.hpp"
#include "tests/fuzz/login_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::rules;

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kSha256 =
    "$5$rounds=1000$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD";
constexpr const char* kSha512 =
    "$6$abcdefgh$T2SHrrUuInIz5rCnD0.WNmrq0jFH6QVfoDF4lcstZ6cGG8J5eH4A5SFZTJCdQZJ0SE/"
    "z0gfkKLmx5KLaQI5t3/";
constexpr const char* kBcrypt = "$2b$05$abcdefghijklmnopqrstuuaE1Bcg3JIqDerRkcjg6vIMq8trgZXvC";
constexpr const char* kYescrypt = "$y$j75$abcdefgh$sIElN0ugcYXz0hZEjFHQfthuAyj4x63FyfzseagM7hB";

std::string fault_of(std::string_view text) {
  const auto list = UserList::parse(text);
  REQUIRE_FALSE(list.has_value());
  return list.error().message;
}

ProofMemory::Digest digest(std::uint8_t first) { return {first}; }

base::Instant at(base::Duration time) { return base::Instant(time); }

}  // namespace

TEST_CASE("a list has users with hashes of all strong forms, comments and blank lines") {
  const auto list = UserList::parse(base::concat("# staff\n\nalice:", kSha256, "\r\nbob:", kSha512,
                                                 "\ncarol:", kBcrypt, "\nd e:", kYescrypt));
  REQUIRE(list.has_value());
  CHECK(list->size() == 4);
  REQUIRE(list->find("alice") != nullptr);
  CHECK(*list->find("alice") == kSha256);
  CHECK(list->find("d e") != nullptr);
  CHECK(list->find("Alice") == nullptr);
  CHECK(list->stand_in().starts_with("$"));
  CHECK(UserList::parse("")->empty());
}

TEST_CASE("an unknown user stands behind the hash of the list that takes longest") {
  const std::string cheap = base::concat("alice:", kSha256, "\nbob:", kBcrypt, "\n");
  CHECK(work_of_hash(kSha256) < work_of_hash(kBcrypt));
  CHECK(work_of_hash(kBcrypt) < work_of_hash(kSha512));
  CHECK(work_of_hash(kSha512) < work_of_hash(kYescrypt));
  CHECK(work_of_hash("hunter2") == 0);
  CHECK(UserList::parse(cheap)->stand_in() == kBcrypt);
  CHECK(UserList::parse(base::concat("carol:", kYescrypt, "\n", cheap))->stand_in() == kYescrypt);
  CHECK(UserList::parse(base::concat(cheap, "carol:", kYescrypt))->stand_in() == kYescrypt);
  std::string costly = kBcrypt;
  costly.replace(4, 2, "12");
  CHECK(UserList::parse(base::concat(cheap, "carol:", kYescrypt, "\ndan:", costly))->stand_in() ==
        costly);
}

TEST_CASE("a faulty line is named with its number, and what stands in it is not told") {
  const std::string good = base::concat("alice:", kSha256, "\n");
  CHECK(fault_of(good + "bob").starts_with("line 2 has no colon; write "));
  CHECK(fault_of(good + "# c\n:" + kSha256).starts_with("line 3 has no good name of a user; "));
  CHECK(fault_of("a\tb:" + std::string(kSha256)).starts_with("line 1 has no good name"));
  CHECK(fault_of(std::string(129, 'a') + ":" + kSha256).starts_with("line 1 has no good name"));
  const std::string plain = fault_of(good + "bob:hunter2");
  CHECK(plain.starts_with("line 2 has no good hash for \"bob\"; write one"));
  CHECK(plain.find("openssl passwd -6") != std::string::npos);
  CHECK(plain.find("hunter2") == std::string::npos);
  CHECK(fault_of(good + good) == "line 2 names \"alice\" for the second time; keep one of the two");
}

TEST_CASE("hashes that are weak, damaged or too costly are refused") {
  for (const char* hash : {"",
                           "$",
                           "$5",
                           "$1$abcdefgh$G9IAjuN4cpmQ9CyXuPM/A1",
                           "$apr1$abcdefgh$x",
                           "{SHA}x",
                           "rqXexS6ZhobKA",
                           "$5$abcdefgh$short",
                           "$5$abc:efgh$x",
                           "$5$rounds=999$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD",
                           "$5$rounds=1000001$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD",
                           "$5$rounds=x$abcdefgh$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD",
                           "$5$abcdefghijklmnopq$RF8lv1uvMzz667aLN8xhzLQsMDQI1f2b52pPUMBspaD",
                           "$2b$04$abcdefghijklmnopqrstuu12f.Pu8ic0A965BfTwGcW6x7Xin9Xgu",
                           "$2b$15$abcdefghijklmnopqrstuu12f.Pu8ic0A965BfTwGcW6x7Xin9Xgu",
                           "$2b$5$abcdefghijklmnopqrstuu12f.Pu8ic0A965BfTwGcW6x7Xin9Xgu",
                           "$2b$05$short",
                           "$2b$",
                           "$2a$05$abcdefghijklmnopqrstuu12f.Pu8ic0A965BfTwGcW6x7Xin9Xgu",
                           "$y$jFT$abcdefgh$sIElN0ugcYXz0hZEjFHQfthuAyj4x63FyfzseagM7hB",
                           "$y$j75$$sIElN0ugcYXz0hZEjFHQfthuAyj4x63FyfzseagM7hB",
                           "$y$j75$abcdefgh$short",
                           "$y$j75"}) {
    CAPTURE(hash);
    CHECK_FALSE(check_user_line(base::concat("a:", hash)).has_value());
  }
}

TEST_CASE("credentials are a name up to the first colon and a password") {
  const auto given = parse_basic_credentials("Basic YWxpY2U6YTpi");
  REQUIRE(given.has_value());
  CHECK(given->user == "alice");
  CHECK(given->password == "a:b");
  CHECK(parse_basic_credentials("bASIC   Og==")->user.empty());
}

TEST_CASE("what is not quite credentials is none") {
  for (const char* value :
       {"", "Basic", "Basic ", "Bearer YWxpY2U6YTpi", "Basic YWxpY2U6YTp",
        "Basic YWxpY2U=", "Basic YWxpY2U6YTpi ", "Basic YToKYg==", "Basic YToAYg=="}) {
    CAPTURE(value);
    CHECK_FALSE(parse_basic_credentials(value).has_value());
  }
  std::string long_one = "Basic ";
  for (int i = 0; i < 200; ++i) long_one += "YTph";
  CHECK_FALSE(parse_basic_credentials(long_one).has_value());
}

TEST_CASE("what was proved is known for its time, and the oldest makes room") {
  ProofMemory memory(2, minutes(5));
  CHECK_FALSE(memory.knows(digest(1), at(seconds(0))));
  memory.add(digest(1), at(seconds(0)));
  memory.add(digest(2), at(seconds(10)));
  memory.add(digest(2), at(seconds(11)));
  CHECK(memory.size() == 2);
  CHECK(memory.knows(digest(1), at(seconds(299))));
  CHECK_FALSE(memory.knows(digest(1), at(seconds(300))));
  memory.add(digest(3), at(seconds(20)));
  CHECK_FALSE(memory.knows(digest(1), at(seconds(20))));
  CHECK(memory.knows(digest(2), at(seconds(20))));
  CHECK(memory.knows(digest(3), at(seconds(20))));
  memory.add(digest(4), at(minutes(20)));
  CHECK(memory.size() == 1);
}

TEST_CASE("the corpus of logins breaks no invariant") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/login", fuzz::fuzz_login) > 10);
}
