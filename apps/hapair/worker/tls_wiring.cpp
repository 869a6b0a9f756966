#include "apps/hapair/worker/tls_wiring.hpp"

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/rule_files.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

/// Certificates are renewed a month before they expire; what is left then was forgotten.
constexpr base::Duration kWarnBefore = std::chrono::days(14);
constexpr base::Duration kWarnEvery = std::chrono::days(1);

tls::ClientVerify verify_of(config::ClientVerify verify) {
  switch (verify) {
    case config::ClientVerify::kNone:
      return tls::ClientVerify::kNone;
    case config::ClientVerify::kOptional:
      return tls::ClientVerify::kOptional;
    case config::ClientVerify::kRequired:
      return tls::ClientVerify::kRequired;
  }
  return tls::ClientVerify::kNone;
}

/// What both sides of TLS agree to; where nothing is said, the policy's own.
template <class Terms>
void set_terms(const Terms& terms, tls::Policy& policy) {
  if (terms.min_version == config::TlsVersion::k13) policy.min_version = tls::Version::kTls13;
  if (!terms.ciphers.empty()) policy.ciphers = terms.ciphers;
  if (!terms.ciphersuites.empty()) policy.ciphersuites = terms.ciphersuites;
  if (!terms.curves.empty()) policy.curves = terms.curves;
}

bool uses_tls(const config::Model& model) {
  return !model.tls.empty() || std::ranges::any_of(model.backends, [](const auto& backend) {
    return backend.tls.has_value() || (backend.check && backend.check->tls);
  }) || std::ranges::any_of(model.alerts, &config::Alert::tls);
}

}  // namespace

tls::ClientSettings check_settings(const config::ServerTls& tls,
                                   const std::vector<std::string>& alpn) {
  tls::ClientSettings settings;
  set_terms(tls, settings.policy);
  settings.policy.alpn = alpn;
  settings.server_name = tls.name;
  settings.resume = false;
  return settings;
}

tls::ClientSettings client_settings(const config::ServerTls& tls, const config::Server& server) {
  tls::ClientSettings settings = check_settings(tls, {});
  // Servers of HTTP/1.1 alone are not bothered with a choice.
  if (server.protocols.http2) {
    settings.policy.alpn.emplace_back("h2");
    if (server.protocols.http1) settings.policy.alpn.emplace_back("http/1.1");
  }
  settings.resume = true;
  if (!tls.name.empty()) return settings;
  if (!server.by_name) {
    settings.verify_name = server.address.address.to_string();
  } else if (!server.by_name->service) {
    settings.server_name = server.by_name->name;
  }
  return settings;
}

tls::ServerSettings server_settings(const config::BindTls& bind, const tls::TicketKeys* tickets) {
  tls::ServerSettings settings;
  set_terms(bind, settings.policy);
  settings.policy.alpn = bind.alpn;
  settings.strict_sni = bind.strict_sni;
  settings.verify = verify_of(bind.verify);
  settings.scope = bind.name;
  settings.tickets = tickets;
  return settings;
}

TlsWiring::TlsWiring(event::EventLoop& loop, const config::Model& model, base::Logger& log,
                     base::Journal& journal)
    : loop_(loop),
      model_(model),
      log_(log),
      journal_(journal),
      timer_(loop, event::Priority::kControl, event::Callback<>::to<&TlsWiring::on_time>(this)) {}

