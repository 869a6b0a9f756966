// Cross checks of what the file says of TLS; see validate.hpp.
#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"
#include "common/tls/policy.hpp"

namespace hapair::config {
namespace {

using base::concat;

void check_list(const CrossCheck& check, const std::string& path, std::string_view key,
                const std::optional<std::string>& given, std::string tls::Policy::* member) {
  if (!given) return;
  tls::Policy policy;
  policy.*member = *given;
  const auto context = tls::make_context(policy, true);
  if (context) return;
  const std::string_view remedy = key == "curves"
                                      ? "X25519, P-256, P-384 and P-521 are names of groups"
                                      : "`openssl ciphers` tells the names of ciphers";
  check.fault(concat(path, ".", key),
              concat("OpenSSL refuses the list (", context.error().message, "); ", remedy));
}

/// What both sides of TLS agree to.
template <class Draft>
void check_terms(const CrossCheck& check, const Draft& draft, const std::string& path) {
  check_list(check, path, "ciphers", draft.ciphers, &tls::Policy::ciphers);
  check_list(check, path, "ciphersuites", draft.ciphersuites, &tls::Policy::ciphersuites);
  check_list(check, path, "curves", draft.curves, &tls::Policy::curves);
}

void check_alpn(const CrossCheck& check, const FrontendDraft& frontend, const TlsDraft& tls) {
  if (frontend.frontend.mode != Mode::kHttp) return;
  for (const ListedText& protocol : tls.alpn) {
    if (protocol.text == "h2" || protocol.text == "http/1.1") continue;
    check.fault(protocol.path, concat("mode http does not serve \"", protocol.text,
                                      "\"; use \"h2\" and \"http/1.1\", or leave the key out"));
  }
}

/// Where nothing is negotiated only one can be spoken.
void check_server_protocols(const CrossCheck& check, const BackendDraft& backend) {
  if (backend.under_tls) return;
  const auto refuse = [&check](const std::string& path, const std::vector<ListedText>& protocols) {
    if (protocols.size() < 2) return;
    check.fault(path + ".protocols",
                "names two, and without TLS nothing is negotiated with a server; name the one that "
                "it speaks, or give the backend tls");
  };
  const std::string path = path_of(backend);
  refuse(path, backend.protocols);
  for (const ServerDraft& server : backend.servers) {
    refuse(concat(path, ".servers.", server.name), server.protocols);
  }
}

/// Of a backend's servers, or of their check.
void check_server_tls(const CrossCheck& check, const ServerTlsDraft& tls, const std::string& path) {
  check_terms(check, tls, path);
  check_ca(check, path, tls.verify, tls.ca);
  if (tls.certificate.certificate.empty() && !tls.certificate.key.empty()) {
    check.fault(path + ".key", "is the key of no certificate; give certificate, or remove it");
  }
  if (!tls.verify) {
    check.notice(path + ".verify",
                 "is false: whoever answers at a server's address is taken for the server");
  }
}

}  // namespace

void check_tls(const CrossCheck& check) {
  bool any = false;
  for (const FrontendDraft& frontend : check.draft.frontends) {
    for (const BindDraft& bind : frontend.binds) {
      if (!bind.tls) continue;
      any = true;
      const TlsDraft& tls = *bind.tls;
      check_terms(check, tls, tls.path);
      check_alpn(check, frontend, tls);
      if (!bind.protocols.empty() && frontend.frontend.mode == Mode::kHttp) {
        check.fault(bind.path + ".protocols",
                    "has no meaning under TLS, where tls.alpn says what is spoken; remove it");
      }
    }
  }
  for (const BackendDraft& backend : check.draft.backends) {
    const std::string path = path_of(backend) + ".tls";
    check_server_protocols(check, backend);
    if (backend.under_tls) check_server_tls(check, backend.tls, path);
    if (!backend.check || !backend.check->uses_tls()) continue;
    const std::string own = backend.check->path + ".tls";
    if (check.positions.given(own)) check_server_tls(check, backend.check->tls, own);
  }
  if (any && check.draft.cluster.secret_file.empty() && check.draft.nodes.size() > 1) {
    check.notice("cluster",
                 "without secret_file each node has its own keys for TLS sessions: after a "
                 "failover every client begins anew");
  }
}

}  // namespace hapair::config
