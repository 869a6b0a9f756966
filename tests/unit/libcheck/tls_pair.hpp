// Both sides of TLS for the probers: a certificate, who serves it and who trusts it.
#pragma once

#include <memory>
#include <utility>

#include "common/tls/client_context.hpp"
#include "common/tls/server_context.hpp"
#include "tests/unit/tls/made_certificate.hpp"

namespace hapair::check {

struct TlsPair {
  explicit TlsPair(const tls::test::Wanted& wanted = {}, tls::ClientSettings settings = {},
                   tls::ServerSettings serving = {.policy = {.alpn = {"h2", "http/1.1"}}}) {
    const tls::test::MadeCertificate made(wanted);
    settings.trusted = made.certificate_pem();
    settings.resume = false;
    server = tls::ServerContext::create(std::move(serving), {tls::test::parsed(made)}).value();
    client = tls::ClientContext::create(std::move(settings)).value();
  }

  std::unique_ptr<tls::ServerContext> server;
  std::unique_ptr<tls::ClientContext> client;
};

}  // namespace hapair::check
