// The files that an import reads, and places in them. Each file is there once for each time that it
// is read (an include may be read twice); its lines are what the account accounts for.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/file_access.hpp"
#include "common/base/result.hpp"

namespace hapair::importing {

enum class Program : std::uint8_t { kKeepalived, kHaproxy };

[[nodiscard]] std::string_view to_string(Program program);

/// A place in one of the sources; line and column count from 1, the column in bytes.
struct Place {
  std::uint32_t file = 0;
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  auto operator<=>(const Place&) const = default;
};

struct Source {
  std::string path;  ///< as messages show it
  Program program = Program::kKeepalived;
  std::uint16_t node = 0;           ///< keepalived: which of the nodes' files it belongs to, from 0
  std::optional<Place> included{};  ///< the line that includes it
  std::string text;
  std::vector<std::string_view> lines;  ///< of `text`, without line breaks (LF or CRLF)
};

class Sources {
 public:
  static constexpr std::size_t kMaxFiles = 256;
  static constexpr std::size_t kMaxFileBytes = 4U * 1024 * 1024;
  static constexpr std::size_t kMaxBytes = 16U * 1024 * 1024;  ///< of all files together
  static constexpr std::size_t kMaxLines = 200'000;            ///< of all files together
  static constexpr std::size_t kMaxDepth = 16;                 ///< of includes in includes

  Sources() = default;
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  /// Reads a file. An error (which names the file, the rule and the remedy) where it can't be read,
  /// a bound is reached, or it includes itself, directly or by way of others. The number is what
  /// Place::file is; sources stay where they are.
  [[nodiscard]] base::Result<std::uint32_t> load(FileAccess& files, const std::string& path,
                                                 Program program, std::uint16_t node = 0,
                                                 std::optional<Place> included = std::nullopt);

  [[nodiscard]] const Source& operator[](std::uint32_t file) const { return *sources_[file]; }
  [[nodiscard]] std::size_t size() const { return sources_.size(); }
  [[nodiscard]] std::string_view line(const Place& at) const {
    return sources_[at.file]->lines[at.line - 1];
  }
  /// "haproxy.cfg:12"
  [[nodiscard]] std::string name(const Place& at) const;

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::size_t bytes_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace hapair::importing
