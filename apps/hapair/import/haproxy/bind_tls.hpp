// The words of TLS on a `bind` line.
#pragma once

#include <vector>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/word_reader.hpp"

namespace hapair::importing::haproxy {

/// The `tls` of the bind: its certificates, versions, and what is asked of clients.
[[nodiscard]] JsonTree bind_tls(Translation& all, const Proxy& proxy, const Line& line,
                                const std::vector<ReadWord>& words);

/// "TLSv1.3" is "1.3"; empty: what hapair has by default covers it.
[[nodiscard]] std::string min_version(std::string_view text);
/// "h2,http/1.1" as a list.
[[nodiscard]] JsonTree protocol_list(std::string_view text);

}  // namespace hapair::importing::haproxy
