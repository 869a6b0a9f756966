// What came of a request's body over HTTP/2 and no server has taken yet. While it is passed on it
// stays where it was received; what must wait is copied into buffers of the pool, as much as the
// stream's window lets the client send. Part of an H2Stream.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

#include "liblb/core/exchange_sides.hpp"
#include "liblb/io/buffer_pool.hpp"
#include "liblb/io/h1_writer.hpp"

namespace hapair::lb {

class H2Body {
 public:
  /// The bytes stay where they are until keep() or drop().
  void add(std::string_view bytes) {
    if (bytes.empty()) return;
    fresh_.push_back(bytes);
    size_ += bytes.size();
  }
  /// Copies what still lies where it was received. False: the pool has no buffer; `task` runs when
  /// it may be tried again, and until then the bytes must stay.
  [[nodiscard]] bool keep(BufferPool& pool, Task& task);
  /// Something lies where it was received.
  [[nodiscard]] bool is_fresh() const { return !fresh_.empty(); }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The first parts, in order, as many as a writer takes at once; valid until the next call.
  [[nodiscard]] Pieces pieces();
  /// `bytes` of the pieces were passed on.
  void drop(std::size_t bytes);
  void clear();

 private:
  struct Kept {
    Buffer buffer;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::deque<Kept> kept_;
  std::vector<std::string_view> fresh_;  ///< behind what is kept
  std::array<std::string_view, H1Writer::kMaxPieces> pieces_{};
  std::size_t size_ = 0;
};

}  // namespace hapair::lb
