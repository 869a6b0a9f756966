// Whose the duty is, while one hapair takes another's place: one word in memory that both have.
// The one that is to take over takes it, the other withdraws the offer; only one of them can, and
// only once. So each of them, whoever else dies or hangs, knows at any moment whether the
// addresses, the adverts and the ledger are its own.
//
// The word is part of the hand-over's format: the first four bytes of the memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class DutyPage {
 public:
  /// An offer that nobody has taken.
  [[nodiscard]] static base::Result<DutyPage> create();
  /// The same one, in another process.
  [[nodiscard]] static base::Result<DutyPage> share(net::UniqueFd fd);
  ~DutyPage();
  DutyPage(DutyPage&& other) noexcept;
  DutyPage& operator=(DutyPage&& other) noexcept;

  /// The successor's: from here on the duty is its own. False: the offer was withdrawn.
  [[nodiscard]] bool take() { return settle(kTaken); }
  /// The other's: the duty stays its own. False: it is the successor's already.
  [[nodiscard]] bool withdraw() { return settle(kWithdrawn); }
  [[nodiscard]] bool taken() const { return word_->load() == kTaken; }
  [[nodiscard]] bool withdrawn() const { return word_->load() == kWithdrawn; }

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  using Word = std::atomic<std::uint32_t>;
  static_assert(Word::is_always_lock_free);
  static constexpr std::uint32_t kOffered = 0;
  static constexpr std::uint32_t kTaken = 1;
  static constexpr std::uint32_t kWithdrawn = 2;

  DutyPage(net::UniqueFd fd, Word* word) : fd_(std::move(fd)), word_(word) {}

  bool settle(std::uint32_t as) {
    std::uint32_t before = kOffered;
    return word_->compare_exchange_strong(before, as) || before == as;
  }

  net::UniqueFd fd_;
  Word* word_ = nullptr;
};

}  // namespace hapair::guardian
