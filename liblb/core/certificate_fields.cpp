#include "liblb/core/certificate_fields.hpp"

#include "common/base/base64.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "liblb/core/field_names.hpp"

namespace hapair::lb {
namespace {

// RFC 9440, section 2.4: whoever sets the first takes both off what clients send.
constexpr std::string_view kWhole = "Client-Cert";
constexpr std::string_view kChain = "Client-Cert-Chain";
constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

CertificateFields::CertificateFields(const CertificateFieldSettings& settings)
    : prefix_(settings.prefix) {
  add("Verify", "NONE");
  list_fields();
}

CertificateFields::CertificateFields(const CertificateFieldSettings& settings,
                                     const CertificateFacts& facts)
    : prefix_(settings.prefix) {
  add("Verify", "SUCCESS");
  add("DN", facts.subject);
  add("CN", facts.common_name);
  add("Issuer-DN", facts.issuer);
  add("Serial", facts.serial);
  add("Fingerprint", facts.fingerprint);
  add("Not-Before", facts.not_before);
  add("Not-After", facts.not_after);
  // A byte sequence of RFC 8941, section 3.3.5.
  if (settings.whole) {
    base::append(text_, base::concat(kWhole, ": :", base::to_base64(base::as_bytes(facts.der)), ':',
                                     kLineEnd));
  }
  list_fields();
}

void CertificateFields::add(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  base::append(text_, base::concat(prefix_, name, ": ", value, kLineEnd));
}

void CertificateFields::list_fields() {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find(kLineEnd));
    const std::size_t colon = line.find(':');
    fields_.push_back({.name = line.substr(0, colon),
                       .value = line.substr(colon + 2),
                       .id = http::FieldId::kOther,
                       .as_written = true});
    rest.remove_prefix(line.size() + kLineEnd.size());
  }
}

bool CertificateFields::covers(std::string_view name) const {
  return seen_as(name.substr(0, prefix_.size()), prefix_) || seen_as(name, kWhole) ||
         seen_as(name, kChain);
}

void CertificateFields::purge(http::FieldList& fields) const {
  fields.remove_if([this](const http::Field& field) { return covers(field.name); });
}

std::string CertificateFields::purged(std::string_view lines) const {
  return lines_without(lines, [this](std::string_view name) { return covers(name); });
}

}  // namespace hapair::lb
