// The faults of a configuration file: all of them are collected before the file is refused, each
// with its place, so that one run of `hapair check` shows everything there is to mend.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hapair::config {

/// A place in the file, counted from 1; the column counts bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  auto operator<=>(const Position&) const = default;
};

struct Fault {
  Position at;
  std::string path;     ///< "vips.VI_1.router_id"; empty for the file as a whole
  std::string message;  ///< what is wrong; the rule; the remedy

  /// "hapair.json:12:19: vips.VI_1.router_id: 300 is above 255; use 1 to 255"
  [[nodiscard]] std::string to_string(std::string_view file) const;

  auto operator<=>(const Fault&) const = default;
};

class FaultList {
 public:
  /// A file with more is reported up to this many.
  static constexpr std::size_t kMaxFaults = 200;

  void add(Position at, std::string path, std::string message);

  [[nodiscard]] bool empty() const { return faults_.empty(); }
  /// True when there is a fault with exactly this path: no use in checking the value further.
  [[nodiscard]] bool names(std::string_view path) const { return paths_.contains(path); }
  /// In the order of the file.
  [[nodiscard]] const std::vector<Fault>& sorted();

 private:
  std::vector<Fault> faults_;
  std::set<std::string, std::less<>> paths_;
};

/// "vips" + "VI_1" = "vips.VI_1"; the root's path is empty.
[[nodiscard]] std::string join_path(std::string_view parent, std::string_view key);
/// "addresses" + 0 = "addresses[0]"
[[nodiscard]] std::string join_path(std::string_view parent, std::size_t index);

}  // namespace hapair::config
