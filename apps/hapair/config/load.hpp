// The configuration from the disk: the file and the secret it names, read with suspicion. Only the
// short-lived config reader and `hapair check` come here; the worker gets an envelope.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/host.hpp"
#include "apps/hapair/config/model.hpp"
#include "apps/hapair/config/reader.hpp"

namespace hapair::config {

// As in cli/command_line.hpp, which this does not know.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitFaults = 3;
inline constexpr int kExitAccess = 4;    ///< a file that can't be read
inline constexpr int kExitChanges = 10;  ///< diff: there are some
inline constexpr int kExitRefused = 11;  ///< diff: a reload would be refused

/// Why there is no configuration.
struct LoadError {
  std::string file;
  std::string unreadable;     ///< why the file itself can't be read; else empty
  std::vector<Fault> faults;  ///< all faults of the file, in its order
  /// kExitAccess: nothing is wrong but a file that can't be read; kExitFailed: but that this host
  /// is none of the nodes now.
  int exit_code = kExitFaults;

  /// A line for each fault, each ending with a line break.
  [[nodiscard]] std::string to_string() const;
};

/// A file without faults, for whichever node.
struct CheckedFile {
  std::string text;
  Draft draft;
  Positions positions;
  DerivedPasswords passwords;
  FilePasswords check_passwords;
  FileContents error_pages;
  FileContents user_files;
  DerivedPasswords keys;
  std::string hello_key;
  std::string ticket_key;
  std::string cookie_key;
  std::vector<tls_files::Items> tls_items;
  std::vector<Fault> notices;
};

enum class Purpose {
  kRun,    ///< this host is a node: the secret must be there
  kCheck,  ///< on a host that is none of the nodes it need not be, which is a notice
};

[[nodiscard]] std::expected<CheckedFile, LoadError> check_file(const std::string& path,
                                                               Purpose purpose, const Host& host);

struct Loaded {
  Model model;
  std::string envelope;  ///< parse_envelope() makes the same model of it
  std::vector<Fault> notices;
};

/// `node`: which node this is; empty to find out from `host`.
[[nodiscard]] std::expected<Loaded, LoadError> load(const std::string& path, std::string_view node,
                                                    const Host& host);

}  // namespace hapair::config
