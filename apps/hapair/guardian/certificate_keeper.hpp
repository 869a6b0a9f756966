// The process that watches the files of TLS: it alone may read keys that belong to root, and it has
// no network. It looks at each file once a second; what has changed, and then stayed as it is for a
// look, it reads and hands to the worker, which looks into it. So a renewed certificate serves
// without a reload.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hapair/guardian/helper_process.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/base/bytes.hpp"
#include "common/base/log.hpp"

namespace hapair::guardian {

class CertificateKeeper {
 public:
  CertificateKeeper() = default;
  /// Forks it; without a file there is none. Before the guardian locks its memory.
  [[nodiscard]] static CertificateKeeper start(const std::vector<tls_files::Source>& sources,
                                               base::Logger& log);

  /// The end of a new channel to the keeper, for a worker; the one before counts no longer. What
  /// the files hold now comes over it first.
  [[nodiscard]] base::Result<net::UniqueFd> connect();

  /// One that another process has started, and the way to hand it on.
  [[nodiscard]] static CertificateKeeper take_on(HelperProcess::Handle handle);
  [[nodiscard]] HelperProcess::Handle hand_on() { return process_.hand_on(); }
  /// It ends when its worker has left it; nobody waits for that.
  void retire() { process_.retire(); }

 private:
  HelperProcess process_;
};

/// From the keeper to the worker. Carries one descriptor where there is no fault: sealed memory
/// with the items.
struct TlsFileNews {
  std::uint16_t source = 0;  ///< index into the grants' files
  std::string fault;         ///< why it can't be read; empty: it has been

  bool operator==(const TlsFileNews&) const = default;
};

[[nodiscard]] std::vector<std::uint8_t> encode_tls_file_news(const TlsFileNews& news);
[[nodiscard]] base::Result<TlsFileNews> decode_tls_file_news(base::Bytes bytes);

inline constexpr std::size_t kMaxTlsItemBytes = 64UL * 1024 * 1024;

}  // namespace hapair::guardian
