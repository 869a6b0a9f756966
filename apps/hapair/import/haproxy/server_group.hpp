// What servers say of themselves in HAProxy and hapair says of their backend: checks' times, TLS,
// what becomes of errors.
#pragma once

#include <vector>

#include "apps/hapair/import/haproxy/server_words.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"

namespace hapair::importing::haproxy {

/// Into the backend; the trees of its servers are there.
void write_server_checks(Translation& all, const Proxy& proxy,
                         const std::vector<ServerLine>& servers);
void write_server_tls(Translation& all, const Proxy& proxy, const std::vector<ServerLine>& servers);
void write_server_policies(Translation& all, const Proxy& proxy,
                           const std::vector<ServerLine>& servers);

/// The value of a word that servers say and the backend has but once: that of the first server
/// which says it. Reports servers that say otherwise. nullptr: none says it.
[[nodiscard]] const ReadWord* common_word(Translation& all, const std::vector<ServerLine>& servers,
                                          std::string_view name);

}  // namespace hapair::importing::haproxy
