#include "liblb/core/compression.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http/field_rules.hpp"

namespace hapair::lb {
namespace {

using base::equals_ignoring_case;

constexpr std::string_view kVary = "Vary";
constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
constexpr std::string_view kETag = "ETag";

/// Whether the list in all fields of that name has an element that `matches`.
template <class Matches>
bool any_element(const http::FieldList& fields, std::string_view name, const Matches& matches) {
  for (const http::Field& field : fields) {
    if (!equals_ignoring_case(field.name, name)) continue;
    std::string_view list = field.value;
    std::string_view element;
    while (http::next_element(list, element)) {
      if (matches(element)) return true;
    }
  }
  return false;
}

/// What may not be changed on its way (RFC 9111, section 5.2.2.6), is a part of something, or was
/// coded by the server.
bool forbids(const http::FieldList& fields) {
  return fields.find("Content-Encoding") != nullptr || fields.find("Content-Range") != nullptr ||
         any_element(fields, "Cache-Control", [](std::string_view directive) {
           return equals_ignoring_case(directive, "no-transform");
         });
}

void vary(const http::FieldList& fields, http::FieldEdits& edits) {
  const bool varies = any_element(fields, kVary, [](std::string_view name) {
    return name == "*" || equals_ignoring_case(name, kAcceptEncoding);
  });
  if (varies) return;
  std::string value;
  for (const http::Field& field : fields) {
    if (equals_ignoring_case(field.name, kVary)) value += base::concat(field.value, ", ");
  }
  edits.set(kVary, value += kAcceptEncoding);
}

}  // namespace

bool Compression::lists(std::string_view content_type) const {
  const std::string type =
      base::ascii_lowered(base::trim(content_type.substr(0, content_type.find(';'))));
  if (type.starts_with("multipart/")) return false;  // its parts have their own lengths
  return std::ranges::any_of(settings_.types, [&type](const std::string& listed) {
    if (!listed.ends_with("/*")) return type == listed;
    return type.starts_with(std::string_view(listed).substr(0, listed.size() - 1));
  });
}

bool Compression::suits(const http::ResponseHead& head, const http::BodyFraming& body) const {
  using Kind = http::BodyFraming::Kind;
  if (head.status < 200 || head.status > 203) return false;
  if (body.kind == Kind::kNone || body.kind == Kind::kTunnel) return false;
  if (body.kind == Kind::kLength && body.length < settings_.min_size) return false;
  const http::Field* const type = head.fields.find("Content-Type");
  return type != nullptr && lists(type->value) && !forbids(head.fields);
}

http::ContentCoding Compression::choose(const http::RequestHead& request) const {
  // A client of HTTP/1.0 knows no chunks.
  if (request.version == http::Version::kHttp10) return http::ContentCoding::kIdentity;
  http::AcceptedCodings accepted;
  for (const http::Field& field : request.fields) {
    if (equals_ignoring_case(field.name, kAcceptEncoding)) accepted.add(field.value);
  }
  return accepted.choose(settings_.codings);
}

void Compression::announce(const http::ResponseHead& head, http::ContentCoding coding,
                           http::FieldEdits& edits) {
  vary(head.fields, edits);
  if (coding == http::ContentCoding::kIdentity) return;
  edits.set("Content-Encoding", http::to_text(coding));
  // RFC 9110, section 8.8.1: what a strong one promises does not hold of these bytes.
  const http::Field* const tag = head.fields.find(kETag);
  if (tag != nullptr && !tag->value.starts_with("W/")) {
    edits.set(kETag, base::concat("W/", tag->value));
  }
  for (const std::string_view name :
       {"Accept-Ranges", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest"}) {
    edits.remove(name);
  }
}

}  // namespace hapair::lb
