// The tables of tests/data/rules: rules, requests, and which rules each request matches.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>

#include "tests/unit/lb_rules/requests.hpp"

using namespace hapair;
using namespace hapair::lb::rules;
using namespace hapair::lb::rules::test;

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string_view each : base::split(text, ',')) items.emplace_back(each);
  return items;
}

int number(std::string_view text) { return std::stoi(std::string(text)); }

std::chrono::minutes clock(std::string_view text) {
  return std::chrono::hours(number(text.substr(0, 2))) +
         std::chrono::minutes(number(text.substr(3, 2)));
}

Compare compare_of(std::string_view sign) {
  if (sign == "=") return Compare::kEquals;
  if (sign == "~") return Compare::kContains;
  if (sign == "^") return Compare::kPrefix;
  REQUIRE(sign == "/");
  return Compare::kPattern;
}

Test value_test(Place place, std::string_view text) {
  const auto words = words_of(text);
  ValueTest test{.place = place, .name = words.at(1)};
  if (words.size() == 2) return test;
  test.how = compare_of(words.at(2));
  const std::string rest(text.substr(text.find(words[2], text.find(words[1])) + 2));
  if (test.how == Compare::kPattern) {
    test.pattern.text = rest;
  } else {
    test.texts = {rest};
  }
  return test;
}

Test connection_test(const std::vector<std::string>& words) {
  const std::string& kind = words[0];
  if (kind == "tls") return TlsTest{.used = true};
  if (kind == "plain") return TlsTest{.used = false};
  if (kind == "sni") return TlsTest{.server_names = listed(words.at(1))};
  if (kind == "version") return TlsTest{.versions = listed(words.at(1))};
  if (kind == "certificate") return TlsTest{.certificate = true};
  if (kind == "uncertified") return TlsTest{.certificate = false};
  if (kind == "port") {
    PortTest test;
    for (const std::string& port : listed(words.at(1))) {
      test.ports.push_back(static_cast<std::uint16_t>(number(port)));
    }
    return test;
  }
  REQUIRE(kind == "source");
  SourceTest test;
  for (const std::string& each : listed(words.at(1))) {
    test.networks.push_back(base::Prefix::parse(each).value());
  }
  return test;
}

Test time_test(const std::vector<std::string>& words) {
  TimeTest test{.days = 0, .from = clock(words.at(2)), .until = clock(words[2].substr(6))};
  for (int day = words.at(1)[0] - '0'; day <= words[1][2] - '0'; ++day) {
    test.days = static_cast<std::uint8_t>(test.days | (1U << static_cast<unsigned>(day)));
  }
  return test;
}

Match match_of(std::string_view text);

Test test_of(std::string_view text) {
  text = base::trim(text);
  const auto words = words_of(text);
  const std::string& kind = words.at(0);
  if (kind == "not") return Not{.of = {match_of(text.substr(4))}};
  if (kind == "any") {
    AnyOf any;
    for (const std::string_view part : base::split(text.substr(4), '|')) {
      any.of.push_back(match_of(part));
    }
    return any;
  }
  if (kind == "host") return HostTest{.names = listed(words.at(1))};
  if (kind == "path") return PathTest{.how = Compare::kEquals, .texts = listed(words.at(1))};
  if (kind == "prefix") return PathTest{.how = Compare::kPrefix, .texts = listed(words.at(1))};
  if (kind == "suffix") return PathTest{.how = Compare::kSuffix, .texts = listed(words.at(1))};
  if (kind == "method") return MethodTest{.names = listed(words.at(1))};
  if (kind == "header") return value_test(Place::kHeader, text);
  if (kind == "query") return value_test(Place::kQuery, text);
  if (kind == "cookie") return value_test(Place::kCookie, text);
  if (kind == "time") return time_test(words);
  if (kind == "healthy") {
    return HealthTest{.backend = 0, .at_least = static_cast<std::size_t>(number(words.at(1)))};
  }
  if (kind == "errors") {
    return RateTest{.table = static_cast<std::size_t>(number(words.at(1))),
                    .of = hapair::lb::RateOf::kErrors,
                    .over = static_cast<std::uint64_t>(number(words.at(2)))};
  }
  return connection_test(words);
}

/// Tests with ";" between; an "any" or "not" takes the rest of the line.
Match match_of(std::string_view text) {
  Match match;
  text = base::trim(text);
  while (!text.empty()) {
    const bool takes_all =
        text.starts_with("any ") || (text.starts_with("not ") && text.find('|') != text.npos);
    const std::size_t end = takes_all ? text.npos : text.find(';');
    match.all.push_back(test_of(text.substr(0, end)));
    text = end == text.npos ? std::string_view() : base::trim(text.substr(end + 1));
  }
  return match;
}

