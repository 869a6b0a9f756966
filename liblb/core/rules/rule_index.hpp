// Which rules of a list may match a request, by its host and path: found with a few look-ups in
// hash tables, however many rules there are. Pure; filled once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

using RuleNumber = std::uint32_t;

/// Numbers of rules in ascending order, merged from sorted lists.
class Candidates {
 public:
  static constexpr std::size_t kMaxLists = 64;
  static constexpr RuleNumber kNone = std::numeric_limits<RuleNumber>::max();

  void clear() { size_ = 0; }
  /// False: there is no room for another list.
  [[nodiscard]] bool add(std::span<const RuleNumber> list) {
    if (size_ == kMaxLists) return false;
    lists_[size_++] = list;
    return true;
  }
  /// The lowest that has not been told yet; kNone when there is none.
  [[nodiscard]] RuleNumber next();

 private:
  std::array<std::span<const RuleNumber>, kMaxLists> lists_;
  std::size_t size_ = 0;
};

class RuleIndex {
 public:
  /// Longer hosts and paths are not indexed.
  static constexpr std::size_t kMaxKey = 256;

  RuleIndex();

  /// Whether tests can be looked up here.
  [[nodiscard]] static bool takes(const HostTest& test);
  [[nodiscard]] static bool takes(const PathTest& test);
  /// Rules come in ascending order. Null: any host, any path.
  void add(RuleNumber rule, const HostTest* hosts, const PathTest* paths);

  /// The rules whose indexed tests hold. False: there are too many lists.
  [[nodiscard]] bool look_up(std::string_view host, std::string_view path, Candidates& found) const;

 private:
  using Hash = std::uint64_t;
  enum class Kind : std::uint8_t { kHost, kExact, kPrefix };

  /// Of texts, each in a room of its own and with a number.
  class Table {
   public:
    Table();
    [[nodiscard]] const std::uint32_t* find(Hash hash, std::uint32_t room,
                                            std::string_view text) const;
    void insert(Hash hash, std::uint32_t room, std::string_view text, std::uint32_t value);

   private:
    static constexpr std::uint32_t kFree = std::numeric_limits<std::uint32_t>::max();
    struct Slot {
      Hash hash = 0;
      std::uint32_t room = 0;
      std::uint32_t value = kFree;
      std::uint32_t begin = 0;  ///< in texts_
      std::uint32_t size = 0;
    };
    [[nodiscard]] std::size_t place_of(Hash hash, std::uint32_t room) const;
    void place(const Slot& slot);
    void grow();

    std::vector<Slot> slots_;  ///< a power of two, at most half of them taken
    std::size_t taken_ = 0;
    std::string texts_;
  };

  /// What is known of a host, or of all below one, or (the first) of any.
  struct Host {
    std::vector<RuleNumber> any_path;
    std::vector<std::uint16_t> prefix_lengths;  ///< ascending
    bool exact_paths = false;
  };

  [[nodiscard]] std::uint32_t host_named(std::string_view name);
  void add_path(std::uint32_t host, RuleNumber rule, Kind kind, std::string_view path);
  [[nodiscard]] bool look_up_paths(std::uint32_t host, std::string_view path,
                                   std::span<const Hash> hashes, Candidates& found) const;

  std::vector<Host> hosts_;
  Table table_;
  std::vector<std::vector<RuleNumber>> lists_;  ///< of rules with a path
  std::size_t max_prefix_ = 0;
  bool any_exact_ = false;
};

}  // namespace hapair::lb::rules
