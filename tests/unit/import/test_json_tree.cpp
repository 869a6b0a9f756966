// Writing JSON with comments: what comes out is read again by the config's own reader.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/config/document.hpp"
#include "apps/hapair/import/json_tree.hpp"

using hapair::importing::config_name;
using hapair::importing::json_quoted;
using hapair::importing::JsonTree;

TEST_CASE("keys keep their order, short objects stand on one line") {
  JsonTree tree;
  tree["b"]["x"] = 1;
  tree["b"]["y"] = "two";
  tree["a"] = JsonTree::list({"p", "q"});
  tree["c"] = true;
  CHECK_EQ(
      tree.to_text(),
      "{\n  \"b\": { \"x\": 1, \"y\": \"two\" },\n  \"a\": [\"p\", \"q\"],\n  \"c\": true\n}\n");
}

TEST_CASE("comments stand above, remarks behind") {
  JsonTree tree;
  tree.comment("from keepalived.conf");
  tree["a"] = 1;
  tree["a"].comment("第一行\n\tsecond");
  tree["a"].remark("behind");
  tree["b"].add("x").comment("of an item");
  CHECK_EQ(tree.to_text(),
           "// from keepalived.conf\n{\n  // 第一行\n  //  second\n  \"a\": 1,  // behind\n"
           "  \"b\": [\n    // of an item\n    \"x\"\n  ]\n}\n");
}

TEST_CASE("what is written can be read, whatever it holds") {
  JsonTree tree;
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  tree[all] = all;
  tree[all].comment(all);
  tree["x"].add(JsonTree{}).comment("*/ // \xC3");
  hapair::config::FaultList faults;
  CHECK(hapair::config::parse_document(tree.to_text(), faults).has_value());
  CHECK(faults.empty());
}

TEST_CASE("a text is quoted, broken UTF-8 replaced") {
  CHECK_EQ(json_quoted("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  CHECK_EQ(json_quoted("\xE4\xB8"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
  CHECK_EQ(json_quoted("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("a name is made fit for the config") {
  CHECK_EQ(config_name("VI_1"), "VI_1");
  CHECK_EQ(config_name("_web: (a)"), "web_a");
  CHECK_EQ(config_name("主"), "x");
  CHECK_EQ(config_name(std::string(100, 'a')).size(), 64);
}

TEST_CASE("members are found, replaced and removed") {
  JsonTree tree;
  tree["a"] = 1;
  CHECK(tree.contains("a"));
  tree["a"]["b"] = 2;  // what is no object becomes one
  CHECK_EQ(*tree["a"]["b"].number(), 2);
  tree.remove("a");
  CHECK(tree.empty());
}
