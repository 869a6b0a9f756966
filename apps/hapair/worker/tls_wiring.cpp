#include "apps/hapair/worker/tls_wiring.hpp"

#include <utility>

#include "apps/hapair/tls_files/contents.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

/// Often enough for keys that change every few hours.
constexpr base::Duration kTick = std::chrono::minutes(1);

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

}  // namespace

tls::ServerSettings server_settings(const config::BindTls& bind, const tls::TicketKeys* tickets) {
  tls::ServerSettings settings;
  settings.policy.min_version =
      bind.min_version == config::TlsVersion::k13 ? tls::Version::kTls13 : tls::Version::kTls12;
  if (!bind.ciphers.empty()) settings.policy.ciphers = bind.ciphers;
  if (!bind.ciphersuites.empty()) settings.policy.ciphersuites = bind.ciphersuites;
  if (!bind.curves.empty()) settings.policy.curves = bind.curves;
  settings.policy.alpn = bind.alpn;
  settings.strict_sni = bind.strict_sni;
  settings.verify = verify_of(bind.verify);
  settings.scope = bind.name;
  settings.tickets = tickets;
  return settings;
}

TlsWiring::TlsWiring(event::EventLoop& loop, const config::Model& model, base::Logger& log)
    : model_(model),
      log_(log),
      timer_(loop, event::Priority::kControl, event::Callback<>::to<&TlsWiring::on_time>(this)) {}

base::Result<void> TlsWiring::set_up() {
  if (model_.tls.empty()) return {};
  if (!model_.ticket_key.empty()) tickets_.emplace(model_.ticket_key, event::wall_now());
  for (const config::BindTls& bind : model_.tls) {
    auto context = make_context(bind);
    if (!context) return std::unexpected(context.error().within(bind.name));
    contexts_.push_back(std::move(*context));
  }
  timer_.arm_after(kTick);
  return {};
}

base::Result<std::unique_ptr<tls::ServerContext>> TlsWiring::make_context(
    const config::BindTls& bind) {
  tls::ServerSettings settings = server_settings(bind, tickets_ ? &*tickets_ : nullptr);
  if (bind.ca) settings.trusted = model_.tls_items.at(*bind.ca).front().text;
  if (bind.crl) settings.revoked = model_.tls_items.at(*bind.crl).front().text;
  return tls::ServerContext::create(std::move(settings), certificates_for(bind));
}

// A node whose certificate has expired serves it all the same: clients that go on are better off.
std::vector<tls::Certificate> TlsWiring::certificates_for(const config::BindTls& bind) {
  std::vector<tls::Certificate> all;
  for (const std::size_t file : bind.certificates) {
    for (const tls_files::Item& item : model_.tls_items.at(file)) {
      const auto certificate = tls_files::certificate_of(item);
      if (!certificate) {
        log_.error("certificate-refused", item.path, certificate.error().message);
        continue;
      }
      if (const auto valid = certificate->check_time(event::wall_now()); !valid) {
        log_.error("certificate-not-valid", item.path, valid.error().message);
      }
      all.push_back(*certificate);
    }
  }
  return all;
}

std::optional<lb::BindTls> TlsWiring::of(const config::Bind& bind) const {
  if (!bind.tls) return std::nullopt;
  return lb::BindTls{.context = contexts_[*bind.tls].get(),
                     .handshake_timeout = model_.tls[*bind.tls].handshake_timeout};
}

void TlsWiring::on_time() noexcept {
  if (tickets_) tickets_->advance(event::wall_now());
  timer_.arm_after(kTick);
}

}  // namespace hapair::worker
