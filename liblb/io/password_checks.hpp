// Whether names and passwords are those of a list of users, for all requests of an engine. What was
// found good lately is known without a trial; all others wait for the thread, those with the same
// name and password together. Remembered is what was good only: so whoever tries passwords pushes
// nobody out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/event/event_loop.hpp"
#include "common/password/password_thread.hpp"
#include "liblb/core/address_counts.hpp"
#include "liblb/core/proof_memory.hpp"
#include "liblb/core/rules/basic_credentials.hpp"
#include "liblb/core/rules/user_list.hpp"
#include "liblb/io/context.hpp"
#include "liblb/io/hmac_mac.hpp"

namespace hapair::lb {

/// Who waits for a trial.
class PasswordWaiter {
 public:
  virtual void on_outcome(bool good) = 0;

 protected:
  ~PasswordWaiter() = default;
};

/// The lists of users of one configuration. Each has another number, under which proofs are kept.
struct UserLists {
  std::uint64_t number = 0;
  std::vector<rules::UserList> lists{};
};

class PasswordChecks {
 public:
  /// What is good is known for so long, and so many at once.
  static constexpr base::Duration kKnownFor = std::chrono::minutes(5);
  static constexpr std::size_t kMaxKnown = 16'384;
  /// Trials under way that one client (IPv6: one network) may have begun: a quarter of those that
  /// may wait, so that nobody keeps all others out.
  static constexpr std::uint32_t kMaxOfOne = password::PasswordThread::kMaxWaiting / 4;

  using Digest = ProofMemory::Digest;

  /// `thread` outlives this object, and serves no other.
  PasswordChecks(Context& context, password::PasswordThread& thread);
  [[nodiscard]] base::Result<void> start();

  /// Stands for the name and password, as one of that list's.
  [[nodiscard]] Digest digest_of(const UserLists& of, std::size_t list,
                                 const rules::BasicCredentials& given) const;
  [[nodiscard]] bool knows(const Digest& digest) const {
    return known_.knows(digest, context_.now());
  }
  /// `client`: whose trial it is, where nobody waits for the same one yet. The waiter is told
  /// later. False: too many wait, of all or of that client, or the list is empty.
  [[nodiscard]] bool submit(const Digest& digest, const rules::UserList& users,
                            rules::BasicCredentials given, const base::IpAddress& client,
                            PasswordWaiter& waiter);
  void withdraw(const Digest& digest, PasswordWaiter& waiter);

 private:
  struct Trial {
    password::PasswordThread::Ticket ticket = 0;
    bool known_user = false;
    base::IpAddress client{};  ///< whose it counts as
    std::vector<PasswordWaiter*> waiters{};
  };

  void on_readable(event::FdEvents events) noexcept;
  void settle(const password::PasswordThread::Outcome& outcome);

  Context& context_;
  password::PasswordThread& thread_;
  HmacMac mac_;
  ProofMemory known_{kMaxKnown, kKnownFor};
  std::map<Digest, Trial> trials_;  ///< with the thread
  AddressCounts of_clients_;        ///< trials
  password::PasswordThread::Ticket next_ticket_ = 0;
  event::FdWatch watch_;
};

}  // namespace hapair::lb
