// Files that are watched while all runs. First of all those that TLS needs: certificates with their
// keys, whom to trust, what is revoked; beside them the system's hosts, and what rules take from
// files. Only root can read keys, so a privileged reader reads them, and hands them on as text;
// whoever gets the text looks into it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace hapair::tls_files {

enum class Kind : std::uint8_t {
  kCertificate,  ///< a PEM file, two, or a directory of such
  kTrust,        ///< PEM certificates
  kRevoked,      ///< PEM lists of revoked certificates
  kHosts,        ///< hosts(5); one that can't be read is empty
  kMap,          ///< of rules; see lb::rules::Map
  kBody,         ///< of an answer of rules
};
inline constexpr std::uint8_t kKinds = 6;

[[nodiscard]] constexpr bool is_for_rules(Kind kind) {
  return kind == Kind::kMap || kind == Kind::kBody;
}

inline constexpr std::size_t kMaxFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBodyBytes = 64UL * 1024;  ///< of a kBody
inline constexpr std::size_t kMaxSources = 1024;
inline constexpr std::size_t kMaxItems = 1024;  ///< of one directory

inline constexpr const char* kSystemHosts = "/etc/hosts";

/// What the system trusts. Where that isn't there, the other places are looked at where
/// distributions keep it.
inline constexpr const char* kSystemTrust = "/etc/ssl/certs/ca-certificates.crt";

/// Where to look.
struct Source {
  Kind kind = Kind::kCertificate;
  std::string path{};  ///< absolute
  std::string key{};   ///< kCertificate: a file of its own for the key; empty: there is none
  std::string ocsp{};  ///< kCertificate: a file with an OCSP response (DER); empty: there is none

  bool operator==(const Source&) const = default;
};

/// What was found: one for a file, any number for a directory.
struct Item {
  std::string path{};  ///< of the certificate
  std::string text{};  ///< PEM
  std::string key{};   ///< PEM; may be the same as `text`
  std::string ocsp{};  ///< DER; empty: none

  bool operator==(const Item&) const = default;
};
using Items = std::vector<Item>;

/// Reads what is there now. Of a directory, in alphabetical order:
///  * NAME.pem and NAME.crt, with the key in NAME.key, or in the same file where there is none;
///  * NAME/fullchain.pem with NAME/privkey.pem, as certbot keeps them;
/// each with NAME.ocsp, or NAME/ocsp.der, where that is there. What else is there is left alone.
[[nodiscard]] base::Result<Items> read_source(const Source& source);

/// What tells whether a source has changed, without reading the files: equal texts mean that it has
/// not. A source that is not there has a look of its own.
[[nodiscard]] std::string look(const Source& source);

void put_source(base::ByteWriter& out, const Source& source);
/// The reader fails where it is malformed.
[[nodiscard]] Source take_source(base::ByteReader& in);
void put_items(base::ByteWriter& out, const Items& items);
[[nodiscard]] base::Result<Items> take_items(base::ByteReader& in);

}  // namespace hapair::tls_files
