// A byte stream whose other end is the test: input is handed in, output is kept.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "common/net/byte_stream.hpp"

namespace hapair::fuzz {

class MemoryStream final : public net::ByteStream {
 public:
  /// Makes `bytes` readable and tells the handler.
  void feed(std::string_view bytes) {
    input_ += bytes;
    may_read_ = true;
    if (handler_ != nullptr) handler_->on_stream_ready();
  }
  void finish() {
    finished_ = may_read_ = true;
    if (handler_ != nullptr) handler_->on_stream_ready();
  }
  /// While blocked, writes take nothing; opening tells the handler.
  void set_blocked(bool blocked) {
    blocked_ = blocked;
    if (!blocked && handler_ != nullptr) handler_->on_stream_ready();
  }

  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
  /// How often something was written.
  [[nodiscard]] int writes() const { return writes_; }
  [[nodiscard]] bool aborted() const { return aborted_; }

  base::Result<void> start(net::StreamHandler& handler) override {
    handler_ = &handler;
    return {};
  }

  net::IoResult read(std::span<std::uint8_t> into) override {
    if (input_.empty()) {
      may_read_ = false;
      return {.status = finished_ ? net::IoStatus::kEof : net::IoStatus::kWouldBlock};
    }
    const std::size_t count = std::min(into.size(), input_.size());
    std::copy_n(input_.begin(), count, into.begin());
    input_.erase(0, count);
    return {.status = net::IoStatus::kOk, .bytes = count};
  }

  net::IoResult write(std::span<const iovec> parts) override {
    if (blocked_) return {.status = net::IoStatus::kWouldBlock};
    ++writes_;
    std::size_t bytes = 0;
    for (const iovec& part : parts) {
      output_.append(static_cast<const char*>(part.iov_base), part.iov_len);
      bytes += part.iov_len;
    }
    return {.status = net::IoStatus::kOk, .bytes = bytes};
  }

  void shutdown_write() override {}
  void abort() override { aborted_ = true; }
  [[nodiscard]] bool may_read() const override { return may_read_; }
  [[nodiscard]] bool may_write() const override { return !blocked_; }
  [[nodiscard]] bool peer_finished() const override { return finished_; }
  [[nodiscard]] int failure() override { return 0; }
  [[nodiscard]] std::optional<base::Endpoint> local_endpoint() const override { return {}; }
  void set_handler(net::StreamHandler* handler) override { handler_ = handler; }

 private:
  net::StreamHandler* handler_ = nullptr;
  std::string input_;
  std::string output_;
  int writes_ = 0;
  bool may_read_ = false;
  bool finished_ = false;
  bool blocked_ = false;
  bool aborted_ = false;
};

}  // namespace hapair::fuzz
