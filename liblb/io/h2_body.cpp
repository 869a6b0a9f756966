#include "liblb/io/h2_body.hpp"

#include <algorithm>
#include <cstring>

namespace hapair::lb {

bool H2Body::keep(BufferPool& pool, Task& task) {
  auto at = fresh_.begin();
  while (at != fresh_.end()) {
    if (kept_.empty() || kept_.back().end == Buffer::kSize) {
      Buffer buffer = pool.acquire(BufferPool::Use::kContinue, task);
      if (!buffer) break;
      kept_.push_back({.buffer = std::move(buffer)});
    }
    Kept& last = kept_.back();
    const std::size_t fits = std::min(at->size(), Buffer::kSize - last.end);
    std::memcpy(last.buffer.bytes().data() + last.end, at->data(), fits);
    last.end += fits;
    at->remove_prefix(fits);
    if (at->empty()) ++at;
  }
  fresh_.erase(fresh_.begin(), at);
  return fresh_.empty();
}

Pieces H2Body::pieces() {
  std::size_t count = 0;
  for (const Kept& kept : kept_) {
    if (count == pieces_.size()) break;
    const auto* data = reinterpret_cast<const char*>(kept.buffer.bytes().data());
    pieces_[count++] = {data + kept.begin, kept.end - kept.begin};
  }
  for (const std::string_view part : fresh_) {
    if (count == pieces_.size()) break;
    pieces_[count++] = part;
  }
  return {pieces_.data(), count};
}

void H2Body::drop(std::size_t bytes) {
  size_ -= bytes;
  while (bytes > 0 && !kept_.empty()) {
    Kept& first = kept_.front();
    const std::size_t taken = std::min(bytes, first.end - first.begin);
    first.begin += taken;
    bytes -= taken;
    if (first.begin == first.end) kept_.pop_front();
  }
  auto at = fresh_.begin();
  while (bytes > 0) {
    const std::size_t taken = std::min(bytes, at->size());
    at->remove_prefix(taken);
    bytes -= taken;
    if (at->empty()) ++at;
  }
  fresh_.erase(fresh_.begin(), at);
}

void H2Body::clear() {
  kept_.clear();
  fresh_.clear();
  size_ = 0;
}

}  // namespace hapair::lb
