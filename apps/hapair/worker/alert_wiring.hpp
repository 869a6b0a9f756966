// Who is told of changes over the network: webhooks and people with a mailbox. Hears every event of
// the journal, puts what a receiver wants into its queue, and has it delivered, one message at a
// time. Nothing else waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "apps/hapair/alerts/alert_queue.hpp"
#include "apps/hapair/alerts/delivery.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"
#include "common/base/journal.hpp"
#include "common/base/log.hpp"
#include "common/event/event_loop.hpp"

namespace hapair::worker {

/// Whether a receiver wants to hear of an event. What a start alone brings (a first good check, a
/// first role as backup) is nobody's alert.
[[nodiscard]] bool wants(const config::Alert& alert, const base::JournalEvent& event);
[[nodiscard]] alerts::Alert alert_of(const base::JournalEvent& event);

class AlertWiring final : base::JournalListener {
 public:
  /// All outlive it. From here on the journal's events are heard.
  AlertWiring(event::EventLoop& loop, const config::Model& model, const TlsWiring& tls,
              const base::Logger& log, base::Journal& journal);
  ~AlertWiring();
  AlertWiring(const AlertWiring&) = delete;
  AlertWiring& operator=(const AlertWiring&) = delete;

  /// Nothing new is heard: another process tells of it. What waits is still delivered.
  void deafen() { journal_.forget(*this); }
  /// The model has others now: receivers that are the same keep what waits for them. What was for
  /// one that is no more, or is another one, is dropped.
  void follow_change();

  struct View {
    const config::Alert* alert = nullptr;
    const alerts::AlertQueue* queue = nullptr;
    std::string fault;      ///< of the last attempt; empty: it was good, or there was none
    base::WallTime last{};  ///< when it ended
  };
  /// In the order of the model's alerts, commands left out.
  [[nodiscard]] std::vector<View> views() const;

 private:
  class Receiver;

  void on_journal_event(const base::JournalEvent& event) noexcept override;

  event::EventLoop& loop_;
  const config::Model& model_;
  const TlsWiring& tls_;
  const base::Logger& log_;
  base::Journal& journal_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
};

}  // namespace hapair::worker
