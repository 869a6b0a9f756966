#include "liblb/io/pipe_pool.hpp"

namespace hapair::lb {

void PooledPipe::release() {
  if (pipe_) pool_->give_back(std::move(pipe_));
}

PooledPipe PipePool::acquire() {
  if (in_use_ >= limit_) return {};
  std::unique_ptr<net::Pipe> pipe;
  if (spare_.empty()) {
    if (!descriptors_.admits_pipe()) return {};
    pipe = net::Pipe::create();
    if (!pipe) return {};
    descriptors_.add_inner(DescriptorBudget::kOfPipe);
  } else {
    pipe = std::move(spare_.back());
    spare_.pop_back();
  }
  ++in_use_;
  return {this, std::move(pipe)};
}

void PipePool::give_back(std::unique_ptr<net::Pipe> pipe) {
  --in_use_;
  if (pipe->empty() && spare_.size() < kMaxSpare && descriptors_.admits_pipe()) {
    spare_.push_back(std::move(pipe));
  } else {
    descriptors_.remove_inner(DescriptorBudget::kOfPipe);
  }
}

void PipePool::trim() {
  descriptors_.remove_inner(DescriptorBudget::kOfPipe * spare_.size());
  spare_.clear();
}

}  // namespace hapair::lb
