// The inside of the engine: its parts in the order in which they depend on each other, and what
// they need of it.
#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "liblb/core/rules/shelf.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/backend_driver.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/drain.hpp"
#include "liblb/io/engine.hpp"
#include "liblb/io/frontend.hpp"
#include "liblb/io/inquiry_desk.hpp"

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
  [[nodiscard]] const rules::Shelf& shelf() const override { return rule_shelf; }
  [[nodiscard]] ClientTable& table(std::size_t index) override { return tables.at(index); }
  [[nodiscard]] std::uint64_t figure(const rules::RateTest& test, const base::IpAddress& client,
                                     const http::RequestHead& request) override;
  [[nodiscard]] InquiryDesk& inquiries() override { return desk; }
  [[nodiscard]] std::optional<std::string> stats_page(const FrontendSettings& frontend,
                                                      const http::RequestHead& request,
                                                      bool last) override;

  struct Draining {
    Drain drain;
    std::vector<std::size_t> company;  ///< groups that leave together with it
    Drained done;
  };

  [[nodiscard]] StatsSnapshot snapshot() const;
  void update_listeners();
  void begin_drain(std::optional<std::size_t> group, std::vector<std::size_t> company,
                   base::Instant deadline, Drained done);
  void advance_drains() noexcept;
  /// What of its company still drains has nothing left to finish.
  [[nodiscard]] bool company_ready(const Draining& of) const;
  void relieve() noexcept;

  EngineSettings settings;
  Context context;
  rules::Shelf rule_shelf;
  std::deque<ClientTable> tables;  ///< outlive those who count in them
  InquiryDesk desk;
  std::deque<BackendDriver> backends;
  std::deque<Frontend> frontends;
  ServerObserver* observer = nullptr;
  std::size_t sessions = 0;
  base::Instant started;
  std::string role;

  std::list<Draining> drains;
  SocketQuieter* quieter = nullptr;
  event::Timer drain_timer;
  Task drain_task;
  Task relief_task;
};

}  // namespace hapair::lb
