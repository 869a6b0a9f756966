// How fast the counters of a node grow: the difference of two of its statuses.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace hapair::top {

/// What a frontend or a server has counted.
struct Counted {
  double sessions = 0;
  double requests = 0;
  double in = 0;
  double out = 0;
  double client_errors = 0;  ///< responses with 4xx
  double server_errors = 0;  ///< those with 5xx
  double failures = 0;       ///< connections and responses of servers that failed
};

class Rates {
 public:
  /// The newest status.
  void take(const nlohmann::ordered_json& status);

  /// A second; absent: there is no earlier status of the same process, or it is new.
  [[nodiscard]] std::optional<Counted> of_frontend(const std::string& name) const;
  [[nodiscard]] std::optional<Counted> of_server(const std::string& name) const;
  /// Of all frontends together.
  [[nodiscard]] std::optional<Counted> total() const;

 private:
  using Table = std::map<std::string, Counted, std::less<>>;
  struct Look {
    double uptime = 0;
    double pid = 0;
    Table frontends{};
    Table servers{};  ///< by "BACKEND/SERVER"
  };

  [[nodiscard]] bool comparable() const;
  [[nodiscard]] std::optional<Counted> rate(const std::string& name, const Table& before,
                                            const Table& now) const;

  std::optional<Look> before_;
  std::optional<Look> now_;
};

}  // namespace hapair::top
