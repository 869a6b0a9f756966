// What the words of a `server` line come to, with those of `default-server` before them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/word_reader.hpp"

namespace hapair::importing::haproxy {

class ServerWords {
 public:
  /// Later words take the place of earlier ones; `no-...` and `enabled` take others back.
  void take(const std::vector<ReadWord>& words);

  [[nodiscard]] bool has(std::string_view name) const { return words_.contains(name); }
  /// nullptr: it is not there.
  [[nodiscard]] const ReadWord* find(std::string_view name) const;
  /// Its value; empty where it is not there.
  [[nodiscard]] std::string value(std::string_view name) const;

 private:
  std::map<std::string, ReadWord, std::less<>> words_;
};

/// A server as its line has it.
struct ServerLine {
  const Line* line = nullptr;
  std::string name{};  ///< in the result
  ServerWords words{};
  bool by_name = false;  ///< its address is a name, or a service
};

}  // namespace hapair::importing::haproxy
