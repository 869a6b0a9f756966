// Every file that is watched and that a draft names, each once: see tls_files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/hapair/config/draft.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"

namespace hapair::config {

struct NamedSource {
  std::string path;  ///< where it stands in the file, the first time
  tls_files::Source source;
};

[[nodiscard]] std::vector<NamedSource> tls_sources_of(const Draft& draft);

[[nodiscard]] tls_files::Source source_of(const CertificateDraft& draft);
[[nodiscard]] tls_files::Source ca_of(const ClientCertificatesDraft& draft);
/// Its path is empty where none is given.
[[nodiscard]] tls_files::Source crl_of(const ClientCertificatesDraft& draft);

/// Its path is empty where no server is asked who it is.
[[nodiscard]] tls_files::Source ca_of(const ServerTlsDraft& draft);
/// Of a webhook; without a path: nobody is asked who it is.
[[nodiscard]] tls_files::Source ca_of(const AlertDraft& draft);

}  // namespace hapair::config
