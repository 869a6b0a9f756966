#include "liblb/io/pipe_pool.hpp"

namespace hapair::lb {

void PooledPipe::release() {
  if (pipe_) pool_->give_back(std::move(pipe_));
}

PooledPipe PipePool::acquire() {
  if (in_use_ >= limit_) return {};
  std::unique_ptr<net::Pipe> pipe;
  if (spare_.empty()) {
    pipe = net::Pipe::create();
    if (!pipe) return {};
  } else {
    pipe = std::move(spare_.back());
    spare_.pop_back();
  }
  ++in_use_;
  return {this, std::move(pipe)};
}

void PipePool::give_back(std::unique_ptr<net::Pipe> pipe) {
  --in_use_;
  if (pipe->empty() && spare_.size() < kMaxSpare) spare_.push_back(std::move(pipe));
}

}  // namespace hapair::lb
