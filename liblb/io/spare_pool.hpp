// Objects that are used again instead of being made anew: what a request needs costs no allocation
// while others of its kind are at rest.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace hapair::lb {

template <class T>
class SparePool {
 public:
  [[nodiscard]] std::unique_ptr<T> acquire() {
    if (spare_.empty()) return std::make_unique<T>();
    auto object = std::move(spare_.back());
    spare_.pop_back();
    return object;
  }
  /// Not while it is on the call stack.
  void give_back(std::unique_ptr<T> object) {
    if (spare_.size() < kMaxSpare) spare_.push_back(std::move(object));
  }

 private:
  static constexpr std::size_t kMaxSpare = 256;
  std::vector<std::unique_ptr<T>> spare_;
};

}  // namespace hapair::lb