base::Result<void> TlsWiring::set_up(const TlsWiring* before, const ModelMap* map) {
  before_ = before;
  map_ = map;
  if (before != nullptr) keep_check_clients();
  if (model_.tls_files.empty() && !uses_tls(model_)) return {};
  if (before != nullptr && before->tickets_ && before->model_.ticket_key == model_.ticket_key) {
    tickets_ = before->tickets_;
  } else if (!model_.ticket_key.empty()) {
    tickets_ = std::make_shared<tls::TicketKeys>(model_.ticket_key, event::wall_now());
  }
  files_.resize(model_.tls_files.size());
  for (std::size_t i = 0; i < files_.size(); ++i) take_first(i);
  for (const config::BindTls& bind : model_.tls) {
    contexts_.push_back(kept_context(bind));
    if (contexts_.back()) continue;
    auto context = make_context(bind);
    if (!context) return std::unexpected(context.error().within(bind.name));
    (*context)->set_time(event::wall_now());
    contexts_.back() = std::move(*context);
  }
  if (auto made = make_client_contexts(); !made) return made;
  if (auto made = make_check_contexts(); !made) return made;
  if (auto made = make_alert_contexts(); !made) return made;
  if (before != nullptr) return {};
  warn_of_expiry();
  timer_.arm_after(kTick);
  return {};
}

base::Result<void> TlsWiring::make_client_contexts() {
  for (const config::Backend& backend : model_.backends) {
    auto& clients = clients_.emplace_back();
    if (!backend.tls) continue;
    for (const config::Server& server : backend.servers) {
      clients.push_back(kept_client(backend, server));
      if (clients.back()) continue;
      auto context = make_client(backend, server);
      if (!context) return std::unexpected(context.error());
      clients.back() = std::move(*context);
    }
  }
  return {};
}

base::Result<std::shared_ptr<tls::ClientContext>> TlsWiring::make_client(
    const config::Backend& backend, const config::Server& server) const {
  tls::ClientSettings settings = client_settings(*backend.tls, server);
  settings.trusted = trusted_by(*backend.tls);
  settings.certificate = own_certificate(*backend.tls);
  auto context = tls::ClientContext::create(std::move(settings));
  if (!context) return std::unexpected(context.error().within(backend.name));
  return std::shared_ptr<tls::ClientContext>(std::move(*context));
}

base::Result<std::shared_ptr<tls::ClientContext>> TlsWiring::add_client(
    std::size_t backend, const config::Server& server) {
  const config::Backend& of = model_.backends[backend];
  if (!of.tls) return nullptr;
  auto context = make_client(of, server);
  if (context) clients_[backend].push_back(*context);
  return context;
}

void TlsWiring::drop_client(std::size_t backend, std::size_t server) {
  if (backend >= clients_.size() || server >= clients_[backend].size()) return;
  clients_[backend].erase(clients_[backend].begin() + static_cast<std::ptrdiff_t>(server));
}

base::Result<void> TlsWiring::make_alert_contexts() {
  for (const config::Alert& alert : model_.alerts) {
    alerts_.push_back(kept_alert(alert));
    if (!alert.tls || alerts_.back()) continue;
    tls::ClientSettings settings;
    settings.server_name = alert.host;
    if (alert.address) settings.verify_name = alert.address->to_string();
    if (alert.ca) settings.trusted = files_[*alert.ca].text;
    auto context = tls::ClientContext::create(std::move(settings));
    if (!context) return std::unexpected(context.error().within(alert.name));
    alerts_.back() = std::move(*context);
  }
  return {};
}

base::Result<void> TlsWiring::make_check_contexts() {
  for (const config::Backend& backend : model_.backends) {
    std::optional<std::size_t>& of_backend = check_client_of_.emplace_back();
    if (!backend.check || !backend.check->tls) continue;
    const auto client = check_client(*backend.check);
    if (!client) return std::unexpected(client.error().within(backend.name));
    of_backend = *client;
  }
  return {};
}

base::Result<std::size_t> TlsWiring::check_client(const config::Check& check) {
  const config::ServerTls& terms = *check.tls;
  const auto known = std::ranges::find_if(check_clients_, [&](const CheckClient& each) {
    return each.terms == terms && each.alpn == check.alpn;
  });
  if (known != check_clients_.end()) {
    return static_cast<std::size_t>(known - check_clients_.begin());
  }
  tls::ClientSettings settings = check_settings(terms, check.alpn);
  settings.trusted = trusted_by(terms);
  settings.certificate = own_certificate(terms);
  auto context = tls::ClientContext::create(std::move(settings));
  if (!context) return std::unexpected(context.error());
  check_clients_.push_back({terms, check.alpn, std::move(*context)});
  return check_clients_.size() - 1;
}

