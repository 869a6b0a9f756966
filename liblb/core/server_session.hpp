// What a server is busy with, linked to it: so that all of it can be ended when the server is
// marked down. Links the sessions themselves; beginning and ending one allocates nothing. Pure.
#pragma once

#include "common/base/time.hpp"

namespace hapair::lb {

class SessionList;

/// A request (HTTP) or connection (TCP) that a server has; of one server at a time. Destruction
/// takes it out of the list.
class ServerSession {
 public:
  ServerSession() = default;
  virtual ~ServerSession() { unlink(); }
  ServerSession(const ServerSession&) = delete;
  ServerSession& operator=(const ServerSession&) = delete;

  /// Its server was marked down and its sessions are to end: it was taken out of the list.
  virtual void on_server_down(base::Instant now) = 0;

  /// Nothing where it is in no list.
  void unlink() {
    if (prev_ == nullptr) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = nullptr;
  }

 private:
  friend class SessionList;

  ServerSession* prev_ = nullptr;
  ServerSession* next_ = nullptr;
};

class SessionList {
 public:
  SessionList() { head_.prev_ = head_.next_ = &head_; }
  ~SessionList() {
    while (pop() != nullptr) {
    }
    head_.prev_ = nullptr;
  }
  SessionList(const SessionList&) = delete;
  SessionList& operator=(const SessionList&) = delete;

  void add(ServerSession& session) {
    session.prev_ = head_.prev_;
    session.next_ = &head_;
    head_.prev_->next_ = &session;
    head_.prev_ = &session;
  }
  /// The oldest, out of the list; nullptr when there is none.
  [[nodiscard]] ServerSession* pop() {
    if (empty()) return nullptr;
    ServerSession* const first = head_.next_;
    first->unlink();
    return first;
  }
  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }

 private:
  /// Between the last and the first.
  struct Head final : ServerSession {
    void on_server_down(base::Instant /*now*/) override {}
  };

  Head head_;
};

}  // namespace hapair::lb
