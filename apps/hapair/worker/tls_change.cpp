// What of the contexts of one configuration serves the next one.
#include <algorithm>
#include <utility>

#include "apps/hapair/worker/model_map.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "apps/hapair/worker/tls_wiring.hpp"

namespace hapair::worker {
namespace {

const auto kByName = [](const auto& parts, const std::string& name) {
  return std::ranges::find_if(parts, [&name](const auto& each) { return each.name == name; });
};

}  // namespace

std::shared_ptr<tls::ServerContext> TlsWiring::kept_context(const config::BindTls& bind) const {
  if (before_ == nullptr || before_->tickets_ != tickets_) return nullptr;
  const auto& all = before_->model_.tls;
  for (std::size_t i = 0; i < all.size() && i < before_->contexts_.size(); ++i) {
    if (map_->translated(all[i]) == bind) return before_->contexts_[i];
  }
  return nullptr;
}

std::shared_ptr<tls::ClientContext> TlsWiring::kept_client(const config::Backend& backend,
                                                           const config::Server& server) const {
  if (before_ == nullptr) return nullptr;
  const auto& all = before_->model_.backends;
  const auto was = kByName(all, backend.name);
  if (was == all.end() || !was->tls || map_->translated(*was->tls) != *backend.tls) return nullptr;
  const auto of = kByName(was->servers, server.name);
  if (of == was->servers.end()) return nullptr;
  const bool same = of->address == server.address && of->protocols == server.protocols &&
                    of->by_name.has_value() == server.by_name.has_value() &&
                    (!of->by_name || (of->by_name->name == server.by_name->name &&
                                      of->by_name->service == server.by_name->service));
  if (!same) return nullptr;
  return before_->towards(static_cast<std::size_t>(was - all.begin()),
                          static_cast<std::size_t>(of - was->servers.begin()));
}

std::shared_ptr<tls::ClientContext> TlsWiring::kept_alert(const config::Alert& alert) const {
  if (before_ == nullptr || !alert.tls) return nullptr;
  const auto& all = before_->model_.alerts;
  const auto was = kByName(all, alert.name);
  if (was == all.end()) return nullptr;
  const auto index = static_cast<std::size_t>(was - all.begin());
  const config::ServerTls terms = map_->translated(config::ServerTls{.ca = was->ca});
  const bool same =
      was->tls && was->host == alert.host && was->address == alert.address && terms.ca == alert.ca;
  return same && index < before_->alerts_.size() ? before_->alerts_[index] : nullptr;
}

// Checks know them by their places, which stay.
void TlsWiring::keep_check_clients() {
  for (const CheckClient& each : before_->check_clients_) {
    check_clients_.push_back({map_->translated(each.terms), each.alpn, each.context});
  }
}

void TlsWiring::take(TlsWiring& next) {
  const std::vector<File> before = std::exchange(files_, std::move(next.files_));
  if (tickets_ && tickets_ != next.tickets_) old_tickets_.push_back(tickets_);
  tickets_ = next.tickets_;
  contexts_ = std::move(next.contexts_);
  clients_ = std::move(next.clients_);
  check_clients_ = std::move(next.check_clients_);
  check_client_of_ = std::move(next.check_client_of_);
  hosts_ = std::move(next.hosts_);
  alerts_ = std::move(next.alerts_);
  const ModelMap::Places& places = next.map_->files();
  for (std::size_t i = 0; i < before.size() && i < places.size(); ++i) {
    const std::size_t source = places[i];
    if (source == ModelMap::kGone || files_[source].items == before[i].items) continue;
    switch (model_.tls_files[source].kind) {
      case tls_files::Kind::kCertificate:
        renew(source);
        renew_clients(source);
        break;
      case tls_files::Kind::kTrust:
      case tls_files::Kind::kRevoked:
        renew_trust(source);
        renew_clients(source);
        break;
      case tls_files::Kind::kMap:
      case tls_files::Kind::kBody:
        if (rule_files_ != nullptr) rule_files_->take(source, files_[source].items);
        break;
      case tls_files::Kind::kHosts:
        break;
    }
  }
  timer_.arm_after(kTick);
}

}  // namespace hapair::worker
