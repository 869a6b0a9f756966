#include "apps/hapair/logging/target_sink.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "apps/hapair/logging/record_text.hpp"
#include "common/event/clock.hpp"

namespace hapair::logging {

TargetSink::TargetSink(event::EventLoop& loop, std::string name, LineWriter writer,
                       std::unique_ptr<LineOutput> output, std::size_t max_waiting)
    : name_(std::move(name)),
      writer_(std::move(writer)),
      output_(std::move(output)),
      queue_(max_waiting),
      timer_(loop, event::Priority::kTraffic, event::Callback<>::to<&TargetSink::on_timer>(this)) {}

TargetSink::~TargetSink() { flush(); }

void TargetSink::write(const base::LogRecord& record) noexcept {
  const std::string text = record_text(record);
  const bool taken = put({.level = record.level, .id = record.id, .text = text}, event::wall_now());
  if (!taken && record.id != kDropRecord) ++dropped_;
  if (!blocked_) flush();
}

void TargetSink::write_access(std::string_view line, base::WallTime now) noexcept {
  if (!put({.id = "access", .text = line, .access = true}, now)) ++dropped_;
  if (blocked_) return;
  if (queue_.lines() >= kFullLines || queue_.bytes().size() >= kFullBytes) {
    flush();
  } else if (!timer_.armed()) {
    timer_.arm_after(kGather);
  }
}

bool TargetSink::put(const LogLine& line, base::WallTime now) {
  writer_.append(queue_.tail(), line, now);
  return queue_.end_line();
}

void TargetSink::flush() {
  timer_.cancel();
  const LineOutput::Sent sent = output_->send(queue_);
  written_ += sent.lines;
  dropped_ += sent.lost;
  blocked_ = !queue_.empty();
  if (sent.lines > 0 || blocked_) error_ = sent.error;
  if (blocked_) timer_.arm_after(sent.error == EAGAIN ? kRoomPause : kRepairPause);
}

void TargetSink::add_lost(std::uint64_t lines, int error) {
  written_ -= std::min(written_, lines);
  dropped_ += lines;
  error_ = error;
}

std::string TargetSink::fault() const {
  if (error_ == 0) return {};
  if (error_ == EAGAIN) return "it takes lines more slowly than they come";
  return std::generic_category().message(error_);
}

}  // namespace hapair::logging
