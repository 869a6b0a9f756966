#include "liblb/io/password_checks.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/net/random_number.hpp"

namespace hapair::lb {
namespace {

/// One client has a whole network.
constexpr std::uint8_t kIpv6Prefix = 64;

}  // namespace

PasswordChecks::PasswordChecks(Context& context, password::PasswordThread& thread)
    : context_(context),
      thread_(thread),
      mac_(std::string(base::as_text(net::random_key()))),  // dies with the process
      of_clients_(net::random_number(), kIpv6Prefix),
      watch_(context.loop, event::Priority::kTraffic,
             event::Callback<event::FdEvents>::to<&PasswordChecks::on_readable>(this)) {}

base::Result<void> PasswordChecks::start() { return watch_.start_reading(thread_.fd()); }

PasswordChecks::Digest PasswordChecks::digest_of(const UserLists& of, std::size_t list,
                                                 const rules::BasicCredentials& given) const {
  // A name has no colon, so no two of these are the same text.
  return mac_.of(
      base::as_bytes(base::concat(of.number, ':', list, ':', given.user, ':', given.password)));
}

bool PasswordChecks::submit(const Digest& digest, const rules::UserList& users,
                            rules::BasicCredentials given, const base::IpAddress& client,
                            PasswordWaiter& waiter) {
  if (const auto known = trials_.find(digest); known != trials_.end()) {
    known->second.waiters.push_back(&waiter);
    return true;
  }
  if (users.empty()) return false;
  if (!of_clients_.add(client, kMaxOfOne)) return false;
  const std::string* const hash = users.find(given.user);
  const auto ticket = next_ticket_++;
  if (!thread_.submit({.ticket = ticket,
                       .password = std::move(given.password),
                       .hash = hash != nullptr ? *hash : users.stand_in()})) {
    of_clients_.remove(client);
    return false;
  }
  trials_[digest] = {
      .ticket = ticket, .known_user = hash != nullptr, .client = client, .waiters = {&waiter}};
  return true;
}

void PasswordChecks::withdraw(const Digest& digest, PasswordWaiter& waiter) {
  const auto at = trials_.find(digest);
  if (at == trials_.end()) return;
  std::erase(at->second.waiters, &waiter);
  if (!at->second.waiters.empty()) return;
  thread_.withdraw(at->second.ticket);
  of_clients_.remove(at->second.client);
  trials_.erase(at);
}

void PasswordChecks::on_readable(event::FdEvents /*events*/) noexcept {
  for (const auto& outcome : thread_.take_outcomes()) settle(outcome);
}

void PasswordChecks::settle(const password::PasswordThread::Outcome& outcome) {
  const auto at = std::ranges::find_if(
      trials_, [&](const auto& each) { return each.second.ticket == outcome.ticket; });
  if (at == trials_.end()) return;  // nobody waits for it any more
  const Digest digest = at->first;
  const Trial trial = std::move(at->second);
  trials_.erase(at);
  of_clients_.remove(trial.client);
  const bool good = outcome.matches && trial.known_user;
  if (good) known_.add(digest, context_.now());
  for (PasswordWaiter* waiter : trial.waiters) waiter->on_outcome(good);
}

}  // namespace hapair::lb
