// Sessions that a test makes up, in the places that it wants.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "liblb/core/session_view.hpp"

namespace hapair::control {

class FakeSessions final : public lb::SessionBook {
 public:
  /// One in that place, which stands since so many seconds.
  void add(std::uint32_t place, std::int64_t since, const char* address = "192.0.2.7") {
    lb::SessionView view;
    view.id = {.place = place, .generation = 3};
    view.age = std::chrono::seconds(1000 - since);
    view.client = {base::IpAddress::parse(address).value(), 40000};
    view.frontend = "http_front";
    sessions[place] = {view, base::Instant(std::chrono::seconds(since))};
    end = std::max<std::size_t>(end, place + 1);
  }
  lb::SessionView& at(std::uint32_t place) { return sessions.at(place).first; }

  std::size_t count() const override { return sessions.size(); }
  bool knows(const lb::SessionFilter& filter) const override {
    return (filter.frontend.empty() || filter.frontend == "http_front") &&
           (filter.backend.empty() || (filter.backend == "web" && filter.server == "node1"));
  }
  std::size_t places() const override { return end; }
  void find(std::size_t first, std::size_t number, const lb::SessionFilter& filter,
            std::vector<Mark>& found) const override {
    longest_look = std::max(longest_look, number);
    for (const auto& [place, session] : sessions) {
      const lb::SessionView& view = session.first;
      if (place < first || place >= first + number) continue;
      if (filter.client && view.client.address != *filter.client) continue;
      if (!filter.backend.empty() && view.server != filter.server) continue;
      found.push_back({.id = view.id, .since = session.second});
    }
  }
  std::optional<lb::SessionView> view(lb::SessionId id) const override {
    const auto at = sessions.find(id.place);
    if (at == sessions.end() || at->second.first.id != id) return std::nullopt;
    return at->second.first;
  }
  bool close(lb::SessionId id) override { return view(id) && sessions.erase(id.place) > 0; }

  std::map<std::uint32_t, std::pair<lb::SessionView, base::Instant>> sessions;
  std::size_t end = 0;
  mutable std::size_t longest_look = 0;
};

}  // namespace hapair::control
