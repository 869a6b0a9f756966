#include "common/tls/peer_certificate.hpp"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>

#include "common/base/bytes.hpp"
#include "common/tls/digest.hpp"
#include "common/tls/handles.hpp"

namespace hapair::tls {
namespace {

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
};

/// What `print` writes. The flags of RFC 2253 escape what is not printable ASCII already; that none
/// of it is left is seen to here, as lines of HTTP are made of this.
template <class Print>
std::string printed(const Print& print) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  print(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  std::string text(data, static_cast<std::size_t>(size));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

std::string text_of(const X509_NAME* name) {
  return printed([name](BIO* bio) { X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253); });
}

std::string common_name_of(const X509_NAME* name) {
  int last = -1;
  for (int at = last; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) last = at;
  if (last < 0) return {};
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
  return printed([value](BIO* bio) { ASN1_STRING_print_ex(bio, value, ASN1_STRFLGS_RFC2253); });
}

std::string serial_of(const X509& certificate) {
  const std::unique_ptr<BIGNUM, FreeNumber> number(
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  if (!number) return {};
  char* hex = BN_bn2hex(number.get());
  std::string text = hex != nullptr ? hex : "";
  OPENSSL_free(hex);
  return text;
}

std::string time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), length};
}

std::string der_of(const X509& certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  if (size < 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

PeerCertificate describe(const X509& certificate) {
  PeerCertificate said;
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  said.subject = text_of(subject);
  said.common_name = common_name_of(subject);
  said.issuer = text_of(X509_get_issuer_name(&certificate));
  said.serial = serial_of(certificate);
  said.not_before = time_of(X509_get0_notBefore(&certificate));
  said.not_after = time_of(X509_get0_notAfter(&certificate));
  said.der = der_of(certificate);
  said.fingerprint = sha256_hex(base::as_bytes(said.der));
  ERR_clear_error();
  return said;
}

}  // namespace hapair::tls
