// The lines that say what becomes of single requests and connections: ACLs and rules.
#pragma once

#include "apps/hapair/import/haproxy/model.hpp"

namespace hapair::importing::haproxy {

/// Whether the line belongs to the rules, which then say what becomes of it: `acl`, `use_backend`,
/// `use-server`, `http-request`, `http-response`, `http-after-response`, `tcp-request`,
/// `tcp-response`, `redirect`, `block`, `req...` and `rsp...`, `monitor fail`, `force-persist`,
/// `ignore-persist`, `declare capture`, `filter`, and `stick-table` in a proxy without `stick`.
[[nodiscard]] bool is_rule(const Proxy& proxy, const Line& line);

/// All rules of all proxies, into the trees of frontends and backends that are there by then. Marks
/// each of their lines once, those of defaults too.
void translate_rules(Model& model);

}  // namespace hapair::importing::haproxy
