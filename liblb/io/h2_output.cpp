#include "liblb/io/h2_output.hpp"

namespace hapair::lb {

void H2Output::gather(BufferPool& pool, Task& task) {
  while (!failed_ && !blocked_ && connection_.has_output()) {
    if (!buffer_) {
      buffer_ = pool.acquire(BufferPool::Use::kContinue, task);
      begin_ = end_ = 0;
      if (!buffer_) {
        blocked_ = true;
        return;
      }
    }
    if (Buffer::kSize - end_ < kMinRoom) {
      write();
      continue;
    }
    end_ += connection_.produce(buffer_.bytes().subspan(end_));
    if (Buffer::kSize - end_ >= kMinRoom) return;  // that was all for now
  }
}

void H2Output::send(BufferPool& pool, Task& task) {
  blocked_ = false;
  gather(pool, task);
  write();
  if (!waiting()) buffer_.release();
}

void H2Output::write() {
  while (begin_ < end_) {
    const iovec part{buffer_.bytes().data() + begin_, end_ - begin_};
    const net::IoResult result = stream_.write({&part, 1});
    if (result.status == net::IoStatus::kWouldBlock) {
      blocked_ = true;
      return;
    }
    if (result.status != net::IoStatus::kOk) {
      failed_ = true;
      begin_ = end_;
      return;
    }
    begin_ += result.bytes;
    bytes_written_ += result.bytes;
  }
  begin_ = end_ = 0;
}

}  // namespace hapair::lb