struct Case {
  World world;
  ConnectionFacts connection = from("192.0.2.1");
  std::unique_ptr<Request> request;
  std::string expected;
};

void take_options(std::string_view text, Case& into, std::string& fields) {
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].ends_with(':')) {
      fields = base::concat(text.substr(text.find(words[i])), "\r\n");
      return;
    }
    if (words[i] == "certificate") into.connection.certificate = true;
    if (i + 1 == words.size()) continue;
    if (words[i] == "from") into.connection.client = base::IpAddress::parse(words[i + 1]).value();
    if (words[i] == "port") into.connection.port = static_cast<std::uint16_t>(number(words[i + 1]));
    if (words[i] == "up") into.world.usable[0] = static_cast<std::size_t>(number(words[i + 1]));
    if (words[i] == "tls") {
      into.connection.tls = true;
      into.connection.tls_version = words[i + 1];
      into.connection.server_name = words.at(i + 2);
    }
    if (words[i] == "at") {
      const std::string& at = words[i + 1];
      const std::chrono::year_month_day day(
          std::chrono::year(number(at.substr(0, 4))),
          std::chrono::month(static_cast<unsigned>(number(at.substr(5, 2)))),
          std::chrono::day(static_cast<unsigned>(number(at.substr(8, 2)))));
      into.world.now = std::chrono::sys_days(day) + clock(std::string_view(at).substr(11));
    }
  }
}

std::unique_ptr<Case> case_of(const std::string& line) {
  auto made = std::make_unique<Case>();
  const std::size_t arrow = line.rfind(" -> ");
  const std::string left = line.substr(0, arrow);
  made->expected = std::string(base::trim(std::string_view(line).substr(arrow + 4)));
  const auto words = words_of(left);
  const std::string& url = words.at(1);
  const std::size_t slash = url.find('/');
  std::string fields;
  take_options(std::string_view(left).substr(left.find(url) + url.size()), *made, fields);
  made->request = std::make_unique<Request>(
      base::concat(words[0], ' ', url.substr(slash), " HTTP/1.1\r\nHost: ", url.substr(0, slash),
                   "\r\n", fields, "\r\n"));
  return made;
}

std::string matched(const RuleList& list, const Case& of) {
  HostText host;
  host.read(of.request->head);
  std::string text;
  const http::PathAndQuery target = http::split_query(of.request->head.path);
  const auto path = http::normal_path(target.path, text);
  REQUIRE(path);
  const Facts facts{.head = of.request->head,
                    .connection = of.connection,
                    .surroundings = of.world,
                    .host = host.view(),
                    .path = *path,
                    .query = target.query};
  RuleList::Walk walk(list, facts);
  std::string numbers;
  while (const Rule* rule = walk.next()) {
    numbers += base::concat(numbers.empty() ? "" : " ", rule - list.rules().data());
  }
  CHECK_FALSE(walk.gave_up());
  return numbers;
}

}  // namespace

TEST_CASE("the tables say which rules match") {
  std::ifstream file(HAPAIR_TEST_ROOT "/data/rules/matching.txt");
  std::vector<Rule> rules;
  std::unique_ptr<RuleList> list;
  int cases = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with("rules ")) {
      rules.clear();
      list.reset();
    } else if (line.starts_with("  ")) {
      rules.push_back({.match = match_of(line), .actions = {}});
    } else {
      if (!list) list = std::make_unique<RuleList>(rules, lb::RegexPatterns());
      const auto each = case_of(line + " ");
      CAPTURE(line);
      CHECK(matched(*list, *each) == each->expected);
      ++cases;
    }
  }
  CHECK(cases > 40);
}

TEST_CASE("a pattern that costs too much leaves no answer") {
  Rule rule;
  rule.match.all.push_back(PathTest{.how = Compare::kPattern, .pattern = {.text = "^/(a+)+$"}});
  Rule negated;
  negated.match.all.push_back(Not{.of = {rule.match}});
  for (const Rule& each : {rule, negated}) {
    const RuleList list({each}, lb::RegexPatterns());
    const std::string path = base::concat("/", std::string(60, 'a'), "!");
    const Visit visit("a", path);
    RuleList::Walk walk(list, visit.facts);
    CHECK(walk.next() == nullptr);
    CHECK(walk.gave_up());
  }
}
