// Lines that wait to be sent, in one piece of memory and bounded: what does not fit is not taken.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::logging {

class LineQueue {
 public:
  explicit LineQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Where the next line is to be appended; end_line() must follow.
  [[nodiscard]] std::string& tail() { return bytes_; }
  /// False: there is no room for what was appended, and it is gone.
  bool end_line() {
    if (bytes_.size() - begin_ > max_bytes_) {
      bytes_.resize(last_end());
      return false;
    }
    ends_.push_back(bytes_.size());
    return true;
  }

  [[nodiscard]] bool empty() const { return first_ == ends_.size(); }
  [[nodiscard]] std::size_t lines() const { return ends_.size() - first_; }
  [[nodiscard]] std::string_view bytes() const {
    return std::string_view(bytes_).substr(begin_, last_end() - begin_);
  }
  /// `index` is below lines(); of the first line what has not been sent yet.
  [[nodiscard]] std::string_view line(std::size_t index) const {
    const std::size_t begin = index == 0 ? begin_ : ends_[first_ + index - 1];
    return std::string_view(bytes_).substr(begin, ends_[first_ + index] - begin);
  }
  /// The bytes of as many whole lines as have no more than `limit`; at least of one.
  [[nodiscard]] std::string_view lines_within(std::size_t limit) const {
    std::size_t end = ends_[first_];
    for (std::size_t i = first_ + 1; i < ends_.size() && ends_[i] - begin_ <= limit; ++i) {
      end = ends_[i];
    }
    return std::string_view(bytes_).substr(begin_, end - begin_);
  }

  /// The first bytes have been sent; returns how many lines ended with them.
  std::size_t pop_bytes(std::size_t count) {
    const std::size_t before = first_;
    begin_ += count;
    while (first_ < ends_.size() && ends_[first_] <= begin_) ++first_;
    const std::size_t ended = first_ - before;
    if (empty()) {
      bytes_.clear();
      ends_.clear();
      begin_ = first_ = 0;
    } else if (begin_ > max_bytes_ / 2) {
      bytes_.erase(0, begin_);
      ends_.erase(ends_.begin(), ends_.begin() + static_cast<std::ptrdiff_t>(first_));
      for (std::size_t& end : ends_) end -= begin_;
      begin_ = first_ = 0;
    }
    return ended;
  }
  void pop_line() { (void)pop_bytes(ends_[first_] - begin_); }

 private:
  [[nodiscard]] std::size_t last_end() const { return ends_.empty() ? begin_ : ends_.back(); }

  std::size_t max_bytes_;
  std::string bytes_;
  std::vector<std::size_t> ends_;
  std::size_t begin_ = 0;  ///< of what waits, in bytes_
  std::size_t first_ = 0;  ///< the first line that waits, in ends_
};

}  // namespace hapair::logging
