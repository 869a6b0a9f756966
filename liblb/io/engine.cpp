#include "liblb/io/engine.hpp"

#include <algorithm>
#include <utility>

#include "liblb/core/rules/spec.hpp"
#include "liblb/core/stats_snapshot.hpp"
#include "liblb/io/engine_parts.hpp"
#include "liblb/io/frontend_h2.hpp"
#include "liblb/io/random_sip_key.hpp"

namespace hapair::lb {

Engine::Parts::Parts(event::EventLoop& loop, const base::Logger& log,
                     const EngineSettings& engine_settings, AccessSink* access)
    : settings(engine_settings),
      context(loop, log, settings, access),
      register_of_sessions(context, [this](const SessionFilter& filter) { return knows(filter); }),
      current(std::make_shared<Generation>(context, static_cast<SessionOwner&>(*this))),
      drain_timer(loop, event::Priority::kTraffic,
                  event::Callback<>::to<&Parts::advance_drains>(this)),
      drain_task(event::Callback<>::to<&Parts::advance_drains>(this)),
      relief_task(event::Callback<>::to<&Parts::relieve>(this)),
      sweep_timer(loop, event::Priority::kTraffic, event::Callback<>::to<&Parts::sweep>(this)),
      sweep_task(event::Callback<>::to<&Parts::sweep>(this)) {
  context.relief = &relief_task;
}

Engine::Parts::~Parts() {
  drains.clear();
  // Sessions refer to all of the below while they end; afterwards the members go one by one.
  visit_frontends([](Frontend& frontend) { frontend.reset_sessions(nullptr); });
}

bool Engine::Parts::admits_session() const {
  const bool too_many = context.holds_clients && session_count() >= settings.min_connections;
  return session_count() < settings.max_connections && !too_many &&
         context.descriptors.admits_client();
}

bool Engine::Parts::knows(const SessionFilter& filter) const {
  const auto names_it = [&filter](const Frontend& frontend) {
    return frontend.settings().name == filter.frontend;
  };
  const auto has_it = [&filter](const BackendDriver& driver) {
    const Backend& backend = driver.backend();
    for (std::size_t i = 0; backend.name() == filter.backend && i < backend.size(); ++i) {
      if (filter.server.empty() || backend.server(i).name() == filter.server) return true;
    }
    return false;
  };
  return (filter.frontend.empty() || std::ranges::any_of(current->frontends, names_it)) &&
         (filter.backend.empty() || std::ranges::any_of(current->backends, has_it));
}

SessionId Engine::Parts::on_session_added(Session& session) {
  const SessionId id = register_of_sessions.add(session);
  context.descriptors.add_client();
  update_listeners();
  return id;
}

void Engine::Parts::on_session_removed(SessionId id) {
  register_of_sessions.remove(id);
  context.descriptors.remove_client();
  update_listeners();
  if (!drains.empty()) context.work.add(drain_task);
  if (!retired.empty()) context.work.add(sweep_task);
}

void Engine::Parts::update_listeners() {
  for (Frontend& frontend : current->frontends) frontend.update_listeners();
}

void Engine::Parts::begin_drain(std::optional<std::size_t> group, std::vector<std::size_t> company,
                                base::Instant deadline, Drained done, bool lingers) {
  // Those of earlier generations finish with the rest; sweep() keeps them until then.
  std::vector<Frontend*> all;
  visit_frontends([&all](Frontend& frontend) { all.push_back(&frontend); });
  drains.push_back({Drain(context, all, group, deadline, quieter, lingers), std::move(company),
                    std::move(done)});
  drains.back().drain.start();
  context.work.add(drain_task);
}

void Engine::Parts::relieve() noexcept {
  for (BackendDriver& driver : current->backends) driver.close_idle();
}

bool Engine::Parts::company_ready(const Draining& of) const {
  return std::ranges::all_of(drains, [&](const Draining& other) {
    const auto group = other.drain.group();
    const bool with_it = group && std::ranges::find(of.company, *group) != of.company.end();
    return !with_it || other.drain.ready();
  });
}

void Engine::Parts::advance_drains() noexcept {
  std::list<Draining> over;
  std::optional<base::Instant> due;
  for (auto it = drains.begin(); it != drains.end();) {
    const auto each = it++;
    if (each->drain.advance(company_ready(*each))) {
      over.splice(over.end(), drains, each);
    } else if (const base::Instant at = each->drain.next_due(); !due || at < *due) {
      due = at;
    }
  }
  due ? drain_timer.arm_at(*due) : drain_timer.cancel();
  for (const Draining& each : over) each.done(each.drain.report());
  if (drains.empty() && !retired.empty()) context.work.add(sweep_task);
}

Engine::Engine(event::EventLoop& loop, const base::Logger& log, const EngineSettings& settings,
               AccessSink* access)
    : parts_(std::make_unique<Parts>(loop, log, settings, access)) {}

Engine::~Engine() = default;

std::size_t Engine::add_table(ClientTableSettings settings) {
  parts_->current->tables.emplace_back(std::move(settings), random_sip_key());
  return parts_->current->tables.size() - 1;
}

std::size_t Engine::add_backend(BackendSettings settings) {
  parts_->current->backends.emplace_back(parts_->context, std::move(settings),
                                         parts_->current->backends.size());
  return parts_->current->backends.size() - 1;
}

void Engine::use_tls(std::size_t backend, std::size_t server,
                     std::shared_ptr<tls::ClientContext> context) {
  parts_->current->backends.at(backend).use_tls(server, std::move(context));
}

std::size_t Engine::add_frontend(FrontendSettings settings) {
  BackendDriver* backend =
      settings.backend ? &parts_->current->backends.at(*settings.backend) : nullptr;
  parts_->current->frontends.emplace_back(
      parts_->context, static_cast<FrontendOwner&>(*parts_->current), std::move(settings), backend);
  return parts_->current->frontends.size() - 1;
}

void Engine::use_rules(std::size_t frontend, std::unique_ptr<const rules::RuleList> rules) {
  parts_->current->frontends.at(frontend).use_rules(std::move(rules));
}

base::Result<void> Engine::use_passwords(password::PasswordThread& thread,
                                         std::vector<rules::UserList> lists) {
  auto& checks = parts_->desk.passwords;
  checks = std::make_unique<PasswordChecks>(parts_->context, thread);
  parts_->current->user_lists =
      std::make_shared<const UserLists>(UserLists{.number = 0, .lists = std::move(lists)});
  return checks->start();
}

bool Engine::tries_passwords() const { return parts_->desk.passwords != nullptr; }

void Engine::use_access(AccessSink* access) { parts_->context.access = access; }

void Engine::use_backend_rules(std::size_t backend, std::unique_ptr<const rules::RuleList> rules) {
  parts_->current->backends.at(backend).use_rules(std::move(rules));
}

rules::Shelf& Engine::shelf() { return *parts_->current->rule_shelf; }

base::Result<void> Engine::add_bind(std::size_t frontend, BindSettings settings) {
  Listener& listener = parts_->current->frontends.at(frontend).add_bind(std::move(settings));
  listener.hold(parts_->held);
  if (listener.group()) return {};
  return listener.open();
}

void Engine::set_server_health(std::size_t backend, std::size_t server, ServerHealth health) {
  parts_->current->backends.at(backend).set_health(server, std::move(health),
                                                   parts_->context.now());
}

void Engine::set_observer(ServerObserver* observer) {
  parts_->observer = observer;
  for (BackendDriver& backend : parts_->current->backends) backend.set_observer(observer);
}

std::size_t Engine::add_server(std::size_t backend, ServerSettings settings,
                               std::shared_ptr<tls::ClientContext> context) {
  return parts_->current->backends.at(backend).add_server(std::move(settings), std::move(context));
}

void Engine::remove_server(std::size_t backend, std::size_t server) {
  parts_->current->backends.at(backend).remove_server(server);
}

void Engine::set_server_limit(std::size_t backend, std::size_t server,
                              std::uint32_t max_connections) {
  parts_->current->backends.at(backend).backend().set_limit(server, max_connections,
                                                            parts_->context.now());
}

void Engine::set_server_share(std::size_t backend, std::size_t server, std::uint32_t weight,
                              std::uint16_t tier) {
  parts_->current->backends.at(backend).backend().set_share(server, weight, tier,
                                                            parts_->context.now());
}

void Engine::enable_binds(std::size_t group) {
  for (Frontend& frontend : parts_->current->frontends) {
    for (Listener& listener : frontend.listeners()) {
      if (listener.group() != group || listener.is_open()) continue;
      if (auto opened = listener.open(); !opened) {
        parts_->context.log.error("listen-failed", listener.name(), opened.error().message);
      } else if (parts_->context.draining) {
        frontend.drain_sessions(listener);
      }
    }
  }
}

void Engine::disable_binds(std::size_t group, bool reset_sessions) {
  parts_->visit_frontends([&](Frontend& frontend) {
    for (Listener& listener : frontend.listeners()) {
      if (listener.group() != group) continue;
      listener.close();
      if (reset_sessions) frontend.reset_sessions(&listener);
    }
  });
}

void Engine::use_quieter(SocketQuieter& quieter) { parts_->quieter = &quieter; }

void Engine::begin_drain(base::Instant deadline, Drained done) {
  parts_->context.draining = true;
  for (BackendDriver& backend : parts_->current->backends) backend.close_idle();
  parts_->begin_drain(std::nullopt, {}, deadline, std::move(done));
}

void Engine::finish(base::Instant deadline, Drained done) {
  parts_->context.draining = true;
  parts_->begin_drain(std::nullopt, {}, deadline, std::move(done), true);
}

void Engine::drain_binds(std::size_t group, std::vector<std::size_t> company,
                         base::Instant deadline, Drained done) {
  parts_->begin_drain(group, std::move(company), deadline, std::move(done));
}

bool Engine::end_drain(std::size_t group) {
  Parts& parts = *parts_;
  bool any = std::erase_if(parts.drains, [group](const Parts::Draining& each) {
               return each.drain.group() == group;
             }) > 0;
  if (parts.context.draining) return any;  // all else leaves, too
  for (Frontend& frontend : parts.current->frontends) {
    for (Listener& listener : frontend.listeners()) {
      if (listener.group() != group || !listener.draining()) continue;
      listener.end_drain();
      any = true;
    }
  }
  return any;
}

void Engine::reset_all() {
  parts_->visit_frontends([](Frontend& frontend) { frontend.reset_sessions(nullptr); });
  for (BackendDriver& backend : parts_->current->backends) backend.close_idle();
}

void Engine::set_descriptor_limit(std::size_t limit) {
  parts_->context.descriptors.set_limit(limit);
  parts_->update_listeners();
}

DescriptorUse Engine::descriptors() const {
  const DescriptorBudget& budget = parts_->context.descriptors;
  std::uint64_t refused = parts_->context.shortages;
  for (const Frontend& frontend : parts_->current->frontends) {
    for (const Listener& listener : frontend.listeners()) refused += listener.accept_failures();
  }
  return {.used = budget.used(),
          .limit = budget.limit(),
          .holds_clients = !budget.admits_client(),
          .refusals = refused};
}

void Engine::shed(Shed stage, bool hold_clients) {
  parts_->context.holds_clients = hold_clients;
  parts_->update_listeners();
  if (stage >= Shed::kIdle) {
    parts_->relieve();
    parts_->visit_frontends([](Frontend& frontend) { frontend.end_idle_sessions(); });
  }
  if (stage < Shed::kCaches) return;
  parts_->context.buffers.trim();
  parts_->context.pipes.trim();
  parts_->context.transactions.trim();
}
std::size_t Engine::old_generations() const { return parts_->retired.size(); }

std::size_t Engine::session_count() const { return parts_->session_count(); }

SessionBook& Engine::sessions() { return parts_->register_of_sessions; }

const SessionBook& Engine::sessions() const { return parts_->register_of_sessions; }

StatsSnapshot Engine::stats() const { return parts_->snapshot(); }

bool Engine::add_stats(StatsSnapshot& out, StatsPlace& place, std::size_t most) const {
  return parts_->add_stats(out, place, most);
}

bool Engine::refresh_healths(std::size_t& next, std::size_t most) const {
  return parts_->observer == nullptr || parts_->observer->on_stats_wanted(next, most);
}

void Engine::use_pages(LocalPages* pages) { parts_->local_pages = pages; }

std::size_t Engine::frontends() const { return parts_->current->frontends.size(); }

FrontendView Engine::frontend(std::size_t index) const {
  const Frontend& frontend = parts_->current->frontends.at(index);
  return {.settings = frontend.settings(),
          .counters = frontend.counters,
          .latency = frontend.latency,
          .open = std::ranges::any_of(frontend.listeners(), &Listener::is_open)};
}

std::size_t Engine::backends() const { return parts_->current->backends.size(); }

const Backend& Engine::backend(std::size_t index) const {
  return parts_->current->backends.at(index).backend();
}

std::uint64_t Engine::changes() const { return parts_->changes; }

std::vector<MalformedView> Engine::malformed() const {
  std::vector<MalformedView> views;
  for (const Frontend& frontend : parts_->current->frontends) {
    views.push_back({frontend.settings().name, false, &frontend.malformed});
  }
  for (const BackendDriver& driver : parts_->current->backends) {
    views.push_back({driver.backend().name(), true, &driver.backend().malformed});
  }
  return views;
}

std::vector<LatencyView> Engine::latencies() const {
  std::vector<LatencyView> views;
  for (const Frontend& frontend : parts_->current->frontends) {
    views.push_back({frontend.settings().name, &frontend.latency, nullptr});
  }
  for (const BackendDriver& driver : parts_->current->backends) {
    views.push_back({driver.backend().name(), nullptr, &driver.backend().latency});
  }
  return views;
}

std::vector<ServerLatencyView> Engine::server_latencies(std::size_t at_most) const {
  std::vector<ServerLatencyView> views;
  for (const BackendDriver& driver : parts_->current->backends) {
    const Backend& backend = driver.backend();
    for (std::size_t i = 0; i < backend.size() && views.size() < at_most; ++i) {
      const Server& server = backend.server(i);
      if (server.removed() || !server.latency()) continue;
      views.push_back({backend.name(), server.name(), server.latency()});
    }
  }
  return views;
}

std::vector<H2View> Engine::http2() const {
  std::vector<H2View> views;
  for (const Frontend& frontend : parts_->current->frontends) {
    if (frontend.settings().mode != Mode::kHttp) continue;
    views.push_back({frontend.settings().name, false, &frontend.h2().counters});
  }
  for (const BackendDriver& driver : parts_->current->backends) {
    if (driver.speaks_http2()) views.push_back({driver.backend().name(), true, &driver.http2()});
  }
  return views;
}

void Engine::advance_time(base::Instant now) {
  parts_->context.advance(now);
  for (BackendDriver& backend : parts_->current->backends) backend.advance(parts_->context.now());
  parts_->advance_drains();
  parts_->sweep();
}

}  // namespace hapair::lb
