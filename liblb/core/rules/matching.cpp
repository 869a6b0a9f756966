#include "liblb/core/rules/matching.hpp"

#include <algorithm>
#include <chrono>

#include "common/base/text.hpp"
#include "common/http/cookies.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::lb::rules {
namespace {

bool names(std::span<const std::string> texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

/// Whether one of a list with commas between is one of these.
bool names_one_of(std::span<const std::string> texts, std::string_view list) {
  return std::ranges::any_of(base::split(list, ','),
                             [texts](std::string_view each) { return names(texts, each); });
}

bool asks_for_hello(const TlsTest& test) {
  return test.used || !test.server_names.empty() || !test.versions.empty() ||
         !test.protocols.empty();
}

}  // namespace

bool names_host(std::span<const std::string> names, std::string_view host) {
  return std::ranges::any_of(names, [host](std::string_view name) {
    if (!name.starts_with("*.")) return name == host;
    name.remove_prefix(1);
    return host.size() > name.size() && host.ends_with(name);
  });
}

bool Matching::all_hold(std::span<const Test> tests) {
  return std::ranges::all_of(tests, [this](const Test& test) {
    return std::visit([this](const auto& each) { return holds(each); }, test);
  });
}

bool Matching::found(const PatternText& pattern, std::string_view value) {
  const Found found = pattern.made->find(value);
  if (found == Found::kTooCostly) gave_up_ = true;
  return found == Found::kYes;
}

bool Matching::compare(Compare how, std::span<const std::string> texts, const PatternText& pattern,
                       std::string_view value) {
  const auto any = [&](auto&& holds_for) { return std::ranges::any_of(texts, holds_for); };
  switch (how) {
    case Compare::kPresent:
      return true;
    case Compare::kEquals:
      return names(texts, value);
    case Compare::kPrefix:
      return any([value](const std::string& text) { return value.starts_with(text); });
    case Compare::kSuffix:
      return any([value](const std::string& text) { return value.ends_with(text); });
    case Compare::kContains:
      return any([value](const std::string& text) { return value.find(text) != value.npos; });
    case Compare::kPattern:
      return found(pattern, value);
  }
  return false;
}

bool Matching::holds(const HostTest& test) { return names_host(test.names, facts_.host); }

bool Matching::holds(const PathTest& test) {
  return compare(test.how, test.texts, test.pattern, facts_.path);
}

bool Matching::holds(const MethodTest& test) { return names(test.names, facts_.head.method_text); }

bool Matching::compare_encoded(const ValueTest& test, std::string_view value) {
  if (test.how == Compare::kPresent) return true;
  if (test.how == Compare::kEquals) {
    return std::ranges::any_of(
        test.texts, [value](const std::string& text) { return http::decodes_to(value, text); });
  }
  std::string plain;
  http::append_decoded(value, plain);
  return compare(test.how, test.texts, test.pattern, plain);
}

bool Matching::holds(const ValueTest& test) {
  switch (test.place) {
    case Place::kHeader:
      return std::ranges::any_of(facts_.head.fields, [&](const http::Field& field) {
        return base::equals_ignoring_case(field.name, test.name) &&
               compare(test.how, test.texts, test.pattern, field.value);
      });
    case Place::kQuery: {
      std::string_view rest = facts_.query;
      http::Parameter parameter;
      while (http::next_parameter(rest, parameter)) {
        if (http::decodes_to(parameter.name, test.name) && compare_encoded(test, parameter.value)) {
          return true;
        }
      }
      return false;
    }
    case Place::kCookie: {
      const auto value = http::find_cookie(facts_.head.fields, test.name);
      return value && compare(test.how, test.texts, test.pattern, *value);
    }
  }
  return false;
}

bool Matching::holds(const SourceTest& test) {
  return std::ranges::any_of(test.networks, [this](const base::Prefix& network) {
    return network.contains(facts_.connection.client);
  });
}

bool Matching::holds(const PortTest& test) {
  return std::ranges::find(test.ports, facts_.connection.port) != test.ports.end();
}

bool Matching::holds(const TlsTest& test) {
  const ConnectionFacts& client = facts_.connection;
  if (client.awaits_hello && asks_for_hello(test)) {
    undecided_ = true;
    return false;
  }
  return (!test.used || *test.used == client.tls) &&
         (test.server_names.empty() || names_host(test.server_names, client.server_name)) &&
         (test.versions.empty() || names(test.versions, client.tls_version)) &&
         (test.protocols.empty() || names_one_of(test.protocols, client.protocols)) &&
         (!test.certificate || *test.certificate == client.certificate);
}

bool Matching::holds(const TimeTest& test) {
  using namespace std::chrono;
  const base::WallTime now = facts_.surroundings.wall_time();
  const auto today = floor<days>(now);
  const auto minute = floor<minutes>(now - today);
  const auto begins_on = [&test](sys_days day) {
    return ((test.days >> weekday(day).c_encoding()) & 1U) != 0;
  };
  if (test.from < test.until) {
    return begins_on(today) && minute >= test.from && minute < test.until;
  }
  // Over midnight: the evening of one day and the morning behind it.
  return (begins_on(today) && minute >= test.from) ||
         (begins_on(today - days(1)) && minute < test.until);
}

bool Matching::holds(const HealthTest& test) {
  return facts_.surroundings.usable_servers(test.backend) >= test.at_least;
}

bool Matching::holds(const MapTest& test) { return look_up(test.in, facts_).has_value(); }

bool Matching::holds(const RateTest& test) {
  return facts_.surroundings.figure(test, facts_) > test.over;
}

bool Matching::holds(const AnyOf& test) {
  return std::ranges::any_of(test.of, [this](const Match& match) { return all_hold(match.all); });
}

bool Matching::holds(const Not& test) { return !all_hold(test.of.front().all); }

}  // namespace hapair::lb::rules
