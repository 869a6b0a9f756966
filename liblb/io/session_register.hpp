// Where the sessions of an engine can be found by their ids. A session costs it a few stores when
// it begins and when it ends, and a request nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "liblb/core/session_view.hpp"

namespace hapair::lb {

class Context;
class Session;

class SessionRegister final : public SessionBook {
 public:
  using Names = std::function<bool(const SessionFilter&)>;

  /// The context outlives it; `names` knows what frontends and servers there are.
  SessionRegister(const Context& context, Names names);

  [[nodiscard]] SessionId add(Session& session);
  /// Another one has its connection.
  void replace(SessionId id, Session& next) { places_[id.place].session = &next; }
  void remove(SessionId id);

  [[nodiscard]] std::size_t count() const override { return places_.size() - free_; }
  [[nodiscard]] bool knows(const SessionFilter& filter) const override { return names_(filter); }
  [[nodiscard]] std::size_t places() const override { return places_.size(); }
  void find(std::size_t first, std::size_t number, const SessionFilter& filter,
            std::vector<Mark>& found) const override;
  [[nodiscard]] std::optional<SessionView> view(SessionId id) const override;
  bool close(SessionId id) override;

 private:
  struct Place {
    Session* session = nullptr;  ///< null: it is free
    base::Instant since{};
    std::uint32_t generation = 0;
    std::uint32_t next_free = 0;
  };

  /// Null: it is over.
  [[nodiscard]] const Place* find(SessionId id) const;
  [[nodiscard]] bool passes(std::uint32_t place, const SessionFilter& filter) const;

  const Context& context_;
  Names names_;
  std::vector<Place> places_;
  std::size_t free_ = 0;          ///< so many places are
  std::uint32_t first_free_ = 0;  ///< where there is one
};

}  // namespace hapair::lb
