#include "liblb/io/buffer_pool.hpp"

namespace hapair::lb {

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    pool_ = std::exchange(other.pool_, nullptr);
    data_ = std::exchange(other.data_, nullptr);
  }
  return *this;
}

void Buffer::release() {
  if (data_ != nullptr) pool_->give_back(std::exchange(data_, nullptr));
}

BufferPool::~BufferPool() {
  for (const std::uint8_t* data : spare_) delete[] data;
}

Buffer BufferPool::acquire(Use use, Task& task) {
  const std::size_t allowed = use == Use::kBegin ? limit_ - limit_ / 4 : limit_;
  if (in_use_ >= allowed) {
    waiting_.push_back(task);
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
  if (Task* task = waiting_.pop_front()) work_.add(*task);
}

}  // namespace hapair::lb
