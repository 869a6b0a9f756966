#include "liblb/io/engine_change.hpp"

#include <algorithm>
#include <utility>

#include "liblb/io/engine_parts.hpp"
#include "liblb/io/random_sip_key.hpp"

namespace hapair::lb {

EngineChange::EngineChange(Engine::Parts& parts)
    : parts_(parts),
      next_(std::make_shared<Generation>(parts.context, static_cast<SessionOwner&>(parts))) {}

EngineChange::~EngineChange() = default;

void EngineChange::keep_table(std::size_t of) {
  next_->tables.share(parts_.current->tables.shared(of));
}

void EngineChange::add_table(ClientTableSettings settings) {
  next_->tables.emplace_back(std::move(settings), random_sip_key());
}

void EngineChange::keep_backend(std::size_t of) {
  next_->backends.share(parts_.current->backends.shared(of));
}

void EngineChange::add_backend(BackendSettings settings, std::optional<std::size_t> before) {
  next_->backends.emplace_back(
      parts_.context, std::move(settings), next_->backends.size(),
      before ? parts_.current->backends.shared(*before) : std::shared_ptr<BackendDriver>());
}

void EngineChange::use_backend_rules(std::size_t backend,
                                     std::unique_ptr<const rules::RuleList> rules) {
  next_->backends.at(backend).use_rules(std::move(rules));
}

void EngineChange::use_tls(std::size_t backend, std::size_t server,
                           std::shared_ptr<tls::ClientContext> context) {
  next_->backends.at(backend).use_tls(server, std::move(context));
}

void EngineChange::keep_frontend(std::size_t of) {
  next_->frontends.share(parts_.current->frontends.shared(of));
}

void EngineChange::add_frontend(FrontendSettings settings, std::optional<std::size_t> before) {
  BackendDriver* const backend =
      settings.backend ? &next_->backends.at(*settings.backend) : nullptr;
  next_->frontends.emplace_back(parts_.context, static_cast<FrontendOwner&>(*next_),
                                std::move(settings), backend,
                                before ? &parts_.current->frontends.at(*before) : nullptr);
}

void EngineChange::use_rules(std::size_t frontend, std::unique_ptr<const rules::RuleList> rules) {
  next_->frontends.at(frontend).use_rules(std::move(rules));
}

void EngineChange::add_bind(std::size_t frontend, BindSettings settings,
                            std::optional<BindPlace> takes) {
  Listener* const from =
      takes ? &parts_.current->frontends.at(takes->frontend).listeners().at(takes->bind) : nullptr;
  Listener& listener = next_->frontends.at(frontend).add_bind(std::move(settings), from);
  if (from != nullptr) {
    takes_.push_back({&listener, from});
  } else if (!listener.group()) {
    opens_.push_back(&listener);
  }
}

void EngineChange::keep_users() { next_->user_lists = parts_.current->user_lists; }

void EngineChange::use_users(std::vector<rules::UserList> lists) {
  next_->user_lists = std::make_shared<const UserLists>(
      UserLists{.number = parts_.current->user_lists->number + 1, .lists = std::move(lists)});
}

void EngineChange::keep_shelf() { next_->rule_shelf = parts_.current->rule_shelf; }

rules::Shelf& EngineChange::shelf() { return *next_->rule_shelf; }

std::unique_ptr<EngineChange> Engine::begin_change() {
  return std::unique_ptr<EngineChange>(new EngineChange(*parts_));
}

bool Engine::leaves() const { return parts_->context.draining || !parts_->drains.empty(); }

void Engine::commit(EngineChange& change, const ChangeTerms& terms) {
  Parts& parts = *parts_;
  const auto group_of = [&terms](std::optional<std::size_t> before) -> std::optional<std::size_t> {
    if (!before) return std::nullopt;
    const auto now = terms.groups.find(*before);
    return now == terms.groups.end() ? kNoGroup : now->second;
  };
  parts.visit_frontends([&](Frontend& frontend) {
    for (Listener& listener : frontend.listeners()) listener.renumber(group_of(listener.group()));
  });
  // First the sockets: no moment is without somebody who listens.
  for (const EngineChange::Take& take : change.takes_) {
    const bool other_group = take.listener->group() != take.from->group();
    take.listener->take_over(*take.from);
    if (!other_group) continue;
    if (take.listener->group()) {
      take.listener->close();
    } else if (auto opened = take.listener->open(); !opened) {
      parts.context.log.error("listen-failed", take.listener->name(), opened.error().message);
    }
  }
  const std::shared_ptr<Generation> before = std::exchange(parts.current, change.next_);
  ++parts.changes;
  parts.settings = terms.settings;
  parts.context.handshake_room.set_limit(terms.settings.max_handshakes);
  parts.context.buffers.set_limit(terms.settings.max_buffers);
  parts.retire(before, terms.deadline);
  for (std::size_t i = 0; i < parts.current->backends.size(); ++i) {
    parts.current->backends.at(i).renumber(i);
    parts.current->backends.at(i).set_observer(parts.observer);
  }
  for (Frontend& frontend : parts.current->frontends) frontend.rehome(*parts.current);
  for (Listener* listener : change.opens_) {
    if (auto opened = listener->open(); !opened) {
      parts.context.log.error("listen-failed", listener->name(), opened.error().message);
    }
  }
  parts.update_listeners();
}

void Engine::Parts::retire(const std::shared_ptr<Generation>& before, base::Instant deadline) {
  const base::Instant at = context.now();
  Retired gone{.generation = before,
               .frontends = {},
               .idle_until = at + (deadline - at) * 9 / 10,
               .deadline = deadline};
  for (std::size_t i = 0; i < before->backends.size(); ++i) {
    BackendDriver& backend = before->backends.at(i);
    if (!current->backends.has(backend)) backend.retire();
  }
  for (std::size_t i = 0; i < before->frontends.size(); ++i) {
    Frontend& frontend = before->frontends.at(i);
    if (current->frontends.has(frontend)) continue;
    gone.frontends.push_back(before->frontends.shared(i));
    for (Listener& listener : frontend.listeners()) {
      listener.close();  // where nobody has taken its socket
      frontend.drain_sessions(listener, true);
    }
  }
  // Even where nobody is left: what is on the stack now may yet return there.
  retired.push_back(std::move(gone));
  context.work.add(sweep_task);
}

void Engine::Parts::sweep() noexcept {
  const base::Instant at = context.now();
  std::optional<base::Instant> due;
  for (Retired& each : retired) {
    if (each.idle && at >= each.idle_until) {
      each.idle = false;
      for (const auto& frontend : each.frontends) {
        for (Listener& listener : frontend->listeners()) frontend->drain_sessions(listener);
      }
    }
    if (!each.cut && at >= each.deadline) {
      each.cut = true;
      for (const auto& frontend : each.frontends) frontend->reset_sessions(nullptr);
    }
    if (each.cut) continue;
    const base::Instant next = each.idle ? each.idle_until : each.deadline;
    due = due ? std::min(*due, next) : next;
  }
  due ? sweep_timer.arm_at(*due) : sweep_timer.cancel();
  if (!drains.empty()) return;  // they refer to all of these
  retired.remove_if([](const Retired& each) {
    return std::ranges::none_of(each.frontends, [](const auto& of) { return of->busy(); });
  });
  const bool soon = std::ranges::any_of(retired, [](const Retired& each) {
    return std::ranges::all_of(each.frontends,
                               [](const auto& of) { return of->session_count() == 0; });
  });
  if (soon) context.work.add(sweep_task);  // what is over has yet to be destroyed
}

void Engine::Parts::visit_frontends(const std::function<void(Frontend&)>& visitor) {
  for (Frontend& frontend : current->frontends) visitor(frontend);
  for (const Retired& each : retired) {
    for (const auto& frontend : each.frontends) visitor(*frontend);
  }
}

}  // namespace hapair::lb
