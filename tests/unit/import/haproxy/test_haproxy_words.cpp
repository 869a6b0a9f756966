#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/import/haproxy/parse.hpp"
#include "apps/hapair/import/haproxy/words.hpp"
#include "common/base/text.hpp"

using namespace hapair;
using namespace hapair::importing::haproxy;

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name == "HOST") return "192.0.2.1";
  if (name == "LIST") return "one two";
  if (name == "LONG") return std::string(kMaxLineBytes, 'x');
  return std::nullopt;
}

/// The words with bars between; a fault instead where there is one.
std::string words(std::string_view line) {
  const Words split = split_words(line, variable);
  if (!split.faults.empty()) {
    return base::concat("fault ", split.faults[0].at.column, ": ", split.faults[0].message);
  }
  std::vector<std::string> out;
  for (const Word& word : split.words) out.push_back(word.text);
  return base::join(out, "|");
}

}  // namespace

TEST_CASE("words are what stands between blanks") {
  CHECK(words("  server\tweb1  192.0.2.1:80 \r") == "server|web1|192.0.2.1:80");
  CHECK(words("").empty());
  CHECK(words("a '' b") == "a||b");
}

TEST_CASE("a comment begins anywhere outside of quotes") {
  CHECK(words("bind :80#here") == "bind|:80");
  CHECK(words(R"(a "#" '#' \# b # c)") == "a|#|#|#|b");
  CHECK(split_words("a #  the rest ", variable).comment == "the rest");
}

TEST_CASE("single quotes keep all, double quotes know variables and escapes") {
  CHECK(words(R"('a "b" \n $HOST')") == R"(a "b" \n $HOST)");
  CHECK(words(R"("a 'b' \" \\ \$HOST $HOST")") == R"(a 'b' " \ $HOST 192.0.2.1)");
  CHECK(words(R"(x"y z"'w')") == "xy zw");
  CHECK(words("$HOST") == "$HOST");
}

TEST_CASE("escapes name bytes, and what is none keeps its backslash") {
  CHECK(words(R"(a\ b \x41 \r\n\t)") == "a b|A|\r\n\t");
  CHECK(words(R"(^www\.example\.org$)") == R"(^www\.example\.org$)");
  CHECK(words(R"(\x4)").starts_with("fault 1: "));
  CHECK(words(R"(a \)").starts_with("fault 3: "));
}

TEST_CASE("variables have a default, and lists are words of their own") {
  CHECK(words(R"("${HOST}:80" "${NONE-10.0.0.1}:81" "${NONE}x")") == "192.0.2.1:80|10.0.0.1:81|x");
  CHECK(words(R"(a "${LIST[*]}" b)") == "a|one|two|b");
  CHECK(split_words(R"("$NONE")", variable).unset == std::vector<std::string>{"NONE"});
  CHECK(words(R"("${}")").starts_with("fault 2: "));
  CHECK(words(R"("${HOST")").starts_with("fault 2: "));
  CHECK(words(R"("$ $")") == "$ $");
  CHECK(words(R"("${LONG}${LONG}${LONG}${LONG}${LONG}")").starts_with("fault "));
}

TEST_CASE("a quote that is never closed is found where it begins") {
  CHECK(words("a 'b c").starts_with("fault 3: "));
  CHECK(words("a \"b c").starts_with("fault 3: "));
}

TEST_CASE("a line has a bounded number of words") {
  std::string line;
  for (std::size_t i = 0; i < kMaxWords; ++i) line += "w ";
  CHECK(split_words(line, variable).words.size() == kMaxWords);
  CHECK(words(line + "w").starts_with("fault "));
}

TEST_CASE("addresses know variables outside of quotes too") {
  std::vector<std::string> unset;
  CHECK(expand_address("$HOST:80", variable, unset) == "192.0.2.1:80");
  CHECK(expand_address("${HOST}:${PORT-81}", variable, unset) == "192.0.2.1:81");
  CHECK(unset.empty());
  CHECK(expand_address("a$NONE$", variable, unset) == "a$");
  CHECK(unset == std::vector<std::string>{"NONE"});
}
