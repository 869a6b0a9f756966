#include "apps/hapair/logging/target_sink.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include "common/event/clock.hpp"

namespace hapair::logging {

TargetSink::TargetSink(event::EventLoop& loop, std::string name, LineWriter writer,
                       std::unique_ptr<LineOutput> output, std::size_t max_waiting,
                       const RecordLimiter::Settings& limit)
    : name_(std::move(name)),
      writer_(std::move(writer)),
      output_(std::move(output)),
      queue_(max_waiting),
      limiter_(limit),
      timer_(loop, event::Priority::kTraffic, event::Callback<>::to<&TargetSink::on_timer>(this)),
      interval_end_(loop, event::Priority::kTraffic,
                    event::Callback<>::to<&TargetSink::on_interval_end>(this)) {}

TargetSink::~TargetSink() {
  tell_held_back(base::Instant::max());
  flush();
}

void TargetSink::write(const base::LogRecord& record) noexcept {
  const base::Instant now = event::now();
  tell_held_back(now);
  if (record.id == kDropRecord || limiter_.admit(record, now)) {
    put(record);
  } else if (const auto end = limiter_.next_end();
             end && (!interval_end_.armed() || *end < interval_end_.deadline())) {
    interval_end_.arm_at(*end);
  }
  if (!blocked_) flush();
}

void TargetSink::on_interval_end() noexcept {
  tell_held_back(event::now());
  if (const auto end = limiter_.next_end()) interval_end_.arm_at(*end);
  if (!blocked_) flush();
}

void TargetSink::settle() {
  interval_end_.cancel();
  tell_held_back(base::Instant::max());
  if (!blocked_) flush();
}

void TargetSink::tell_held_back(base::Instant now) {
  for (const RecordLimiter::HeldBack& each : limiter_.take_ended(now)) {
    put({.level = each.level,
         .id = kHeldBackRecord,
         .subject = each.subject,
         .message = limiter_.describe(each)});
  }
}

void TargetSink::put(const base::LogRecord& record) {
  writer_.append_record(queue_.tail(), record, event::wall_now());
  if (!queue_.end_line() && record.id != kDropRecord) ++dropped_;
}

void TargetSink::write_access(std::string_view line, base::WallTime now,
                              std::string_view fields) noexcept {
  writer_.append(queue_.tail(), {.id = kAccessLine, .text = line, .timed = true, .fields = fields},
                 now);
  if (!queue_.end_line()) ++dropped_;
  if (blocked_) return;
  if (queue_.lines() >= kFullLines || queue_.bytes().size() >= kFullBytes) {
    flush();
  } else if (!timer_.armed()) {
    timer_.arm_after(kGather);
  }
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