std::vector<tls::ClientContext*> TlsWiring::check_contexts() const {
  std::vector<tls::ClientContext*> contexts;
  for (const CheckClient& each : check_clients_) contexts.push_back(each.context.get());
  return contexts;
}

std::optional<std::size_t> TlsWiring::check_context(std::size_t backend) const {
  return backend < check_client_of_.size() ? check_client_of_[backend] : std::nullopt;
}

std::string TlsWiring::trusted_by(const config::ServerTls& tls) const {
  return tls.ca && *tls.ca < files_.size() ? files_[*tls.ca].text : std::string();
}

std::optional<tls::Certificate> TlsWiring::own_certificate(const config::ServerTls& tls) const {
  if (!tls.certificate || *tls.certificate >= files_.size()) return std::nullopt;
  if (files_[*tls.certificate].served.empty()) return std::nullopt;
  return files_[*tls.certificate].served.front().certificate;
}

void TlsWiring::use_in(lb::Engine& engine) const {
  for (std::size_t i = 0; i < model_.backends.size(); ++i) {
    std::size_t in_engine = 0;
    for (std::size_t k = 0; k < model_.backends[i].servers.size(); ++k) {
      if (model_.backends[i].servers[k].by_name) continue;
      if (auto context = towards(i, k)) engine.use_tls(i, in_engine, std::move(context));
      ++in_engine;
    }
  }
}

std::shared_ptr<tls::ClientContext> TlsWiring::towards(std::size_t backend,
                                                       std::size_t server) const {
  if (backend >= clients_.size() || server >= clients_[backend].size()) return nullptr;
  return clients_[backend][server];
}

void TlsWiring::renew_clients(std::size_t source) {
  const auto renew = [&](const config::ServerTls& tls, tls::ClientContext& context) {
    if (tls.ca != source && tls.certificate != source) return;
    const auto renewed = context.renew(trusted_by(tls), own_certificate(tls));
    if (!renewed) refuse(model_.tls_files[source].path, renewed.error().message);
  };
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    for (const auto& context : clients_[i]) renew(*model_.backends[i].tls, *context);
  }
  for (const CheckClient& each : check_clients_) renew(each.terms, *each.context);
  for (std::size_t i = 0; i < alerts_.size(); ++i) {
    const config::Alert& alert = model_.alerts[i];
    if (!alerts_[i] || alert.ca != source) continue;
    const auto renewed = alerts_[i]->renew(files_[source].text, std::nullopt);
    if (!renewed) refuse(alert.name, renewed.error().message);
  }
}

void TlsWiring::watch(guardian::GuardianClient& guardian) {
  if (!model_.tls_files.empty()) watch(guardian.open_tls_files());
}

void TlsWiring::watch(net::UniqueFd channel) {
  if (model_.tls_files.empty()) {
    client_.reset();
  } else if (channel) {
    watch(base::Result<net::UniqueFd>(std::move(channel)));
  }
}

void TlsWiring::watch(base::Result<net::UniqueFd> channel) {
  base::Result<void> started;
  if (channel) {
    guardian::TlsFileEvents& events = *this;
    client_.emplace(loop_, std::move(*channel), events);
    started = client_->start();
  }
  const base::Error* fault = !channel ? &channel.error() : !started ? &started.error() : nullptr;
  if (fault != nullptr) log_.warning("certificates-unwatched", "tls", fault->message);
}

// Checked when the configuration was read. One that has expired serves all the same: clients that
// go on are better off.
void TlsWiring::take_first(std::size_t source) {
  File& file = files_[source];
  if (source < model_.tls_items.size()) file.items = model_.tls_items[source];
  if (tls_files::is_for_rules(model_.tls_files[source].kind)) return;
  for (const tls_files::Item& item : file.items) {
    if (model_.tls_files[source].kind == tls_files::Kind::kHosts) {
      hosts_ = net::HostsFile::parse(item.text);
    } else if (model_.tls_files[source].kind != tls_files::Kind::kCertificate) {
      file.text = item.text;
    } else if (auto usable = tls_files::usable_of(item, event::wall_now()); usable) {
      if (!usable->response_is_good) refuse_response(item.path, *usable);
      file.served.push_back({item.path, std::move(usable->certificate)});
    } else {
      refuse(item.path, usable.error().message);
    }
  }
}

