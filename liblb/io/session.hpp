// One client connection of a frontend, whatever it speaks. Owned by its frontend, which destroys it
// outside its own callbacks.
#pragma once

#include <list>
#include <memory>
#include <string_view>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "liblb/core/session_view.hpp"

namespace hapair::lb {

class Listener;

class Session {
 public:
  using List = std::list<std::unique_ptr<Session>>;

  explicit Session(Listener& listener) : listener_(listener) {}
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Registers with the loop. False: it cannot be; the caller destroys the session.
  [[nodiscard]] virtual bool start() = 0;
  /// Ends it now with RST, whatever it is doing.
  virtual void reset() = 0;
  /// Draining began: ends it at once when idle, else after what it is doing.
  virtual void drain() = 0;
  /// This node needs what it holds: ends it, in order, when nothing is under way.
  virtual void end_if_idle() {}
  /// An operator wants it gone: in order where nothing is under way, else as by reset().
  virtual void end() { reset(); }

  /// Draining began, and there is time: it learns of that with the response to its next request, so
  /// that none is lost that comes at the same moment.
  [[nodiscard]] virtual bool may_linger() const { return false; }

  [[nodiscard]] Listener& listener() const { return listener_; }
  /// Whose connection it is.
  [[nodiscard]] virtual const base::Endpoint& client() const = 0;
  /// Adds what only it knows.
  virtual void describe(SessionView& /*view*/, base::Instant /*now*/) const {}
  /// Something of it is under way there; an empty server means any of the backend's.
  [[nodiscard]] virtual bool uses(std::string_view /*backend*/, std::string_view /*server*/) const {
    return false;
  }

  // Where the frontend keeps it; the frontend's own notes.
  List::iterator place;
  SessionId session_id{};
  bool before_drain = false;  ///< it stood when draining began
  bool counted = false;       ///< among those of its client's address
  bool tracked = false;       ///< among those that are under way, in the frontend's tables

 private:
  Listener& listener_;
};

}  // namespace hapair::lb
