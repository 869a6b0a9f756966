#include "common/tls/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/tls/asn1_time.hpp"
#include "common/tls/digest.hpp"
#include "common/tls/fault.hpp"

namespace hapair::tls {
namespace {

/// Longer chains than browsers follow are no use to anybody.
constexpr std::size_t kMaxChain = 16;
constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035, section 2.3.4, without the final dot

struct FreeParts {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(OCSP_RESPONSE* response) const { OCSP_RESPONSE_free(response); }
  void operator()(OCSP_BASICRESP* basic) const { OCSP_BASICRESP_free(basic); }
};
using NamesHandle = std::unique_ptr<GENERAL_NAMES, FreeParts>;
using OcspHandle = std::unique_ptr<OCSP_RESPONSE, FreeParts>;
using OcspBasicHandle = std::unique_ptr<OCSP_BASICRESP, FreeParts>;

/// Keys with a pass phrase are refused: nobody is there to type it.
int no_pass_phrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

base::Result<std::vector<X509Handle>> read_chain(std::string_view text) {
  const BioHandle bio = reading(text);
  std::vector<X509Handle> chain;
  while (X509Handle one{PEM_read_bio_X509(bio.get(), nullptr, no_pass_phrase, nullptr)}) {
    if (chain.size() == kMaxChain) {
      return base::fail(base::concat("holds more than ", kMaxChain, " certificates"));
    }
    chain.push_back(std::move(one));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) return openssl_fail("a certificate in it can't be read");
  ERR_clear_error();
  if (chain.empty()) {
    return base::fail("holds no certificate (-----BEGIN CERTIFICATE-----)");
  }
  return chain;
}

base::Result<KeyHandle> read_key(std::string_view text) {
  const BioHandle bio = reading(text);
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
  if (key) return key;
  if (text.find("PRIVATE KEY-----") == std::string_view::npos) {
    ERR_clear_error();
    return base::fail("holds no private key (-----BEGIN PRIVATE KEY-----)");
  }
  if (text.find("ENCRYPTED") != std::string_view::npos) {
    ERR_clear_error();
    return base::fail("the private key is encrypted; take the pass phrase off it");
  }
  return openssl_fail("the private key can't be read");
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

void add_name(std::vector<std::string>& names, std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.find('\0') != std::string_view::npos) {
    return;
  }
  std::string lowered = base::ascii_lowered(name);
  if (std::ranges::find(names, lowered) == names.end()) names.push_back(std::move(lowered));
}

/// The DNS names; without any, the common name (RFC 9525, section 2, deprecates it).
std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const NamesHandle alternatives(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (each->type == GEN_DNS) add_name(names, text_of(each->d.dNSName));
  }
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    add_name(names, text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  return names;
}

std::string one_line(const X509_NAME* name) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return base::printable({data, static_cast<std::size_t>(size)}, 256);
}

std::string fingerprint_of(X509* certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size < 0) return {};
  std::string hex = sha256_hex({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return hex;
}

KeyKind kind_of(const EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return KeyKind::kRsa;
    case EVP_PKEY_EC:
      return KeyKind::kEcdsa;
    default:
      return KeyKind::kOther;
  }
}

/// RFC 6960, section 4.1.1: by the issuer's name and key, where the chain has it, and the serial.
bool is_about(OCSP_SINGLERESP* single, const std::vector<X509Handle>& chain) {
  auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OBJECT* digest = nullptr;
  ASN1_INTEGER* serial = nullptr;
  X509* leaf = chain.front().get();
  if (OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id) != 1 ||
      ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) != 0) {
    return false;
  }
  const EVP_MD* method = EVP_get_digestbyobj(digest);
  if (method == nullptr || chain.size() == 1) return method != nullptr;
  OCSP_CERTID* ours = OCSP_cert_to_id(method, leaf, chain[1].get());
  const bool same = ours != nullptr && OCSP_id_cmp(ours, id) == 0;
  OCSP_CERTID_free(ours);
  return same;
}

