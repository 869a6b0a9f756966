// What an import is told on the command line. The environment and the files themselves come by
// interfaces (see file_access.hpp), so that the import as such is pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hapair::importing {

/// Of keepalived or HAProxy: their defaults and refusals depend on it.
struct Version {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;

  auto operator<=>(const Version&) const = default;

  [[nodiscard]] std::string to_string() const;
};

inline constexpr Version kOldestHaproxy{2, 4};
inline constexpr Version kNewestHaproxy{3, 4};
inline constexpr Version kOldestKeepalived{1, 2};
inline constexpr Version kNewestKeepalived{2, 4};

/// "2.8" or "2.8.5", between `oldest` and `newest`; the error names both.
[[nodiscard]] base::Result<Version> parse_version(std::string_view text, Version oldest,
                                                  Version newest);

inline constexpr std::size_t kMaxKeepalivedFiles = 16;  ///< one for each node
inline constexpr std::size_t kMaxHaproxyFiles = 64;     ///< as -f given several times

struct Options {
  std::vector<std::string> keepalived;  ///< one file of each node, in the order given
  std::vector<std::string> haproxy;     ///< files and folders, as HAProxy's own -f
  /// The nodes' own addresses in the order of `keepalived`, where the files don't tell them.
  std::vector<std::string> addresses{};
  Version keepalived_version{2, 2};
  Version haproxy_version{3, 0};
  /// Where secrets will be (each in a file of its own, for root only); no slash at the end.
  std::string secrets = "/etc/hapair";
  /// Of what the salts of hashed passwords are made: random, but in tests.
  std::string salt{};
  /// What ${VAR} stands for in haproxy.cfg, and ${_ENV VAR} in keepalived.conf.
  std::map<std::string, std::string, std::less<>> environment{};
};

}  // namespace hapair::importing
