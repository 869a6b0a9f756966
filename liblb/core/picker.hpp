// What chooses among a backend's servers. One class for each algorithm; all are pure, allocate
// nothing in a choice, and are told of each server as it changes. Servers are known by their places
// in the backend, which one that is gone may leave to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "liblb/core/balance.hpp"

namespace hapair::lb {

/// A server as its picker sees it.
struct PickTarget {
  std::uint64_t identity = 0;    ///< of the server in that place; the same on all nodes
  std::uint32_t full_share = 0;  ///< by its configured weight; 0: no server, or one of weight 0
  std::uint32_t share = 0;       ///< of the traffic at present, beside the others'; 0: takes none
  std::uint32_t sessions = 0;    ///< that it has; kept up only for who follows_load()
  bool room = true;              ///< for one more

  [[nodiscard]] bool in_turn() const { return share > 0 && room; }

  bool operator==(const PickTarget&) const = default;
};

/// Shares that weights come to: a weight of 1 is this much.
inline constexpr std::uint32_t kShareOfWeight = 10'000;

struct PickQuery {
  std::uint64_t key = 0;  ///< for those that hash
  /// Not this one; only where another is in_turn().
  std::optional<std::size_t> avoid{};
};

class Picker {
 public:
  virtual ~Picker() = default;

  /// The server in that place is so from now on.
  virtual void update(std::size_t place, const PickTarget& target) = 0;
  /// The place of the next server; nullopt when none takes traffic.
  [[nodiscard]] virtual std::optional<std::size_t> pick(const PickQuery& query) = 0;
  /// It has to know how many sessions each server has.
  [[nodiscard]] virtual bool follows_load() const { return false; }
};

/// `seed`: of what is chosen at random.
[[nodiscard]] std::unique_ptr<Picker> make_picker(const BalanceSettings& balance,
                                                  std::uint64_t seed);

}  // namespace hapair::lb
