// keepalived's part of an import, from its files to the draft.
#include "apps/hapair/import/import.hpp"
#include "apps/hapair/import/keepalived/stages.hpp"

namespace hapair::importing::keepalived {

void translate(Context& context) {
  if (context.options.keepalived.empty()) return;
  Work work{.context = context};
  read_nodes(work);
  if (work.nodes.empty()) return;
  gather_vips(work);
  write_cluster(work);
  if (!work.vips.empty()) {
    write_vips(work);
    write_tracking(work);
    write_priorities(work);
  }
  write_groups(work);
  write_notify(work);
  write_mail(work);
  write_virtual_servers(work);
  sweep(work);
}

}  // namespace hapair::importing::keepalived
