// The inside of the engine: its parts in the order in which they depend on each other, and what
// they need of it.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>

#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/backend_driver.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/drain.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

struct Engine::Parts final : FrontendOwner {
  Parts(event::EventLoop& loop, const base::Logger& log, EngineSettings engine_settings,
        AccessSink* access);
  ~Parts();

  [[nodiscard]] bool admits_session() const override;
  [[nodiscard]] std::size_t session_count() const override { return sessions; }
  void on_session_added() override;
  void on_session_removed() override;
  [[nodiscard]] BackendDriver& backend(std::size_t index) override { return backends.at(index); }
  [[nodiscard]] std::optional<std::string> stats_page(const FrontendSettings& frontend,
                                                      const http::RequestHead& request,
                                                      bool last) override;

  [[nodiscard]] StatsSnapshot snapshot() const;
  void update_listeners();
  void begin_drain(std::optional<std::size_t> group, base::Instant deadline, Drained done);
  void advance_drains() noexcept;

  EngineSettings settings;
  Context context;
  std::deque<BackendDriver> backends;
  std::deque<Frontend> frontends;
  ServerObserver* observer = nullptr;
  std::size_t sessions = 0;
  base::Instant started;
  std::string role;

  struct Draining {
    Drain drain;
    Drained done;
  };
  std::list<Draining> drains;
  SocketQuieter* quieter = nullptr;
  event::Timer drain_timer;
  Task drain_task;
};

}  // namespace hapair::lb
