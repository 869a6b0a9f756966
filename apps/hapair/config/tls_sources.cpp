#include "apps/hapair/config/tls_sources.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/rules.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

void add(std::vector<NamedSource>& to, std::string path, tls_files::Source source) {
  if (source.path.empty()) return;  // faulty, or not given
  if (std::ranges::find(to, source, &NamedSource::source) != to.end()) return;
  to.push_back({std::move(path), std::move(source)});
}

/// Whose signature counts where a server must show one; the system's unless given.
tls_files::Source trusted(bool verify, const std::string& ca) {
  tls_files::Source source{.kind = tls_files::Kind::kTrust};
  if (verify) source.path = ca.empty() ? tls_files::kSystemTrust : ca;
  return source;
}

/// Something of the file's is asked for by name.
bool resolves_names(const Draft& draft) {
  const auto named = [](const std::string& relay, const std::string& url) {
    if (!url.empty()) {
      const auto parsed = rules::parse_url(url);
      return parsed && !parsed->where.endpoint;
    }
    const auto parsed = rules::parse_server_address(relay);
    return parsed && !parsed->endpoint;
  };
  return std::ranges::any_of(draft.backends,
                             [](const BackendDraft& backend) {
                               return std::ranges::any_of(backend.servers, &ServerDraft::by_name);
                             }) ||
         std::ranges::any_of(
             draft.alerts, [&](const AlertDraft& alert) { return named(alert.relay, alert.url); });
}

}  // namespace

tls_files::Source source_of(const CertificateDraft& draft) {
  return {.path = draft.certificate, .key = draft.key, .ocsp = draft.ocsp};
}

tls_files::Source ca_of(const ClientCertificatesDraft& draft) {
  return {.kind = tls_files::Kind::kTrust, .path = draft.ca};
}

tls_files::Source crl_of(const ClientCertificatesDraft& draft) {
  return {.kind = tls_files::Kind::kRevoked, .path = draft.crl};
}

tls_files::Source ca_of(const ServerTlsDraft& draft) { return trusted(draft.verify, draft.ca); }

tls_files::Source ca_of(const AlertDraft& draft) {
  return trusted(draft.verify && draft.under_tls(), draft.ca);
}

std::vector<NamedSource> tls_sources_of(const Draft& draft) {
  std::vector<NamedSource> sources;
  for (const FrontendDraft& frontend : draft.frontends) {
    for (const BindDraft& bind : frontend.binds) {
      if (!bind.tls) continue;
      for (const CertificateDraft& each : bind.tls->certificates) {
        add(sources, each.path, source_of(each));
      }
      if (!bind.tls->clients) continue;
      add(sources, join_path(bind.tls->clients->path, "ca"), ca_of(*bind.tls->clients));
      add(sources, join_path(bind.tls->clients->path, "crl"), crl_of(*bind.tls->clients));
    }
  }
  for (const BackendDraft& backend : draft.backends) {
    const auto add_server = [&](const ServerTlsDraft& tls, const std::string& path) {
      add(sources, join_path(path, "ca"), ca_of(tls));
      add(sources, join_path(path, "certificate"), source_of(tls.certificate));
    };
    if (backend.under_tls) {
      add_server(backend.tls, base::concat("backends.", backend.backend.name, ".tls"));
    }
    if (backend.check && backend.check->uses_tls()) {
      add_server(backend.check->tls, join_path(backend.check->path, "tls"));
    }
  }
  for (const AlertDraft& alert : draft.alerts) {
    add(sources, join_path(alert.path, "ca"), ca_of(alert));
  }
  if (resolves_names(draft)) {
    add(sources, "resolvers", {.kind = tls_files::Kind::kHosts, .path = tls_files::kSystemHosts});
  }
  for (const MapDraft& map : draft.maps) add(sources, join_path(map.path, "file"), source_of(map));
  const auto add_answers = [&](const std::vector<RuleDraft>& rules) {
    for (const RuleDraft& rule : rules) {
      add(sources, join_path(rule.path, "answer.file"), answer_source_of(rule));
    }
  };
  for (const FrontendDraft& frontend : draft.frontends) add_answers(frontend.rules);
  for (const BackendDraft& backend : draft.backends) add_answers(backend.rules);
  return sources;
}

}  // namespace hapair::config
