#include "liblb/io/drain.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::lb {

Drain::Drain(Context& context, const std::vector<Frontend*>& frontends,
             std::optional<std::size_t> group, base::Instant deadline, SocketQuieter* quieter,
             bool lingers)
    : context_(context), group_(group), quieter_(quieter), deadline_(deadline), lingers_(lingers) {
  for (Frontend* frontend : frontends) {
    for (Listener& listener : frontend->listeners()) {
      if (!group || listener.group() == group) lanes_.push_back({frontend, &listener});
    }
  }
}

void Drain::start() {
  const base::Instant now = context_.now();
  quiet_at_ = now + (deadline_ - now) * 9 / 10;
  for (const Lane& lane : lanes_) lane.frontend->drain_sessions(*lane.listener, lingers_);
}

bool Drain::ready() const { return quiet_ || old_sessions() == 0 || context_.now() >= quiet_at_; }

bool Drain::advance(bool company_ready) {
  const base::Instant now = context_.now();
  if (!quiet_ && ((company_ready && ready()) || now >= quiet_at_)) go_quiet(now);
  if (now >= deadline_) return true;
  return quiet_ && now >= settled_at_ && sessions() == 0;
}

base::Instant Drain::next_due() const {
  if (!quiet_) return quiet_at_;
  return settled_at_ > context_.now() ? std::min(settled_at_, deadline_) : deadline_;
}

DrainReport Drain::report() const {
  DrainReport report{.left = sessions()};
  for (const Lane& lane : lanes_) {
    lane.frontend->visit_sessions(*lane.listener, [&](const Session& session) {
      if (report.named.size() == DrainReport::kMaxNamed) return false;
      report.named.push_back(
          base::concat(session.client().to_string(), " at ", lane.listener->name()));
      return true;
    });
  }
  return report;
}

std::size_t Drain::sessions() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes_) {
    sum += lane.listener->sessions();
  }
  return sum;
}

std::size_t Drain::old_sessions() const {
  std::size_t sum = 0;
  for (const Lane& lane : lanes_) sum += lane.listener->old_sessions();
  return sum;
}

void Drain::go_quiet(base::Instant now) {
  quiet_ = true;
  bool accepts = false;
  std::optional<base::Duration> slowest;
  for (const Lane& lane : lanes_) {
    if (lingers_) lane.frontend->drain_sessions(*lane.listener);
    lane.listener->go_quiet(quieter_);
    if (!lane.listener->accepts_in_quiet()) continue;
    accepts = true;
    slowest = std::max(slowest, lane.listener->handshake_time());
  }
  settled_at_ = now;
  if (accepts) settled_at_ += slowest.value_or(HandshakeTimes::kMost);
}

}  // namespace hapair::lb