base::Result<std::shared_ptr<tls::ServerContext>> TlsWiring::make_context(
    const config::BindTls& bind) {
  tls::ServerSettings settings = server_settings(bind, tickets_.get());
  if (bind.ca) settings.trusted = files_[*bind.ca].text;
  if (bind.crl) settings.revoked = files_[*bind.crl].text;
  auto made = tls::ServerContext::create(std::move(settings), certificates_for(bind));
  if (!made) return std::unexpected(made.error());
  return std::shared_ptr<tls::ServerContext>(std::move(*made));
}

std::vector<tls::Certificate> TlsWiring::certificates_for(const config::BindTls& bind) const {
  std::vector<tls::Certificate> all;
  for (const std::size_t file : bind.certificates) {
    for (const ServedCertificate& each : files_[file].served) all.push_back(each.certificate);
  }
  return all;
}

std::optional<lb::BindTls> TlsWiring::of(const config::Bind& bind) const {
  if (!bind.tls) return std::nullopt;
  return lb::BindTls{.context = contexts_[*bind.tls],
                     .handshake_timeout = model_.tls[*bind.tls].handshake_timeout};
}

std::vector<ServedCertificate> TlsWiring::served() const {
  std::vector<ServedCertificate> all;
  for (const File& file : files_) all.insert(all.end(), file.served.begin(), file.served.end());
  return all;
}

void TlsWiring::on_tls_items(std::size_t source, tls_files::Items items) noexcept {
  if (source >= files_.size() || files_[source].items == items) return;
  files_[source].items = items;
  if (tls_files::is_for_rules(model_.tls_files[source].kind)) {
    if (rule_files_ != nullptr) rule_files_->take(source, items);
    return;
  }
  if (model_.tls_files[source].kind == tls_files::Kind::kHosts) {
    take_hosts(items);
    return;
  }
  if (model_.tls_files[source].kind == tls_files::Kind::kCertificate) {
    take_certificates(files_[source], items);
    renew(source);
  } else {
    take_text(source, items);
  }
  renew_clients(source);
}

void TlsWiring::take_hosts(const tls_files::Items& items) {
  for (const tls_files::Item& item : items) {
    hosts_ = net::HostsFile::parse(item.text);
    log_.info("hosts-renewed", item.path, base::concat(hosts_.names(), " names"));
  }
}

/// Each for itself: a bad one among many keeps none of the others from being renewed.
void TlsWiring::take_certificates(File& file, const tls_files::Items& items) {
  const std::vector<ServedCertificate> before = std::exchange(file.served, {});
  for (const tls_files::Item& item : items) {
    const auto old = std::ranges::find(before, item.path, &ServedCertificate::path);
    auto usable = tls_files::usable_of(item, event::wall_now());
    auto good = usable ? usable->certificate.check_time(event::wall_now())
                       : base::Result<void>(std::unexpected(usable.error()));
    const bool same = usable && old != before.end() &&
                      old->certificate.fingerprint() == usable->certificate.fingerprint();
    if (!good && !same) {
      refuse(item.path, good.error().message);
      if (old != before.end()) file.served.push_back(*old);
      continue;
    }
    if (!usable->response_is_good) refuse_response(item.path, *usable);
    const bool keeps_response = same && !usable->response_is_good;
    file.served.push_back(keeps_response ? *old
                                         : ServedCertificate{item.path, usable->certificate});
    if (!same) tell_of_renewal(file.served.back());
  }
  if (file.served.empty()) file.served = before;
}

