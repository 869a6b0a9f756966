#include "apps/hapair/worker/journal_feed.hpp"

#include <poll.h>

#include <utility>

#include "apps/hapair/control/journal_lines.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "common/base/bytes.hpp"

namespace hapair::worker {

JournalFeed::JournalFeed(net::UniqueFd channel, base::Journal& journal, bool held)
    : journal_(journal), held_(held), channel_(std::move(channel)) {
  restore(journal);
  journal.listen(*this);
}

void JournalFeed::restore(base::Journal& journal) {
  pollfd wait{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, static_cast<int>(kTailTimeout.count())) <= 0) return;
  net::Packet tail;
  const auto received = channel_.receive(tail);
  if (!received || *received != net::SeqpacketChannel::Received::kPacket) return;
  journal.restore(control::parse_journal_lines(base::as_text(tail.bytes)));
}

void JournalFeed::begin() {
  held_ = false;
  for (const base::JournalEvent& event : journal_.events()) {
    if (event.number > journal_.restored()) on_journal_event(event);
  }
}

void JournalFeed::on_journal_event(const base::JournalEvent& event) noexcept {
  if (held_) return;
  if (!channel_.send(base::as_bytes(control::journal_line(event)))) ++dropped_;
}

}  // namespace hapair::worker
