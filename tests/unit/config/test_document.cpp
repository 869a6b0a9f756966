#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/config/document.hpp"

using namespace hapair::config;

namespace {

Value parse(std::string_view text) {
  FaultList faults;
  auto document = parse_document(text, faults);
  REQUIRE(document.has_value());
  REQUIRE(faults.empty());
  return *std::move(document);
}

}  // namespace

TEST_CASE("every key and value knows its line and column") {
  const Value root = parse("{\n  \"a\": 1, \"b\" :\t\"x\",\n\"c\":[ true,null,\n -2.5e3 ]}");
  CHECK(root.at == Position{1, 1});
  CHECK(root.find("a")->at == Position{2, 3});
  CHECK(root.find("a")->value.at == Position{2, 8});
  CHECK(root.find("b")->value.at == Position{2, 17});
  const Value& list = root.find("c")->value;
  CHECK(list.at == Position{3, 5});
  CHECK(list.items.at(0).at == Position{3, 7});
  CHECK(list.items.at(1).at == Position{3, 12});
  CHECK(list.items.at(2).at == Position{4, 2});
  CHECK(list.items.at(2).text == "-2.5e3");
}

TEST_CASE("comments, escapes and tight punctuation do not shift positions") {
  const Value root = parse("/* { */{\"a\\\"}\":1/*,*/,// \"b\"\n\"b\":{}/**/,\"c\":[[],0]}//");
  CHECK(root.at == Position{1, 8});
  CHECK(root.members.at(0).key == "a\"}");
  CHECK(root.find("b")->at == Position{2, 1});
  CHECK(root.find("b")->value.at == Position{2, 5});
  CHECK(root.find("c")->value.items.at(1).at == Position{2, 20});
}

TEST_CASE("a file in UTF-16 is told what it is") {
  for (const std::string_view text :
       {std::string_view("\xff\xfe{\0", 4), std::string_view("\xfe\xff\0{", 4)}) {
    FaultList faults;
    CHECK_FALSE(parse_document(text, faults));
    REQUIRE(faults.sorted().size() == 1);
    CHECK(faults.sorted()[0].to_string("a") == "a:1:1: the file is in UTF-16; save it as UTF-8");
  }
}

TEST_CASE("a byte order mark counts as part of the first line") {
  CHECK(parse("\xef\xbb\xbf{}").at == Position{1, 4});
}

TEST_CASE("whole numbers that do not fit are numbers, not integers") {
  const Value root =
      parse("[9223372036854775807, 9223372036854775808, -1, 1.0, 18446744073709551616]");
  CHECK(root.items.at(0).kind == Value::Kind::kInteger);
  CHECK(root.items.at(0).integer == 9223372036854775807);
  CHECK(root.items.at(1).kind == Value::Kind::kNumber);
  CHECK(root.items.at(2).integer == -1);
  CHECK(root.items.at(3).kind == Value::Kind::kNumber);
  CHECK(root.items.at(4).text == "18446744073709551616");
}

TEST_CASE("the first of two equal keys stays, and the second is a fault") {
  FaultList faults;
  const auto root = parse_document("{\"a\":{\"b\":1,\n\"b\":{\"c\":2}}}", faults);
  REQUIRE(root.has_value());
  CHECK(root->find("a")->value.members.size() == 1);
  CHECK(root->find("a")->value.find("b")->value.integer == 1);
  REQUIRE(faults.sorted().size() == 1);
  CHECK(faults.sorted().front().at == Position{2, 1});
  CHECK(faults.sorted().front().path == "a.b");
}

TEST_CASE("a file at the limits of depth and size is read, one above is not") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  const auto sized = [](std::size_t size) { return "{}" + std::string(size - 2, ' '); };
  FaultList faults;
  CHECK(parse_document(nested(kMaxDepth), faults).has_value());
  CHECK(parse_document(sized(kMaxFileBytes), faults).has_value());
  CHECK(faults.empty());
  CHECK_FALSE(parse_document(nested(kMaxDepth + 1), faults).has_value());
  CHECK_FALSE(parse_document(sized(kMaxFileBytes + 1), faults).has_value());
  CHECK(faults.sorted().size() == 2);
}

TEST_CASE("a list of faults has an end") {
  FaultList faults;
  for (std::size_t i = 0; i < FaultList::kMaxFaults + 10; ++i) faults.add({}, "path", "message");
  CHECK(faults.sorted().size() == FaultList::kMaxFaults);
}
