#include "liblb/io/buffer_pool.hpp"

#include <algorithm>

namespace hapair::lb {

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    data_ = std::exchange(other.data_, nullptr);
  }
  return *this;
}

void Buffer::give_back() { pool_->give_back(std::exchange(data_, nullptr)); }

BufferPool::~BufferPool() { trim(); }

void BufferPool::trim() {
  for (const std::uint8_t* data : spare_) delete[] data;
  spare_.clear();
}

Buffer BufferPool::acquire(Use use, Task& task) {
  const auto index = static_cast<std::size_t>(use);
  if (in_use_ >= limits_[index]) {
    ++refusals_;
    if (!work_.has(task)) waiting_[index].push_back(task);
    return {};
  }
  ++in_use_;
  if (spare_.empty()) return {this, new std::uint8_t[Buffer::kSize]};
  std::uint8_t* data = spare_.back();
  spare_.pop_back();
  return {this, data};
}

void BufferPool::give_back(std::uint8_t* data) {
  --in_use_;
  if (spare_.size() < kMaxSpare) {
    spare_.push_back(data);
  } else {
    delete[] data;
  }
  if (std::ranges::all_of(waiting_, &TaskList::empty)) return;
  // One call for each free buffer: of those called before, some may have had no use for theirs.
  for (std::size_t free = limit() - in_use_; free > 0; --free) {
    Task* task = next_waiting();
    if (task == nullptr) return;
    work_.add(*task);
  }
}

Task* BufferPool::next_waiting() {
  for (std::size_t use = kUses; use-- > 0;) {
    if (in_use_ >= limits_[use]) break;
    if (Task* task = waiting_[use].pop_front()) return task;
  }
  return nullptr;
}

}  // namespace hapair::lb
