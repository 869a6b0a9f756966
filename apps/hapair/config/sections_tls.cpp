#include "apps/hapair/config/sections_tls.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

void describe_certificate(Shape& shape, CertificateDraft& draft) {
  shape.text({"certificate", "The certificate and its chain (PEM).", kMandatory},
             rules::kAbsolutePath, draft.certificate);
  shape.text({"key", "Its private key (PEM); in the same file by default."}, rules::kAbsolutePath,
             draft.key);
  shape.text({"ocsp", "An OCSP response for it (DER), which goes along with it."},
             rules::kAbsolutePath, draft.ocsp);
}

/// What both sides of TLS agree to.
template <class Draft>
void describe_terms(Shape& shape, TlsVersion& min_version, Draft& draft) {
  shape.choice({"min_version", "Older versions are refused."}, {"1.2", "1.3"},
               {TlsVersion::k12, TlsVersion::k13}, min_version);
  shape.text(
      {"ciphers", "For TLS 1.2, as OpenSSL lists them; Mozilla's \"intermediate\" by default."},
      rules::kCipherList, draft.ciphers);
  shape.text({"ciphersuites", "For TLS 1.3, likewise."}, rules::kCipherList, draft.ciphersuites);
  shape.text(
      {"curves",
       "Groups of the key exchange, the preferred one first; X25519:P-256:P-384 by default."},
      rules::kCipherList, draft.curves);
}

void describe_client_certificates(Shape& shape, std::optional<ClientCertificatesDraft>& into) {
  shape.object({"client_certificates", "Clients are asked for a certificate."},
               [&](Shape& clients) {
                 ClientCertificatesDraft& draft = into.emplace();
                 draft.path = clients.path();
                 clients.choice({"verify",
                                 "\"required\": without a good certificate no handshake; "
                                 "\"optional\": one that is given must be good."},
                                {"required", "optional"},
                                {ClientVerify::kRequired, ClientVerify::kOptional}, draft.verify);
                 clients.text({"ca", "Whose signature counts: certificates (PEM).", kMandatory},
                              rules::kAbsolutePath, draft.ca);
                 clients.text({"crl", "What they have revoked: lists (PEM)."}, rules::kAbsolutePath,
                              draft.crl);
               });
}

}  // namespace

void describe_bind_tls(Shape& bind, std::optional<TlsDraft>& tls) {
  bind.object({"tls", "Connections are under TLS, which ends here."}, [&](Shape& shape) {
    TlsDraft& draft = tls.emplace();
    draft.path = shape.path();
    shape.texts_or_objects(
        {"certificates",
         "Files (PEM: certificate, chain and key), directories of such, or objects that name "
         "each file. The first certificate is that for clients that ask for no or another name.",
         kMandatory},
        CountRule{1, 64}, rules::kAbsolutePath,
        [&](const ListedText& listed) {
          draft.certificates.push_back(
              {.path = listed.path, .certificate = listed.text, .key = {}, .ocsp = {}});
        },
        [&](Shape& certificate) {
          draft.certificates.push_back(
              {.path = certificate.path(), .certificate = {}, .key = {}, .ocsp = {}});
          describe_certificate(certificate, draft.certificates.back());
        });
    shape.flag({"strict_sni", "Clients that ask for no or an unknown name are refused."},
               draft.tls.strict_sni);
    describe_terms(shape, draft.tls.min_version, draft);
    shape.texts({"alpn",
                 "Protocols that are offered (ALPN), the preferred one first; what the mode "
                 "serves by default."},
                CountRule{1, 8}, rules::kProtocol, draft.alpn);
    shape.duration({"handshake_timeout", "For the whole handshake."}, DurationRule{10ms, 1min},
                   draft.tls.handshake_timeout);
    describe_client_certificates(shape, draft.clients);
  });
}

void describe_server_tls_keys(Shape& shape, ServerTlsDraft& tls) {
  tls.path = shape.path();
  tls.certificate.path = shape.path();
  shape.flag(
      {"verify", "A server must show a certificate that is signed by one of ca, and for its name."},
      tls.verify);
  shape.text({"ca", "Whose signature counts: certificates (PEM); the system's by default."},
             rules::kAbsolutePath, tls.ca);
  shape.text({"name",
              "The name that is asked for (SNI), and that the certificate must be for; without, "
              "none is asked for, and it must be for the server's address."},
             rules::kServerName, tls.name);
  shape.text({"certificate", "Our own certificate and its chain (PEM), for servers that ask."},
             rules::kAbsolutePath, tls.certificate.certificate);
  shape.text({"key", "Its private key (PEM); in the same file by default."}, rules::kAbsolutePath,
             tls.certificate.key);
  describe_terms(shape, tls.min_version, tls);
}

void describe_server_tls(Shape& backend, BackendDraft& draft) {
  backend.flag_or_object({"tls", "Connections to the servers are under TLS."}, draft.under_tls,
                         [&](Shape& shape) { describe_server_tls_keys(shape, draft.tls); });
}

}  // namespace hapair::config
