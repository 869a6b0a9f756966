// The contract suite's fixture with rules, and what rules are made of in its tests.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/template.hpp"
#include "liblb/io/regex_pattern.hpp"
#include "tests/unit/liblb/contract_client.hpp"

namespace hapair::lb::test {

inline std::unique_ptr<const rules::RuleList> list_of(std::vector<rules::Rule> rules) {
  return std::make_unique<const rules::RuleList>(std::move(rules), RegexPatterns());
}

/// One rule for all requests.
inline std::unique_ptr<const rules::RuleList> always(std::vector<rules::Action> actions) {
  return list_of({{.match = {}, .actions = std::move(actions)}});
}

inline rules::Rule on_prefix(std::string_view path, std::vector<rules::Action> actions) {
  return {
      .match = {{rules::PathTest{.how = rules::Compare::kPrefix, .texts = {std::string(path)}}}},
      .actions = std::move(actions)};
}

inline rules::Template say(std::string_view text) { return rules::parse_template(text).value(); }

/// The fixture with rules, and a second backend with a server of its own.
template <class Client>
struct RuleFixture : ContractFixture<Client> {
  explicit RuleFixture(std::unique_ptr<const rules::RuleList> rules, std::size_t server_count = 1,
                       FrontendSettings frontend = {})
      : ContractFixture<Client>(server_count, std::move(frontend)) {
    BackendSettings settings{.name = "other"};
    settings.servers.push_back({.name = "o1", .endpoint = second.endpoint()});
    other = this->engine.add_backend(std::move(settings));
    this->engine.use_rules(0, std::move(rules));
  }
  /// The next connection to that server.
  [[nodiscard]] std::unique_ptr<Peer> accept_second() { return accept_in(*this, second); }
  [[nodiscard]] std::string log_line() {
    CHECK(this->run_until([&] { return !this->access.lines.empty(); }));
    return this->access.lines.empty() ? "" : this->access.lines.back();
  }
  [[nodiscard]] bool logged(std::string_view part) {
    const std::string line = log_line();
    CAPTURE(line);
    return line.find(part) != std::string::npos;
  }
  [[nodiscard]] std::uint64_t denied() {
    return row_of(this->engine.stats(), "FRONTEND").dreq.value_or(0);
  }

  FakeServer second;
  std::size_t other = 0;
};

}  // namespace hapair::lb::test
