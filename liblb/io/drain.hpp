// The orderly end of the connections that came in over some listeners: their address is about to
// move to another node, or this one is about to stop.
//
//  1. Idle clients are let go and responses tell that the connection ends, while new clients are
//     still served.
//  2. Once those that stood at the start are gone, here and with its company, whose addresses move
//     together with its own, or at nine tenths of the time, nothing new comes in: SYNs are left
//     unanswered, so that who sends them tries again and finds the next owner of the address.
//     Clients whose handshake was under way are still served.
//  3. When no connection is left, or at the deadline, it is over; the report names what was left.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "common/base/time.hpp"
#include "common/event/event_loop.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/drain_report.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

class Drain {
 public:
  /// `frontends` outlive it. `group`: whose listeners; nullopt: all of them. `quieter` may be null.
  /// `lingers`: the address stays, so idle clients of HTTP/1.1 may send one more request, with
  /// whose response they are told; those that do not are let go before the end.
  Drain(Context& context, const std::vector<Frontend*>& frontends, std::optional<std::size_t> group,
        base::Instant deadline, SocketQuieter* quieter, bool lingers);

  /// Starts; afterwards advance() is due at next_due() and whenever a connection has ended.
  void start();
  /// `company_ready`: so are all that leave together with it. True: it is over.
  [[nodiscard]] bool advance(bool company_ready);
  /// Those that stood at the start are gone, or their time is over.
  [[nodiscard]] bool ready() const;
  [[nodiscard]] base::Instant next_due() const;

  [[nodiscard]] std::optional<std::size_t> group() const { return group_; }
  [[nodiscard]] DrainReport report() const;

 private:
  struct Lane {
    Frontend* frontend;
    Listener* listener;
  };

  [[nodiscard]] std::size_t sessions() const;
  [[nodiscard]] std::size_t old_sessions() const;
  void go_quiet(base::Instant now);

  Context& context_;
  std::optional<std::size_t> group_;
  SocketQuieter* quieter_;
  std::vector<Lane> lanes_;
  base::Instant deadline_;
  base::Instant quiet_at_{};  ///< at the latest
  bool lingers_;
  bool quiet_ = false;
  base::Instant settled_at_{};  ///< once quiet: no handshake is under way any more
};

}  // namespace hapair::lb
