// A table with a fixed number of places for what is known of clients, by keys that come from
// outside: found by a keyed hash, so that nobody chooses keys that lie together. An entry lives for
// a time behind its last use; in a full table the one that was used longest ago makes room. Memory
// comes in blocks as entries do, and is kept. Pure: time is passed in.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "common/base/siphash.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {

/// An address, or the hash of a text; 16 bytes in the order of the wire.
struct TableKey {
  std::array<std::uint8_t, 16> bytes{};

  bool operator==(const TableKey&) const = default;
};

template <class Value>
class KeyTable {
  static_assert(std::is_trivially_copyable_v<Value>, "entries are made and forgotten in place");

 public:
  static constexpr std::size_t kMaxSize = 10'000'000;

  /// `size`: 1 to kMaxSize entries. `expire`: without use; more than 0. `hash`: random. `width`: so
  /// many values, 1 or more, has each entry; what points to one of them points to the first.
  KeyTable(std::size_t size, base::Duration expire, const base::SipKey& hash, std::size_t width = 1)
      : size_(std::clamp<std::size_t>(size, 1, kMaxSize)),
        expire_(expire),
        hash_(hash),
        width_(width),
        heads_(std::bit_ceil(size_)) {}

  /// What is known of the key; null: nothing (any more). That is no use of it.
  [[nodiscard]] Value* find(const TableKey& key, base::Instant now) {
    const Index index = lookup(key);
    if (index == kNone) return nullptr;
    if (!expired(entry(index), now)) return values_of(index);
    ++expired_;
    remove(index);
    return nullptr;
  }

  /// A use of the key, which gets an entry where it has none. Valid until the next call.
  [[nodiscard]] Value& use(const TableKey& key, base::Instant now) {
    sweep(now, kSweptAtOnce);
    Index index = lookup(key);
    if (index == kNone) {
      index = make_room();
      Entry& fresh = entry(index);
      fresh.key = key;
      std::fill_n(values_of(index), width_, Value());
      Index& head = heads_[home_of(key)];
      fresh.chain = head;
      head = index;
      ++used_;
    } else {
      unlink(index);
      if (expired(entry(index), now)) {
        ++expired_;
        std::fill_n(values_of(index), width_, Value());
      }
    }
    entry(index).last_use = base::to_ns(now);
    link(index);
    return *values_of(index);
  }

  /// False: there was no such entry.
  bool erase(const TableKey& key) {
    const Index index = lookup(key);
    if (index == kNone) return false;
    remove(index);
    return true;
  }
  /// However many there are, they are gone in one stroke.
  void clear() {
    std::ranges::fill(heads_, kNone);
    made_ = used_ = 0;
    free_ = newest_ = oldest_ = kNone;
  }
  /// Removes up to `at_most` entries whose time is over.
  void sweep(base::Instant now, unsigned at_most) {
    for (; at_most > 0 && oldest_ != kNone && expired(entry(oldest_), now); --at_most) {
      ++expired_;
      remove(oldest_);
    }
  }

  /// Calls `visit(key, value, time left)` for up to `at_most` entries, the last used first.
  template <class Visit>
  void for_each(base::Instant now, std::size_t at_most, const Visit& visit) const {
    for (Index index = newest_; index != kNone && at_most > 0; index = entry(index).older) {
      const Entry& each = entry(index);
      if (expired(each, now)) return;
      visit(each.key, *values_of(index), base::from_ns(each.last_use) + expire_ - now);
      --at_most;
    }
  }

  [[nodiscard]] std::size_t entries() const { return used_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] base::Duration expire() const { return expire_; }
  /// Entries that had to make room before their time.
  [[nodiscard]] std::uint64_t evictions() const { return evictions_; }
  [[nodiscard]] std::uint64_t expirations() const { return expired_; }
  /// Of the blocks and the index.
  [[nodiscard]] std::size_t memory() const {
    return blocks_.size() * kBlock * (sizeof(Entry) + width_ * sizeof(Value)) +
           heads_.size() * sizeof(Index);
  }

 private:
  /// Places count from 1.
  using Index = std::uint32_t;
  static constexpr Index kNone = 0;
  static constexpr std::size_t kBlock = 1024;
  /// More than one, so that a table that grows no more empties itself.
  static constexpr unsigned kSweptAtOnce = 4;

  struct Entry {
    TableKey key{};
    std::int64_t last_use = 0;  ///< ns
    Index chain = kNone;        ///< the next one with the same home, or the next free one
    Index newer = kNone;
    Index older = kNone;
  };

  [[nodiscard]] Entry& entry(Index index) {
    return blocks_[(index - 1) / kBlock][(index - 1) % kBlock];
  }
  [[nodiscard]] const Entry& entry(Index index) const {
    return blocks_[(index - 1) / kBlock][(index - 1) % kBlock];
  }
  [[nodiscard]] Value* values_of(Index index) const {
    return &values_[(index - 1) / kBlock][(index - 1) % kBlock * width_];
  }
  [[nodiscard]] bool expired(const Entry& each, base::Instant now) const {
    return base::to_ns(now) - each.last_use >= expire_.count();
  }
  [[nodiscard]] std::size_t home_of(const TableKey& key) const {
    return base::siphash(hash_, key.bytes) & (heads_.size() - 1);
  }
  [[nodiscard]] Index lookup(const TableKey& key) const {
    Index index = heads_[home_of(key)];
    while (index != kNone && entry(index).key != key) index = entry(index).chain;
    return index;
  }

  [[nodiscard]] Index make_room() {
    if (free_ == kNone && made_ == size_) {
      ++evictions_;
      remove(oldest_);
    }
    if (free_ != kNone) {
      const Index index = free_;
      free_ = entry(index).chain;
      return index;
    }
    if (made_ == blocks_.size() * kBlock) {
      blocks_.push_back(std::make_unique<Entry[]>(kBlock));
      values_.push_back(std::make_unique<Value[]>(kBlock * width_));
    }
    return static_cast<Index>(++made_);
  }

  void remove(Index index) {
    Entry& gone = entry(index);
    Index* link_to = &heads_[home_of(gone.key)];
    while (*link_to != index) link_to = &entry(*link_to).chain;
    *link_to = gone.chain;
    unlink(index);
    gone.chain = free_;
    free_ = index;
    --used_;
  }

  void link(Index index) {
    Entry& each = entry(index);
    each.newer = kNone;
    each.older = newest_;
    (newest_ != kNone ? entry(newest_).newer : oldest_) = index;
    newest_ = index;
  }
  void unlink(Index index) {
    const Entry& each = entry(index);
    (each.newer != kNone ? entry(each.newer).older : newest_) = each.older;
    (each.older != kNone ? entry(each.older).newer : oldest_) = each.newer;
  }

  std::size_t size_;
  base::Duration expire_;
  base::SipKey hash_;
  std::size_t width_;
  std::vector<Index> heads_;  ///< a power of two
  std::vector<std::unique_ptr<Entry[]>> blocks_;
  std::vector<std::unique_ptr<Value[]>> values_;  ///< of the entries in the blocks
  std::size_t made_ = 0;                          ///< places in use since all were empty
  std::size_t used_ = 0;
  Index free_ = kNone;
  Index newest_ = kNone;
  Index oldest_ = kNone;
  std::uint64_t evictions_ = 0;
  std::uint64_t expired_ = 0;
};

}  // namespace hapair::lb
