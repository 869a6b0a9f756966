// Tests of single fetches, by what they look at; see formula_of() in scope.hpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/import/haproxy/rules/scope.hpp"
#include "apps/hapair/import/haproxy/rules/text_tests.hpp"

namespace hapair::importing::haproxy {

/// Of a request: path, host, header fields, cookies, parameters, method. Nullopt: it is none of
/// these. The converters and files of the test are dealt with.
[[nodiscard]] std::optional<base::Result<Formula>> request_formula(const AclTest& test,
                                                                   Scope& scope, Remarks& remarks);
/// Of the connection, the time and the state of servers; likewise.
[[nodiscard]] std::optional<base::Result<Formula>> surroundings_formula(const AclTest& test,
                                                                        Scope& scope,
                                                                        Remarks& remarks);
/// Of a variable.
[[nodiscard]] base::Result<Formula> variable_formula(const AclTest& test, Scope& scope,
                                                     Remarks& remarks);

/// What `maps` are asked with for this sample ("host", "header:NAME"); empty: nothing of that.
[[nodiscard]] std::string map_key_of(const Sample& sample, std::size_t converters);

/// "exact", "prefix", "domain" or "network" of a converter such as map_beg; empty: hapair has no
/// such map.
[[nodiscard]] std::string_view map_kind_of(std::string_view converter);

/// Whether the number is in one of the ranges; without ranges: whether it is not 0.
[[nodiscard]] bool in_ranges(const std::vector<Range>& ranges, std::int64_t number);

/// A thing that is true or not, compared with the test's patterns.
[[nodiscard]] Formula truth(const AclTest& test, Formula when_true);

}  // namespace hapair::importing::haproxy
