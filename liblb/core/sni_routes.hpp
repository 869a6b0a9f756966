// Which backend the clients of a host get, in mode tcp: by the name that they ask for when they
// open TLS (SNI). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hapair::lb {

class SniRoutes {
 public:
  /// `name` in any case: "www.example", or "*.example" for all names below it, however deep.
  void add(std::string_view name, std::size_t backend);

  /// The backend of that name (in lower case); of several the nearest: the name itself before the
  /// longest "*." above it.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] bool empty() const { return routes_.empty(); }

 private:
  using Route = std::pair<std::string, std::size_t>;

  [[nodiscard]] std::optional<std::size_t> exactly(std::string_view name) const;

  std::vector<Route> routes_;  ///< by name; those of "*.example" as ".example"
};

}  // namespace hapair::lb
