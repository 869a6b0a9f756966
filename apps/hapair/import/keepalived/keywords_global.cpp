// The table of keepalived's keywords: global_defs. See keywords.hpp.
#include <array>

#include "apps/hapair/import/keepalived/keyword_parts.hpp"

namespace hapair::importing::keepalived {
namespace {

constexpr std::array<Keyword, 142> kGlobalKeywords{{

    {"router_id", "global_defs", Fate::kKept,
     "the node's name in `cluster.nodes` where the files have different ones; an address is taken "
     "for the node's own where no other line tells it"},
    {"notification_email", "global_defs", Fate::kChanged,
     "the recipients of `alerts`, where smtp_alert or a virtual_server asks for mail"},
    {"notification_email_from", "global_defs", Fate::kChanged, "the sender of `alerts`"},
    {"smtp_server", "global_defs", Fate::kChanged, "the relay of `alerts`"},
    {"smtp_connect_timeout", "global_defs", Fate::kChanged, "the timeout of `alerts`"},
    {"smtp_helo_name", "global_defs", Fate::kNotNeeded, "a mail's greeting has the host's name"},
    {"smtp_alert", "global_defs", Fate::kChanged, "`alerts` by mail about VIPs or servers"},
    {"smtp_alert_vrrp", "global_defs", Fate::kChanged, "`alerts` by mail about VIPs or servers"},
    {"smtp_alert_checker", "global_defs", Fate::kChanged, "`alerts` by mail about VIPs or servers"},
    {"email_faults", "global_defs", Fate::kNotNeeded,
     "alerts tell of every change of what they are about"},
    {"no_email_faults", "global_defs", Fate::kNotNeeded,
     "alerts tell of every change of what they are about"},
    {"script_user", "global_defs", Fate::kChanged, "the user of targets and `notify` scripts"},
    {"enable_script_security", "global_defs", Fate::kNotNeeded,
     "hapair never runs a script that others than root could change"},
    {"default_interface", "global_defs", Fate::kKept, "the interface of instances without one"},
    {"vrrp_version", "global_defs", Fate::kKept,
     "the version of VIPs without their own; keepalived's default is 2, for IPv6 3"},
    {"vrrp_garp_master_delay", "global_defs", Fate::kKept,
     "`announce.delay`, where an instance has none of its own"},
    {"vrrp_garp_master_repeat", "global_defs", Fate::kKept, "`announce.repeat`"},
    {"vrrp_garp_master_refresh", "global_defs", Fate::kKept, "`announce.refresh`"},
    {"vrrp_garp_master_refresh_repeat", "global_defs", Fate::kNotNeeded,
     "a master announces again whenever another master was heard, and every `announce.refresh`"},
    {"vrrp_garp_lower_prio_delay", "global_defs", Fate::kNotNeeded,
     "a master announces again whenever another master was heard, and every `announce.refresh`"},
    {"vrrp_garp_lower_prio_repeat", "global_defs", Fate::kNotNeeded,
     "a master announces again whenever another master was heard, and every `announce.refresh`"},
    {"vrrp_min_garp", "global_defs", Fate::kNotNeeded,
     "a master announces again whenever another master was heard, and every `announce.refresh`"},
    {"vrrp_garp_interval", "global_defs", Fate::kKept, "`announce.interval`"},
    {"vrrp_gna_interval", "global_defs", Fate::kNotNeeded,
     "`announce.interval` is for neighbour advertisements, too"},
    {"vrrp_garp_extra_if", "global_defs", Fate::kNotSupported,
     "addresses on other networks are announced there like all others"},
    {"vrrp_lower_prio_no_advert", "global_defs", Fate::kNotNeeded,
     "a master answers a lower priority at once, and gives way to a higher one in order, as RFC "
     "9568 has it"},
    {"vrrp_higher_prio_send_advert", "global_defs", Fate::kNotNeeded,
     "a master answers a lower priority at once, and gives way to a higher one in order, as RFC "
     "9568 has it"},
    {"vrrp_skip_check_adv_addr", "global_defs", Fate::kNotNeeded,
     "a backup whose addresses differ stays backup and raises an alarm"},
    {"vrrp_strict", "global_defs", Fate::kNotNeeded,
     "what it forbids hapair's check refuses where it is harmful; it never drops packets to a VIP, "
     "which this would do"},
    {"vrrp_iptables", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"vrrp_ipsets", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"vrrp_nftables", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"nftables", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"nftables_priority", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"nftables_ifindex", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"nftables_counters", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"vrrp_nftables_counters", "global_defs", Fate::kNotNeeded,
     "no firewall rules are needed: virtual MAC addresses are kept in order by filters of their "
     "own"},
    {"vrrp_check_unicast_src", "global_defs", Fate::kNotNeeded,
     "adverts from others than the nodes are always refused"},
    {"vrrp_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"vrrp_no_swap", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_no_swap", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_no_swap", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"vrrp_rt_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_rt_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_rt_priority", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"vrrp_rlimit_rttime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"vrrp_rlimit_rtime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_rlimit_rttime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_rlimit_rtime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_rlimit_rttime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_rlimit_rtime", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"vrrp_cpu_affinity", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"checker_cpu_affinity", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"bfd_cpu_affinity", "global_defs", Fate::kNotNeeded,
     "the guardian, which sends adverts, runs with real-time priority where it may and is locked "
     "in memory"},
    {"max_auto_priority", "global_defs", Fate::kNotNeeded,
     "real-time priority is the guardian's from the start"},
    {"min_auto_priority_delay", "global_defs", Fate::kNotNeeded,
     "real-time priority is the guardian's from the start"},
    {"vrrp_mcast_group4", "global_defs", Fate::kNotNeeded,
     "the groups of RFC 9568, 224.0.0.18 and ff02::12"},
    {"vrrp_mcast_group6", "global_defs", Fate::kNotNeeded,
     "the groups of RFC 9568, 224.0.0.18 and ff02::12"},
    {"vrrp_owner_ignore_adverts", "global_defs", Fate::kNotNeeded,
     "no node is an address owner: VIPs move"},
    {"vrrp_startup_delay", "global_defs", Fate::kKept, "`cluster.startup_delay`"},
    {"vrrp_delay_after_boot", "global_defs", Fate::kNotNeeded,
     "`cluster.startup_delay` counts from each start"},
    {"vrrp_process_name", "global_defs", Fate::kNotNeeded, "processes have names of their own"},
    {"checker_process_name", "global_defs", Fate::kNotNeeded, "processes have names of their own"},
    {"bfd_process_name", "global_defs", Fate::kNotNeeded, "processes have names of their own"},
    {"process_name", "global_defs", Fate::kNotNeeded, "processes have names of their own"},
    {"vrrp_notify_fifo", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"vrrp_notify_fifo_script", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"notify_fifo", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"notify_fifo_script", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"lvs_notify_fifo", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"lvs_notify_fifo_script", "global_defs", Fate::kNotSupported,
     "a FIFO of changes: `hapair events --follow`, `notify` scripts, or `alerts` with a command or "
     "webhook"},
    {"notify_priority_changes", "global_defs", Fate::kNotSupported,
     "`hapair events` tells of priorities; scripts are told of roles"},
    {"vrrp_notify_priority_changes", "global_defs", Fate::kNotSupported,
     "`hapair events` tells of priorities; scripts are told of roles"},
    {"dynamic_interfaces", "global_defs", Fate::kNotNeeded, "interfaces may come and go"},
    {"allow_if_changes", "global_defs", Fate::kNotNeeded, "interfaces may come and go"},
    {"disable_local_igmp", "global_defs", Fate::kNotNeeded, "groups are joined by hapair itself"},
    {"lvs_flush", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_flush_onstop", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_flush_on_stop", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_timeouts", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_netlink_cmd_rcv_bufs", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_netlink_cmd_rcv_bufs_force", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_netlink_monitor_rcv_bufs", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_netlink_monitor_rcv_bufs_force", "global_defs", Fate::kNotNeeded, "hapair is no LVS"},
    {"lvs_sync_daemon", "global_defs", Fate::kNotSupported,
     "LVS's connection table on the other node: connections of a proxy end with its node, and "
     "clients come again; cookies, hashes and `cluster.secret_file` keep them on their servers"},
    {"vrrp_netlink_cmd_rcv_bufs", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"vrrp_netlink_cmd_rcv_bufs_force", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"vrrp_netlink_monitor_rcv_bufs", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"vrrp_netlink_monitor_rcv_bufs_force", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"process_monitor_rcv_bufs", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"process_monitor_rcv_bufs_force", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"rs_init_notifies", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"no_checker_emails", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"checker_log_all_failures", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"vrrp_rx_bufs_policy", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"vrrp_rx_bufs_multiplier", "global_defs", Fate::kNotNeeded,
     "buffers and details of keepalived's own processes"},
    {"enable_snmp_vrrp", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_snmp_keepalived", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_snmp_checker", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_snmp_rfc", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_snmp_rfcv2", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_snmp_rfcv3", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_traps", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"snmp_socket", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"snmp_vrrp_traps", "global_defs", Fate::kNotSupported,
     "SNMP: metrics for Prometheus, `hapair status --json`, and `alerts`"},
    {"enable_dbus", "global_defs", Fate::kNotSupported,
     "D-Bus: the control socket has an HTTP API"},
    {"dbus_service_name", "global_defs", Fate::kNotSupported,
     "D-Bus: the control socket has an HTTP API"},
    {"dbus_no_interface_name", "global_defs", Fate::kNotSupported,
     "D-Bus: the control socket has an HTTP API"},
    {"reload_check_config", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"reload_time_file", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"reload_repeat", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"reload_file", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"log_unknown_vrids", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"keep_script_fd", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"umask", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"random_seed", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"child_wait_time", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"data_use_instance", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"json_version", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"fifo_write_vrrp_states_on_reload", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"tmp_config_directory", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"use_symlink_paths", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"state_dump_file", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"stats_dump_file", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"vrrp_vlan_promiscuous", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"bfd_process", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"if_name_exclude", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"config_save_dir", "global_defs", Fate::kNotNeeded,
     "of keepalived's own running; a faulty file is always refused whole, and the running config "
     "stays"},
    {"net_namespace", "global_defs", Fate::kNotSupported,
     "start hapair inside the namespace: NetworkNamespacePath= in its unit"},
    {"net_namespace_ipvs", "global_defs", Fate::kNotSupported,
     "start hapair inside the namespace: NetworkNamespacePath= in its unit"},
    {"instance", "global_defs", Fate::kNotSupported,
     "start hapair inside the namespace: NetworkNamespacePath= in its unit"},
    {"use_pid_dir", "global_defs", Fate::kNotNeeded, "systemd knows the processes"},
    {"pid_file", "global_defs", Fate::kNotNeeded, "systemd knows the processes"},
    {"linkbeat_use_polling", "global_defs", Fate::kNotNeeded, "of old versions"},
    {"default_load_average", "global_defs", Fate::kNotNeeded, "of old versions"},
    {"plugin_dir", "global_defs", Fate::kNotNeeded, "of old versions"},
    {"startup_script", "global_defs", Fate::kNotSupported,
     "ExecStartPre= and ExecStopPost= in a drop-in of hapair's unit"},
    {"shutdown_script", "global_defs", Fate::kNotSupported,
     "ExecStartPre= and ExecStopPost= in a drop-in of hapair's unit"},
    {"startup_script_timeout", "global_defs", Fate::kNotSupported,
     "ExecStartPre= and ExecStopPost= in a drop-in of hapair's unit"},
    {"shutdown_script_timeout", "global_defs", Fate::kNotSupported,
     "ExecStartPre= and ExecStopPost= in a drop-in of hapair's unit"},
}};

}  // namespace

std::span<const Keyword> global_keywords() { return kGlobalKeywords; }

}  // namespace hapair::importing::keepalived