void TlsWiring::tell_of_renewal(const ServedCertificate& served) {
  const tls::Certificate& certificate = served.certificate;
  const std::string what =
      base::concat(certificate.subject(), ", ", tls::to_string(certificate.key_kind()),
                   ", valid until ", base::format_wall_time(certificate.not_after()));
  log_.info("certificate-renewed", served.path, what);
  note(journal_, loop_, "certificate-renewed", served.path, "serves", what);
}

void TlsWiring::take_text(std::size_t source, const tls_files::Items& items) {
  const tls_files::Kind kind = model_.tls_files[source].kind;
  for (const tls_files::Item& item : items) {
    if (const auto good = tls_files::look_into(kind, item); !good) {
      refuse(item.path, good.error().message);
      return;
    }
    files_[source].text = item.text;
    log_.info("trust-renewed", item.path,
              kind == tls_files::Kind::kTrust ? "certificates" : "revocations");
  }
  renew_trust(source);
}

void TlsWiring::renew_trust(std::size_t source) {
  for (std::size_t i = 0; i < model_.tls.size(); ++i) {
    const config::BindTls& bind = model_.tls[i];
    if (bind.ca != source && bind.crl != source) continue;
    const auto replaced = contexts_[i]->replace_trust(
        files_[*bind.ca].text, bind.crl ? files_[*bind.crl].text : std::string());
    if (!replaced) refuse(bind.name, replaced.error().message);
  }
}

void TlsWiring::renew(std::size_t source) {
  for (std::size_t i = 0; i < model_.tls.size(); ++i) {
    const config::BindTls& bind = model_.tls[i];
    if (std::ranges::find(bind.certificates, source) == bind.certificates.end()) continue;
    const auto replaced = contexts_[i]->replace(certificates_for(bind));
    if (!replaced) refuse(bind.name, replaced.error().message);
  }
}

void TlsWiring::on_tls_fault(std::size_t source, std::string reason) noexcept {
  if (source >= model_.tls_files.size()) return;
  if (!tls_files::is_for_rules(model_.tls_files[source].kind)) {
    refuse(model_.tls_files[source].path, reason);
  } else if (rule_files_ != nullptr) {
    files_[source].items.clear();  // the same again is news after this
    rule_files_->refuse(source, reason);
  }
}

void TlsWiring::on_tls_files_gone() noexcept {
  log_.warning("certificates-unwatched", "tls",
               "the process that watches the files has gone: what serves now goes on serving");
}

void TlsWiring::refuse(const std::string& path, const std::string& reason) {
  log_.error("certificate-refused", path, base::concat(reason, "; what served before stays"));
  note(journal_, loop_, "certificate-refused", path, "unchanged", reason);
}

void TlsWiring::refuse_response(const std::string& path, const tls_files::Usable& usable) {
  log_.error("ocsp-response-refused", path,
             base::concat(usable.response_is_good.error().message,
                          "; clients of this certificate get the one before, or none"));
}

void TlsWiring::warn_of_expiry() {
  const base::WallTime now = event::wall_now();
  if (now - warned_ < kWarnEvery) return;
  warned_ = now;
  for (const ServedCertificate& each : served()) {
    const tls::Certificate& certificate = each.certificate;
    if (const auto valid = certificate.check_time(now); !valid) {
      log_.error("certificate-not-valid", each.path, valid.error().message);
    } else if (certificate.not_after() - now < kWarnBefore) {
      log_.warning("certificate-expires", each.path,
                   base::concat(certificate.subject(), " expires at ",
                                base::format_wall_time(certificate.not_after())));
    }
    if (const auto fresh = certificate.check_ocsp_time(now); !fresh) {
      log_.warning("ocsp-response-expired", each.path, fresh.error().message);
    }
  }
}

void TlsWiring::on_time() noexcept {
  if (tickets_) tickets_->advance(event::wall_now());
  for (const auto& context : contexts_) context->set_time(event::wall_now());
  warn_of_expiry();
  timer_.arm_after(kTick);
}

}  // namespace hapair::worker
