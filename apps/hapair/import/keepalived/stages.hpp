// The stages of keepalived's import, in the order in which they run. Each writes its part of the
// draft and says to the account what is more than "kept"; the sweep at the end says the rest, by
// the table of keywords.
#pragma once

#include "apps/hapair/import/keepalived/work.hpp"

namespace hapair::importing::keepalived {

/// The nodes' files as trees, one for each node; a file with conditions may stand for several.
void read_nodes(Work& work);
/// Which instances of the nodes are one VIP: by router id, else by name.
void gather_vips(Work& work);
/// Names, addresses and interfaces of the nodes, to `cluster`; what HAProxy's part needs of it.
void write_cluster(Work& work);
/// `vips`, without what they track and tell.
void write_vips(Work& work);
/// Node priorities and those of VIPs, after the weights of scripts that are good all the time.
void write_priorities(Work& work);
/// `targets`, and `track` of the VIPs.
void write_tracking(Work& work);
/// `sync_groups`.
void write_groups(Work& work);
/// `notify` of VIPs and groups.
void write_notify(Work& work);
/// `alerts`: mail.
void write_mail(Work& work);
/// LVS virtual servers as frontends and backends.
void write_virtual_servers(Work& work);
/// What nobody has said a word of yet, by the table; and comments that have found no place.
void sweep(Work& work);

}  // namespace hapair::importing::keepalived
