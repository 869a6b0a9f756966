// Header fields that tell servers of a client's certificate. They are made once for a connection;
// what a client sends by the same names is taken off its requests, whether it has a certificate or
// not. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/head.hpp"

namespace hapair::lb {

struct CertificateFieldSettings {
  std::string prefix = "X-SSL-Client-";  ///< of all names but those of RFC 9440
  bool whole = false;                    ///< Client-Cert as well (RFC 9440)
};

/// What a certificate says, as printable ASCII; what is empty gets no field.
struct CertificateFacts {
  std::string_view subject{};
  std::string_view common_name{};
  std::string_view issuer{};
  std::string_view serial{};
  std::string_view fingerprint{};
  std::string_view not_before{};
  std::string_view not_after{};
  std::string_view der{};  ///< the certificate itself, any bytes
};

class CertificateFields {
 public:
  /// Of all of them: a certificate that needs more is not passed on.
  static constexpr std::size_t kMaxBytes = 8192;

  /// For a client without a certificate.
  explicit CertificateFields(const CertificateFieldSettings& settings);
  CertificateFields(const CertificateFieldSettings& settings, const CertificateFacts& facts);
  CertificateFields(const CertificateFields&) = delete;
  CertificateFields& operator=(const CertificateFields&) = delete;

  /// To be added to every request; they refer to this object.
  [[nodiscard]] std::span<const http::Field> fields() const { return fields_; }
  /// Of their lines.
  [[nodiscard]] std::size_t bytes() const { return text_.size(); }

  /// Whether a server might take a field of that name for one of these (field_names.hpp).
  [[nodiscard]] bool covers(std::string_view name) const;
  /// Takes those off that a client has sent.
  void purge(http::FieldList& fields) const;
  /// The lines of a trailer section without such.
  [[nodiscard]] std::string purged(std::string_view lines) const;

 private:
  void add(std::string_view name, std::string_view value);
  /// Once text_ stands still.
  void list_fields();

  std::string prefix_;
  std::string text_;  ///< the fields as lines
  std::vector<http::Field> fields_;
};

}  // namespace hapair::lb
