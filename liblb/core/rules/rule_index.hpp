// Which rules of a list may match a request, by its host and path: found with a few look-ups in
// hash tables, however many rules there are. Pure; filled once.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "liblb/core/rules/spec.hpp"
#include "liblb/core/rules/text_table.hpp"

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
    lists_[size_++] = {list.data(), list.data() + list.size()};
    return true;
  }
  /// The lowest that has not been told yet; kNone when there is none.
  [[nodiscard]] RuleNumber next();

 private:
  /// What is left of a list. No span: that would be written in all places for each request.
  struct Rest {
    const RuleNumber* next;
    const RuleNumber* end;
  };

  std::array<Rest, kMaxLists> lists_;  // NOLINT: filled as far as it is read
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
  enum class Kind : std::uint8_t { kHost, kExact, kPrefix };

  /// What is known of a host, or of all below one, or (the first) of any.
  struct Host {
    std::vector<RuleNumber> any_path;
    std::vector<std::uint16_t> prefix_lengths;  ///< ascending
    bool exact_paths = false;
  };

  [[nodiscard]] std::uint32_t host_named(std::string_view name);
  void add_path(std::uint32_t host, RuleNumber rule, Kind kind, std::string_view path);
  [[nodiscard]] bool look_up_paths(std::uint32_t host, std::string_view path,
                                   std::span<const TextHash> hashes, Candidates& found) const;

  std::vector<Host> hosts_;
  TextTable table_;
  std::vector<std::vector<RuleNumber>> lists_;  ///< of rules with a path
  std::bitset<kMaxKey + 1> host_lengths_;       ///< that names of hosts have
  std::size_t max_host_ = 0;
  std::size_t max_path_ = 0;
};

}  // namespace hapair::lb::rules
