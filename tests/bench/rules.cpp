// What rules cost a request: 500 hosts and 1,000 rules, a million requests, in this process. Prints
// nanoseconds for each, from the host and path as they came to the first rule that decides.
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "common/base/text.hpp"
#include "common/http/head.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/io/regex_pattern.hpp"

using namespace hapair;
using namespace hapair::lb::rules;

namespace {

constexpr std::size_t kHosts = 500;
constexpr std::size_t kRequests = 4096;  // different ones, in turn
constexpr int kRounds = 250;

struct Nowhere final : Surroundings {
  [[nodiscard]] base::WallTime wall_time() const override { return {}; }
  [[nodiscard]] std::size_t usable_servers(std::size_t /*backend*/) const override { return 0; }
  [[nodiscard]] std::uint64_t figure(const RateTest& /*test*/,
                                     const Facts& /*facts*/) const override {
    return 0;
  }
};

/// A request's head was parsed just before: it is near at hand.
struct Request {
  std::string host;
  std::string target;
};

std::string host_of(std::size_t number) {
  return base::concat(number % 5 == 0 ? "*." : "", "app-", number, ".customers.example.com");
}

/// Each host has two rules: one for a path below it, one for all else.
std::vector<Rule> make_rules() {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < kHosts; ++i) {
    const HostTest host{.names = {host_of(i)}};
    const PathTest path{.how = i % 2 == 0 ? Compare::kPrefix : Compare::kEquals,
                        .texts = {base::concat("/api/v", i % 3, "/items")}};
    rules.push_back({.match = {{host, path}}, .actions = {UseBackend{.backend = i}}});
    rules.push_back({.match = {{host}}, .actions = {UseBackend{.backend = i + 1}}});
  }
  return rules;
}

std::vector<Request> make_requests() {
  base::Random random(1);
  std::vector<Request> requests;
  for (std::size_t i = 0; i < kRequests; ++i) {
    const std::size_t number = random.below(kHosts);
    std::string host = host_of(number);
    if (host.starts_with('*')) host.replace(0, 1, "www");
    requests.push_back(
        {host, base::concat("/api/v", random.below(4), "/items/", number, "?page=2")});
  }
  return requests;
}

}  // namespace

int main() {
  const RuleList list(make_rules(), lb::RegexPatterns());
  const auto requests = make_requests();
  const ConnectionFacts connection;
  const Nowhere nowhere;
  std::size_t matched = 0;
  std::string path_text;
  http::RequestHead head;
  const std::clock_t begin = std::clock();  // of the processor: others may be busy on it
  for (int round = 0; round < kRounds; ++round) {
    for (const Request& request : requests) {
      head.host = request.host;
      head.path = request.target;
      HostText host;
      host.read(head);
      const http::PathAndQuery target = http::split_query(head.path);
      const Facts facts{.head = head,
                        .connection = connection,
                        .surroundings = nowhere,
                        .host = host.view(),
                        .path = *http::normal_path(target.path, path_text),
                        .query = target.query};
      RuleList::Walk walk(list, facts);
      matched += walk.next() != nullptr ? 1U : 0U;
    }
  }
  const double took = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (matched != kRounds * kRequests) return 1;
  std::printf("%.1f\n", took / static_cast<double>(matched));
  return 0;
}
