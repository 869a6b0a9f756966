// The inside of the engine: its parts in the order in which they depend on each other, and what
// they need of it.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/backend_driver.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/drain.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/generation.hpp"
#include "liblb/io/inquiry_desk.hpp"
#include "liblb/io/session_register.hpp"

namespace hapair::lb {

struct Engine::Parts final : SessionOwner {
  Parts(event::EventLoop& loop, const base::Logger& log, const EngineSettings& engine_settings,
        AccessSink* access);
  ~Parts();

  [[nodiscard]] bool admits_session() const override;
  [[nodiscard]] std::size_t session_count() const override { return register_of_sessions.count(); }
  [[nodiscard]] SessionId on_session_added(Session& session) override;
  void on_session_removed(SessionId id) override;
  [[nodiscard]] InquiryDesk& inquiries() override { return desk; }
  [[nodiscard]] LocalPages* pages() override { return local_pages; }
  [[nodiscard]] SessionRegister& session_register() override { return register_of_sessions; }
  /// The present configuration has such a frontend or server.
  [[nodiscard]] bool knows(const SessionFilter& filter) const;

  struct Draining {
    Drain drain;
    std::vector<std::size_t> company;  ///< groups that leave together with it
    Drained done;
  };

  [[nodiscard]] StatsSnapshot snapshot() const;
  /// The same without rows.
  [[nodiscard]] StatsSnapshot outline() const;
  [[nodiscard]] bool add_stats(StatsSnapshot& out, StatsPlace& place, std::size_t most) const;
  void update_listeners();
  void begin_drain(std::optional<std::size_t> group, std::vector<std::size_t> company,
                   base::Instant deadline, Drained done, bool lingers = false);
  void advance_drains() noexcept;
  /// What of its company still drains has nothing left to finish.
  [[nodiscard]] bool company_ready(const Draining& of) const;
  void relieve() noexcept;
  /// What of that generation is not in the present one ends by `deadline`.
  void retire(const std::shared_ptr<Generation>& before, base::Instant deadline);
  /// Of frontends that are no more: resets what has not ended in its time, and lets go of what
  /// nobody uses any more.
  void sweep() noexcept;
  void visit_frontends(const std::function<void(Frontend&)>& visitor);

  /// Frontends that the present configuration does not have, or has otherwise, with what their
  /// connections need until they end.
  struct Retired {
    std::shared_ptr<Generation> generation;
    std::vector<std::shared_ptr<Frontend>> frontends;
    base::Instant idle_until;  ///< then idle clients are let go that no request has come from
    base::Instant deadline;
    bool idle = true;  ///< they are there yet
    bool cut = false;  ///< its time is over
  };

  EngineSettings settings;
  Context context;
  InquiryDesk desk;
  SessionRegister register_of_sessions;  ///< outlives the frontends
  std::list<Retired> retired;
  std::shared_ptr<Generation> current;  ///< the present one
  ServerObserver* observer = nullptr;
  LocalPages* local_pages = nullptr;
  std::uint64_t changes = 0;

  std::list<Draining> drains;
  SocketQuieter* quieter = nullptr;
  bool held = false;  ///< nothing is accepted
  event::Timer drain_timer;
  Task drain_task;
  Task relief_task;
  event::Timer sweep_timer;
  Task sweep_task;
};

}  // namespace hapair::lb
