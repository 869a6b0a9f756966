// "I can't reach these servers, but another node can": for one backend of one VIP, from what this
// node's checks say and what the others' hellos say. Pure.
//
// It can only make this node step back behind another that is better off, and only slowly:
//  - Fewer servers than needed here, and more at another node, for as long as checks of the same
//    servers on two nodes may differ: a server that dies for all is seen by one node first. A node
//    that never had enough since its start waits for nothing.
//  - Nobody's silence begins or ends it. So the loss of hellos moves nothing; and where the other
//    node is gone for good, its adverts are too, and a node of any verdict takes the VIP.
//  - It ends when there are servers enough here, or some, and nowhere more. While there is none
//  here
//    it stays, whatever becomes of the others: the VIP would gain nothing by coming back.
//  - Roles play no part in it, so it can't chase its own effect.
#pragma once

#include <cstddef>
#include <optional>

#include "common/base/time.hpp"

namespace hapair::vrrp {

class ServersElsewhere {
 public:
  /// `needed`: with so many usable servers here all is well. `patience`: see above.
  ServersElsewhere(std::size_t needed, base::Duration patience)
      : needed_(needed), patience_(patience) {}

  struct Here {
    std::size_t usable = 0;
    std::size_t unknown = 0;  ///< not checked yet: they get the benefit of the doubt
  };

  /// How it is here, and the most usable servers at another node that could have the VIP; nullopt:
  /// no such node is heard. True when holds() has changed.
  bool on_counts(Here here, std::optional<std::size_t> elsewhere, base::Instant now);
  /// True when holds() has changed.
  bool on_deadline(base::Instant now);
  /// When to call on_deadline().
  [[nodiscard]] std::optional<base::Instant> deadline() const;

  /// The other node is the better one for this backend.
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  std::size_t needed_;
  base::Duration patience_;
  bool had_enough_ = false;
  bool holds_ = false;
  std::optional<base::Instant> since_;  ///< others have had more; not while it holds
};

}  // namespace hapair::vrrp
