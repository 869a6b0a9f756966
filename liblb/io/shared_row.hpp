// Things in a row that several rows may share; to whoever goes through it, plain things.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace hapair::lb {

template <class T>
class SharedRow {
 public:
  template <class Value, class Place>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator() = default;
    explicit Iterator(Place place) : place_(place) {}
    Value& operator*() const { return **place_; }
    Value* operator->() const { return place_->get(); }
    Iterator& operator++() {
      ++place_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(place_++); }
    bool operator==(const Iterator&) const = default;

   private:
    Place place_{};
  };

  using iterator = Iterator<T, typename std::vector<std::shared_ptr<T>>::iterator>;
  using const_iterator =
      Iterator<const T, typename std::vector<std::shared_ptr<T>>::const_iterator>;

  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    return *things_.emplace_back(std::make_shared<T>(std::forward<Arguments>(arguments)...));
  }
  void share(std::shared_ptr<T> thing) { things_.push_back(std::move(thing)); }

  [[nodiscard]] const std::shared_ptr<T>& shared(std::size_t index) const {
    return things_.at(index);
  }
  [[nodiscard]] T& at(std::size_t index) { return *things_.at(index); }
  [[nodiscard]] const T& at(std::size_t index) const { return *things_.at(index); }
  [[nodiscard]] T& back() { return *things_.back(); }
  [[nodiscard]] std::size_t size() const { return things_.size(); }
  [[nodiscard]] bool empty() const { return things_.empty(); }
  /// Whether it is that very thing.
  [[nodiscard]] bool has(const T& thing) const {
    for (const auto& each : things_) {
      if (each.get() == &thing) return true;
    }
    return false;
  }

  [[nodiscard]] iterator begin() { return iterator(things_.begin()); }
  [[nodiscard]] iterator end() { return iterator(things_.end()); }
  [[nodiscard]] const_iterator begin() const { return const_iterator(things_.begin()); }
  [[nodiscard]] const_iterator end() const { return const_iterator(things_.end()); }

 private:
  std::vector<std::shared_ptr<T>> things_;
};

}  // namespace hapair::lb
