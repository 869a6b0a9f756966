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
#include <ctime>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/tls/digest.hpp"
#include "common/tls/fault.hpp"

namespace hapair::tls {
namespace {

/// Longer chains than browsers follow are no use to anybody.
constexpr std::size_t kMaxChain = 16;
constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035, section 2.3.4, without the final dot

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

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

base::WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  using std::chrono::day, std::chrono::month, std::chrono::year;
  const std::chrono::year_month_day date(year(parts.tm_year + 1900),
                                         month(static_cast<unsigned>(parts.tm_mon) + 1),
                                         day(static_cast<unsigned>(parts.tm_mday)));
  // What ends after that ends never, as far as nanoseconds in 64 bits can say.
  constexpr year kLast(2250);
  const auto days = std::chrono::sys_days(date.year() > kLast ? kLast / 1 / 1 : date);
  return days + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

void add_name(std::vector<std::string>& names, std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.find('\0') != std::string_view::npos) {
    return;
  }
  std::string lowered(name);
  std::ranges::transform(lowered, lowered.begin(), base::ascii_lower);
  if (std::ranges::find(names, lowered) == names.end()) names.push_back(std::move(lowered));
}

/// The DNS names; without any, the common name (RFC 9525, section 2, deprecates it).
std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> alternatives(static_cast<GENERAL_NAMES*>(
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

bool is_ocsp_response(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  OCSP_RESPONSE* response = d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size()));
  const bool good =
      response != nullptr && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL;
  OCSP_RESPONSE_free(response);
  ERR_clear_error();
  return good;
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
  if (!ocsp.empty() && !is_ocsp_response(ocsp)) {
    return base::fail("the OCSP response is none, or says that it failed (it is to be DER)");
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
