// The handlers of the control API, by the file they are in; endpoints.cpp says which is whose.
#pragma once

#include "apps/hapair/control/answer.hpp"
#include "apps/hapair/control/endpoint.hpp"

namespace hapair::control {

// handlers_status.cpp: what this node is and counts.
[[nodiscard]] ControlAnswer show_index(const Call& call);
[[nodiscard]] ControlAnswer show_status(const Call& call);
[[nodiscard]] ControlAnswer show_health(const Call& call);
[[nodiscard]] ControlAnswer show_backends(const Call& call);
[[nodiscard]] ControlAnswer show_version(const Call& call);
[[nodiscard]] ControlAnswer show_errors(const Call& call);
[[nodiscard]] ControlAnswer show_latency(const Call& call);
[[nodiscard]] ControlAnswer show_http2(const Call& call);
[[nodiscard]] ControlAnswer show_metrics(const Call& call);
[[nodiscard]] ControlAnswer show_health_sign(const Call& call);
[[nodiscard]] ControlAnswer show_readiness(const Call& call);
[[nodiscard]] ControlAnswer show_certificates(const Call& call);
[[nodiscard]] ControlAnswer show_loop(const Call& call);
[[nodiscard]] ControlAnswer show_stats_csv(const Call& call);
[[nodiscard]] ControlAnswer show_info(const Call& call);

// handlers_events.cpp: why it is so.
[[nodiscard]] ControlAnswer explain_vips(const Call& call);
[[nodiscard]] ControlAnswer why_not_vips(const Call& call);
[[nodiscard]] ControlAnswer show_events(const Call& call);
[[nodiscard]] ControlAnswer follow_events(const Call& call);

// handlers_tables.cpp: what is known of clients.
[[nodiscard]] ControlAnswer show_tables(const Call& call);
[[nodiscard]] ControlAnswer set_client(const Call& call);
[[nodiscard]] ControlAnswer clear_table(const Call& call);

// handlers_sessions.cpp: client connections.
[[nodiscard]] ControlAnswer show_sessions(const Call& call);
[[nodiscard]] ControlAnswer show_sessions_of_frontend(const Call& call);
[[nodiscard]] ControlAnswer show_sessions_of_client(const Call& call);
[[nodiscard]] ControlAnswer show_sessions_of_server(const Call& call);
[[nodiscard]] ControlAnswer close_session(const Call& call);
[[nodiscard]] ControlAnswer close_sessions_of_frontend(const Call& call);
[[nodiscard]] ControlAnswer close_sessions_of_client(const Call& call);
[[nodiscard]] ControlAnswer close_sessions_of_server(const Call& call);

// handlers_vips.cpp: who is master.
[[nodiscard]] ControlAnswer show_vips(const Call& call);
[[nodiscard]] ControlAnswer announce_vip(const Call& call);
[[nodiscard]] ControlAnswer set_maintenance(const Call& call);
[[nodiscard]] ControlAnswer step_down(const Call& call);
[[nodiscard]] ControlAnswer show_drill(const Call& call);
[[nodiscard]] ControlAnswer begin_drill(const Call& call);

// handlers_servers.cpp: the servers of backends.
[[nodiscard]] ControlAnswer show_servers(const Call& call);
[[nodiscard]] ControlAnswer show_server(const Call& call);
[[nodiscard]] ControlAnswer show_drift(const Call& call);
[[nodiscard]] ControlAnswer set_server_weight(const Call& call);
[[nodiscard]] ControlAnswer add_server(const Call& call);
[[nodiscard]] ControlAnswer remove_server(const Call& call);
[[nodiscard]] ControlAnswer set_server_state(const Call& call);

// handlers_process.cpp: what runs, by which configuration.
[[nodiscard]] ControlAnswer show_config(const Call& call);
[[nodiscard]] ControlAnswer show_log(const Call& call);
[[nodiscard]] ControlAnswer change_log(const Call& call);
[[nodiscard]] ControlAnswer show_check(const Call& call);
[[nodiscard]] ControlAnswer check_config(const Call& call);
[[nodiscard]] ControlAnswer show_reload(const Call& call);
[[nodiscard]] ControlAnswer reload(const Call& call);
[[nodiscard]] ControlAnswer show_upgrade(const Call& call);
[[nodiscard]] ControlAnswer upgrade(const Call& call);

}  // namespace hapair::control
