// Broken, truncated, huge and cyclic inputs: located errors, bounded time and memory.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/unit/import/keepalived/examples.hpp"

using hapair::importing::Account;
using hapair::importing::Fate;
using hapair::test::Run;

namespace {

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// All lines accounted for, and at least one fault with a place.
void check_faulty(const std::string& text) {
  const Run run(text);
  REQUIRE(run.outcome.has_value());
  CHECK(run.context.account.closed());
  const Account::Count count = run.context.account.count();
  CHECK(count[Fate::kWrong] + count[Fate::kNotSupported] > 0);
  CHECK_FALSE(run.report().empty());
}

}  // namespace

TEST_CASE("blocks that never end, or are nested too deep, are told") {
  check_faulty(repeat("a {\n", 5000));
  check_faulty(repeat("vrrp_instance x {\n", 2000));
  CHECK(Run(repeat("}\n", 5000)).context.account.closed());
}

TEST_CASE("names that are too long stay apart") {
  const std::string name(80, 'n');
  const std::string instance = "vrrp_instance " + name + " {\n interface eth0\n}\n";
  const std::string server = "  real_server " + name + " 80 {\n }\n";
  CHECK(Run(instance + instance + instance).context.account.closed());
  CHECK(Run("virtual_server 192.0.2.1 80 {\n" + server + server + server + "}\n")
            .context.account.closed());
  CHECK(Run(repeat("vrrp_script " + name + " {\n script \"/bin/x\"\n}\n", 3))
            .context.account.closed());
}

TEST_CASE("definitions and sequences that explode are bounded") {
  check_faulty("$A=$B$B\n$B=$A$A\nx $A\n");
  std::string doubling = "$A0=xxxxxxxxxxxxxxxx\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = std::to_string(i - 1);
    doubling += "$A" + std::to_string(i) + "=$A" + last + " $A" + last + "\n";
  }
  check_faulty(doubling + "y $A59\n");
  check_faulty("~SEQ(I,1000000000) a $I\n");
  check_faulty("~SEQ(A,4000) ~SEQ(B,4000) ~SEQ(C,4000) a $A$B$C\n");
  // Ones that make no statement, which are counted elsewhere.
  check_faulty(repeat("~SEQ(A,9) ", 40) + "$X=1\n");
  check_faulty(repeat("~SEQ(A,9) ", 40) + "@^\n");
  check_faulty("$A=\\\n$B\\\n$B\n$B=\\\n$A\\\n$A\n$A\n");
  // Few statements, each of them large.
  check_faulty("$A=" + std::string(100'000, 'a') + "\n" + repeat("b $A\n", 50'000));
}

TEST_CASE("a file for more nodes than there can be is read for the first of them") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "@n" + std::to_string(i) + " vrrp_script s {\n}\n";
  const Run run(text);
  REQUIRE(run.outcome.has_value());
  CHECK(run.context.account.closed());
  CHECK(run.report().contains("the conditions name 5000 nodes; the first 16 are read"));
}

TEST_CASE("every cut of a good file gives a whole account") {
  const std::string text =
      hapair::test::read_text(HAPAIR_TEST_ROOT "/data/import/keepalived/001-customer/input1.conf");
  REQUIRE_GT(text.size(), 200);
  for (std::size_t length = 0; length < text.size(); length += 7) {
    const Run run(text.substr(0, length));
    REQUIRE(run.outcome.has_value());
    CHECK(run.context.account.closed());
  }
}

TEST_CASE("a huge file is read in bounded time, a too large one refused") {
  const Run large(repeat("vrrp_script s {\n script \"/bin/x\"\n}\n", 30'000));
  REQUIRE(large.outcome.has_value());
  CHECK(large.context.account.closed());
  const Run refused(std::string(hapair::importing::Sources::kMaxFileBytes + 1, 'x'));
  REQUIRE_FALSE(refused.outcome.has_value());
  CHECK(refused.outcome.error().message.contains("k.conf"));
}

TEST_CASE("bytes that are no text come out as text") {
  std::string bytes = "vrrp_instance ";
  for (int c = 1; c < 256; ++c) bytes += static_cast<char>(c);
  bytes += " {\n virtual_router_id 5\n # \xFF\xFE\n}\n";
  const Run run(bytes);
  REQUIRE(run.outcome.has_value());
  CHECK(run.context.account.closed());
}
