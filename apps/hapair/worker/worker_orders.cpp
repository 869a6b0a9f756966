// Orders over the control socket about servers and VIPs that leave roles as they are.
#include <algorithm>

#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/worker.hpp"
#include "common/base/text.hpp"

namespace hapair::worker {

std::expected<unsigned, control::ActionFault> Worker::set_server_weight(
    std::string_view backend, std::string_view server, const control::WeightOrder& weight,
    std::string_view who) {
  return changes_->set_weight(backend, server, weight, who);
}

std::expected<void, control::ActionFault> Worker::add_server(std::string_view backend,
                                                             std::string_view server,
                                                             const control::NewServer& what,
                                                             std::string_view who) {
  return changes_->add(backend, server, what, who);
}

std::expected<void, control::ActionFault> Worker::remove_server(std::string_view backend,
                                                                std::string_view server,
                                                                std::string_view who) {
  return changes_->remove(backend, server, who);
}

std::expected<void, control::ActionFault> Worker::announce(std::string_view vip,
                                                           std::string_view who) {
  const auto found = std::ranges::find(model_.vips, vip, &config::Vip::name);
  if (found == model_.vips.end()) {
    return std::unexpected(control::ActionFault{
        .status = 404,
        .code = "unknown_vip",
        .message = base::concat("there is no VIP '", base::printable(vip, 64), "'"),
        .remedy = "see GET /v1/vips for the names"});
  }
  const auto index = static_cast<std::size_t>(found - model_.vips.begin());
  if (!master_of_[index]) {
    return std::unexpected(control::ActionFault{
        .code = "not_master",
        .message =
            base::concat("this node is not master of ", vip, ", and tells nobody that it is"),
        .remedy = "see GET /v1/vips for who is; announce it there"});
  }
  guardian_.announce(index);
  log_.info("vip-announced", vip, base::concat("announced again, ordered by ", who));
  note(journal_, loop_, "vip-announced", vip, "", base::concat("ordered by ", who));
  return {};
}

}  // namespace hapair::worker