/// Until when the response says that the certificate is good.
base::Result<base::WallTime> judge_ocsp(const std::string& der,
                                        const std::vector<X509Handle>& chain) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const OcspHandle response(d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())));
  const bool successful =
      response && OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
  const OcspBasicHandle basic(successful ? OCSP_response_get1_basic(response.get()) : nullptr);
  ERR_clear_error();
  if (!basic) {
    return base::fail("the OCSP response is none, or says that it failed (it is to be DER)");
  }
  for (int i = 0; i < OCSP_resp_count(basic.get()); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic.get(), i);
    if (!is_about(single, chain)) continue;
    ASN1_GENERALIZEDTIME* next = nullptr;
    const int status = OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &next);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
      return base::fail("the OCSP response says that the certificate is revoked");
    }
    if (status != V_OCSP_CERTSTATUS_GOOD) {
      return base::fail("the OCSP response says that nothing is known of the certificate");
    }
    return next != nullptr ? wall_time(next) : base::WallTime::max();
  }
  return base::fail("the OCSP response is about another certificate");
}

base::Result<void> check_order(const std::vector<X509Handle>& chain) {
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (X509_check_issued(chain[i].get(), chain[i - 1].get()) != X509_V_OK) {
      return base::fail(
          base::concat("certificate ", i + 1, " (", one_line(X509_get_subject_name(chain[i].get())),
                       ") has not signed the one before it (",
                       one_line(X509_get_subject_name(chain[i - 1].get())),
                       "); put the server's certificate first, then those that sign it, in order"));
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa:
      return "RSA";
    case KeyKind::kEcdsa:
      return "ECDSA";
    case KeyKind::kOther:
      return "other";
  }
  return {};
}

base::Result<Certificate> Certificate::parse(std::string_view chain, std::string_view key,
                                             std::string ocsp) {
  ERR_clear_error();
  auto read = read_chain(chain);
  if (!read) return std::unexpected(read.error());
  auto private_key = read_key(key);
  if (!private_key) return std::unexpected(private_key.error());
  auto parts = std::make_shared<Parts>();
  parts->chain = std::move(*read);
  parts->key = std::move(*private_key);
  X509* leaf = parts->chain.front().get();
  if (X509_check_private_key(leaf, parts->key.get()) != 1) {
    ERR_clear_error();
    return base::fail(base::concat("the private key is not that of the certificate ",
                                   one_line(X509_get_subject_name(leaf))));
  }
  if (auto ordered = check_order(parts->chain); !ordered) return std::unexpected(ordered.error());
  if (!ocsp.empty()) {
    const auto until = judge_ocsp(ocsp, parts->chain);
    if (!until) return std::unexpected(until.error());
    parts->ocsp_until = *until;
  }
  parts->ocsp = std::move(ocsp);
  parts->kind = kind_of(parts->key.get());
  parts->names = names_of(leaf);
  parts->subject = one_line(X509_get_subject_name(leaf));
  parts->fingerprint = fingerprint_of(leaf);
  parts->not_before = wall_time(X509_get0_notBefore(leaf));
  parts->not_after = wall_time(X509_get0_notAfter(leaf));
  for (const X509Handle& each : parts->chain) {
    parts->not_before = std::max(parts->not_before, wall_time(X509_get0_notBefore(each.get())));
    parts->not_after = std::min(parts->not_after, wall_time(X509_get0_notAfter(each.get())));
  }
  ERR_clear_error();
  return Certificate(std::move(parts));
}

base::Result<void> Certificate::check_time(base::WallTime now) const {
  if (now < not_before()) {
    return base::fail(
        base::concat(subject(), " is not valid before ", base::format_wall_time(not_before())));
  }
  if (now >= not_after()) {
    return base::fail(base::concat(subject(), " expired at ", base::format_wall_time(not_after())));
  }
  return {};
}

base::Result<void> Certificate::check_ocsp_time(base::WallTime now) const {
  if (ocsp().empty() || now < parts_->ocsp_until) return {};
  return base::fail(base::concat("the OCSP response of ", subject(), " expired at ",
                                 base::format_wall_time(parts_->ocsp_until)));
}

base::Result<void> Certificate::use_in(SSL_CTX& context) const {
  const auto& chain = parts_->chain;
  STACK_OF(X509)* signers = sk_X509_new_null();
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(signers, chain[i].get());
  const bool done =
      SSL_CTX_use_cert_and_key(&context, chain.front().get(), parts_->key.get(), signers, 0) == 1;
  sk_X509_free(signers);  // the context has taken its own references
  if (!done) return openssl_fail(base::concat(subject(), " can't be used"));
  return {};
}

}  // namespace hapair::tls
