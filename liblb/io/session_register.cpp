#include "liblb/io/session_register.hpp"

#include <algorithm>
#include <utility>

#include "liblb/io/context.hpp"
#include "liblb/io/listener.hpp"
#include "liblb/io/session.hpp"

namespace hapair::lb {

SessionRegister::SessionRegister(const Context& context, Names names)
    : context_(context), names_(std::move(names)) {}

SessionId SessionRegister::add(Session& session) {
  if (free_ == 0) {
    first_free_ = static_cast<std::uint32_t>(places_.size());
    places_.emplace_back();
    ++free_;
  }
  const std::uint32_t at = first_free_;
  Place& place = places_[at];
  --free_;
  first_free_ = place.next_free;
  place.session = &session;
  place.since = context_.now();
  return {.place = at, .generation = place.generation};
}

void SessionRegister::remove(SessionId id) {
  Place& place = places_[id.place];
  place.session = nullptr;
  ++place.generation;
  place.next_free = std::exchange(first_free_, id.place);
  ++free_;
}

const SessionRegister::Place* SessionRegister::find(SessionId id) const {
  if (id.place >= places_.size()) return nullptr;
  const Place& place = places_[id.place];
  return place.session != nullptr && place.generation == id.generation ? &place : nullptr;
}

void SessionRegister::find(std::size_t first, std::size_t number, const SessionFilter& filter,
                           std::vector<Mark>& found) const {
  const std::size_t end = std::min(first + number, places_.size());
  for (std::size_t at = first; at < end; ++at) {
    const Place& place = places_[at];
    const auto here = static_cast<std::uint32_t>(at);
    if (place.session == nullptr || !passes(here, filter)) continue;
    found.push_back({.id = {.place = here, .generation = place.generation}, .since = place.since});
  }
}

bool SessionRegister::passes(std::uint32_t place, const SessionFilter& filter) const {
  const Place& at = places_[place];
  const std::string& frontend = at.session->listener().frontend_name();
  if (!filter.frontend.empty() && frontend != filter.frontend) return false;
  if (filter.client && at.session->client().address != *filter.client) return false;
  return filter.backend.empty() || at.session->uses(filter.backend, filter.server);
}

std::optional<SessionView> SessionRegister::view(SessionId id) const {
  const Place* const at = find(id);
  if (at == nullptr) return std::nullopt;
  const base::Instant now = context_.now();
  SessionView view;
  view.id = id;
  view.age = std::max(now - at->since, base::Duration::zero());
  view.client = at->session->client();
  view.frontend = at->session->listener().frontend_name();
  view.tls = at->session->listener().tls().has_value();
  at->session->describe(view, now);
  if (view.idle) view.idle = std::clamp(*view.idle, base::Duration::zero(), view.age);
  return view;
}

bool SessionRegister::close(SessionId id) {
  const Place* const place = find(id);
  if (place == nullptr) return false;
  place->session->end();
  return true;
}

}  // namespace hapair::lb
