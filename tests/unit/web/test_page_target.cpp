#include <doctest/doctest.h>

#include "apps/hapair/web/page_target.hpp"

using namespace hapair::web;
using What = PageTarget::What;

TEST_CASE("the page, CSV and JSON are told apart, and what HAProxy's links say is passed over") {
  CHECK(parse_page_target("").value().what == What::kPage);
  CHECK(parse_page_target(";norefresh").value().what == What::kPage);
  CHECK(parse_page_target(";csv;norefresh").value().what == What::kCsv);
  const PageTarget json = parse_page_target(";json;run=1-2-3;since=17").value();
  CHECK(json.what == What::kJson);
  CHECK(json.run == "1-2-3");
  CHECK(json.since == 17U);
  CHECK_FALSE(parse_page_target(";json").value().since);
}

TEST_CASE("an order names a server or a VIP, with any characters in their names") {
  const PageOrder drain =
      parse_page_target(";order=drain;backend=web%3Bx;server=node%2F1").value().order;
  CHECK(drain.word == "drain");
  CHECK(drain.backend == "web;x");
  CHECK(drain.server == "node/1");
  CHECK(parse_page_target(";vip=VI_1;order=step-down").value().order.vip == "VI_1");
}

TEST_CASE("what is wrong is told") {
  const auto told = [](const char* suffix) {
    const auto target = parse_page_target(suffix);
    return target ? std::string() : target.error().message;
  };
  CHECK(told(";json;since=x") == "'since' is not the number of a document");
  CHECK(told(";order=drain;order=ready;vip=a") == "'order' stands there twice");
  CHECK(told(";order=drain") ==
        "an order names a 'backend' and a 'server', or a 'vip', and nothing else");
  CHECK(told(";order=drain;backend=a;server=b;vip=c") == told(";order=drain"));
  CHECK(told(";order=drain;backend=a") == told(";order=drain"));
  CHECK(told(";order=;vip=a") == "'order' has no value, or one of more than 256 bytes");
}
