// `http-check` and `tcp-check`: what a check says and expects.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/translation.hpp"

namespace hapair::importing::haproxy {

/// The rules of that keyword: those of the section, or where it has none those of its defaults.
[[nodiscard]] std::vector<const Line*> check_rules(const Proxy& proxy, std::string_view keyword);

/// What stands before the pattern of an `expect`.
struct Expectation {
  std::string comment{};
  bool negated = false;
  std::string_view what{};  ///< "status", "string", ...
};
/// Reads it from the third word on; returns where the pattern stands.
std::size_t expect_words(const Line& line, Expectation& out);
/// `http-check connect`, `tcp-check connect`.
void connect_words(Translation& all, const Line& line, JsonTree& check);

/// `option` is the line of `option httpchk`.
void write_http_check(Translation& all, const Proxy& proxy, const Line& option, JsonTree& check);
void write_tcp_check(Translation& all, const Proxy& proxy, JsonTree& check);

}  // namespace hapair::importing::haproxy
