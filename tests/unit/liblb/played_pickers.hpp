// Servers for a picker alone, without a backend around it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "liblb/core/picker.hpp"
#include "liblb/core/stable_hash.hpp"

namespace hapair::lb::test {

/// A picker and what it was told of its servers, which have one letter each: a, b, c.
class PlayedPicker {
 public:
  explicit PlayedPicker(std::unique_ptr<Picker> picker) : picker_(std::move(picker)) {}

  /// A server of that weight in the next place.
  void add(std::string_view name, std::uint32_t weight = 1) {
    targets_.push_back({.identity = stable_hash(name),
                        .full_share = weight * kShareOfWeight,
                        .share = weight * kShareOfWeight});
    names_.emplace_back(name);
    tell(targets_.size() - 1);
  }
  [[nodiscard]] PickTarget& target(std::size_t place) { return targets_[place]; }
  void tell(std::size_t place) { picker_->update(place, targets_[place]); }
  /// It goes down, or comes up with what its weight says.
  void set_up(std::size_t place, bool up) {
    targets_[place].share = up ? targets_[place].full_share : 0;
    tell(place);
  }
  /// Of what its weight says.
  void set_percent(std::size_t place, std::uint32_t percent) {
    targets_[place].share = targets_[place].full_share / 100 * percent;
    tell(place);
  }
  void set_room(std::size_t place, bool room) {
    targets_[place].room = room;
    tell(place);
  }
  void set_sessions(std::size_t place, std::uint32_t sessions) {
    targets_[place].sessions = sessions;
    tell(place);
  }

  [[nodiscard]] std::optional<std::size_t> pick(std::uint64_t key = 0,
                                                std::optional<std::size_t> avoid = {}) {
    return picker_->pick({.key = key, .avoid = avoid});
  }
  /// The name of who is picked; "-" for nobody.
  [[nodiscard]] std::string name(std::uint64_t key) {
    const auto place = pick(key);
    return place ? names_[*place] : "-";
  }
  /// The next picks, each of which ends at once.
  [[nodiscard]] std::string picks(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += name(0);
    return out;
  }
  /// The next picks, each of which stays.
  [[nodiscard]] std::string begin(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) {
      const auto place = pick();
      out += place ? names_[*place] : "-";
      if (place) set_sessions(*place, targets_[*place].sessions + 1);
    }
    return out;
  }
  [[nodiscard]] std::size_t size() const { return targets_.size(); }

 private:
  std::unique_ptr<Picker> picker_;
  std::vector<PickTarget> targets_;
  std::vector<std::string> names_;
};

/// Such as requests have.
[[nodiscard]] inline std::uint64_t key_of(std::size_t number) {
  return stable_hash("user-" + std::to_string(number));
}

}  // namespace hapair::lb::test
