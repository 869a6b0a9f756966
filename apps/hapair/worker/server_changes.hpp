// What is changed of servers while all runs, by the control API: their weights, and servers that
// are added and removed. The model is changed with it, so that the next reload goes over from what
// runs to what the file says: then all of these changes are over. Orders are not among them; they
// are the health registry's.
#pragma once

#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "apps/hapair/control/actions.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

class HealthWiring;
class TlsWiring;

/// What a reload would make of a server of which the file says `what` and no more.
[[nodiscard]] config::Server plain_server(const config::Backend& backend, std::string_view name,
                                          const control::NewServer& what);
/// HAProxy's arithmetic: percent of the file's weight, rounded down, and at most 256.
[[nodiscard]] unsigned weight_of(const control::WeightOrder& order, unsigned in_file);

class ServerChanges {
 public:
  /// Servers that are added at once, in all.
  static constexpr std::size_t kMaxAdded = 1000;

  /// All outlive it.
  struct Parts {
    event::EventLoop& loop;
    config::Model& model;
    HealthWiring& health;
    TlsWiring& tls;
    const base::Logger& log;
    base::Journal& journal;
  };
  explicit ServerChanges(const Parts& parts) : parts_(parts) {}

  std::expected<unsigned, control::ActionFault> set_weight(std::string_view backend,
                                                           std::string_view server,
                                                           const control::WeightOrder& order,
                                                           std::string_view who);
  std::expected<void, control::ActionFault> add(std::string_view backend, std::string_view server,
                                                const control::NewServer& what,
                                                std::string_view who);
  std::expected<void, control::ActionFault> remove(std::string_view backend,
                                                   std::string_view server, std::string_view who);

  /// The file holds again: its model is there, and `before` was. Yields how many changes are over,
  /// since the file has them not.
  std::size_t forget(const config::Model& before);
  [[nodiscard]] std::vector<control::DriftStatus> drift() const;

 private:
  struct Weight {
    unsigned in_file = 0;
    std::string reason;
  };
  struct Place {
    std::size_t backend = 0;
    std::size_t server = 0;
  };
  using Names = std::map<std::string, std::string, std::less<>>;  ///< with reasons

  [[nodiscard]] std::expected<std::size_t, control::ActionFault> backend_named(
      std::string_view backend) const;
  /// One with an address, whether it was removed or not.
  [[nodiscard]] std::expected<Place, control::ActionFault> find(std::string_view backend,
                                                                std::string_view server) const;
  [[nodiscard]] config::Server& at(const Place& place) const;
  /// Why no server can be added there by that name; nullopt: one can.
  [[nodiscard]] std::optional<control::ActionFault> objection(std::size_t backend,
                                                              std::string_view server,
                                                              const control::NewServer& what) const;
  /// Why the server can't be removed.
  [[nodiscard]] std::optional<control::ActionFault> objection(const Place& place,
                                                              const std::string& name) const;
  std::expected<void, control::ActionFault> put_back(const Place& place, const std::string& name,
                                                     const control::NewServer& what,
                                                     const std::string& reason);
  void set_weight(const Place& place, const std::string& name, unsigned weight,
                  const std::string& reason);

  Parts parts_;
  std::map<std::string, Weight, std::less<>> weights_;  ///< of the file's servers, by name
  Names added_;
  Names removed_;  ///< of the file's
};

}  // namespace hapair::worker
