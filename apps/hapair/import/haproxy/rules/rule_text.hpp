// Texts with parts of a request in them: HAProxy's formats ("%[src]", "%ci"), as hapair's texts
// have them ("%{client_address}").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/rules/scope.hpp"

namespace hapair::importing::haproxy {

/// What a text is where something holds; of several exactly one counts for a request.
struct TextCase {
  Formula when{};
  std::string text{};
};

/// Plain text as a part of hapair's: a percent sign stands there twice.
[[nodiscard]] std::string plain_text(std::string_view text);

/// The cases of a format; hapair has no variables for ports and the like, so each has its own text.
/// Errors say what it can't say, and what to do.
[[nodiscard]] base::Result<std::vector<TextCase>> texts_of(std::string_view format, Scope& scope,
                                                           Remarks& remarks);
/// Likewise of a sample alone.
[[nodiscard]] base::Result<std::vector<TextCase>> texts_of(const Sample& sample, Scope& scope,
                                                           Remarks& remarks);

/// Which parts of a request a text names, as looks_at() has them.
[[nodiscard]] std::vector<std::string> named_in(std::string_view text);

}  // namespace hapair::importing::haproxy
