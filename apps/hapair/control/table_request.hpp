// Requests that change a table: which table and client they are about, and what that client is to
// have.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "liblb/core/keeping_view.hpp"

namespace hapair::control {

/// "/v1/tables/NAME" and "/v1/tables/NAME/CLIENT", where the client's text may be percent-encoded.
struct TablePath {
  std::string table;
  std::optional<std::string> client{};
};

/// From what stands in the path; an empty client is none.
[[nodiscard]] TablePath table_path(std::string_view table, std::string_view client);

/// A JSON object: {"server": "s1"}, or counters as {"requests": 5, "errors": 0}. Fails with what is
/// wrong with it.
[[nodiscard]] base::Result<lb::ClientEntry> parse_client_entry(std::string_view body);

}  // namespace hapair::control
