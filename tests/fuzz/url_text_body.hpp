// Any bytes as a Cookie field, as a query and as a path: parts lie within what came, what is normal
// stays so, and comparing without decoding agrees with decoding.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/base/bytes.hpp"
#include "common/http/cookies.hpp"
#include "common/http/url_text.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline bool lies_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

inline void fuzz_path(std::string_view path) {
  std::string text;
  const auto normal = http::normal_path(path, text);
  if (!normal) return;
  require(normal->starts_with('/') || *normal == "*", "a path begins with a slash");
  require(normal->find("//") == std::string_view::npos, "no segment within is empty");
  std::string segments(*normal);
  segments += '/';
  require(segments.find("/../") == std::string::npos && segments.find("/./") == std::string::npos,
          "no segment is made of dots");
  const std::string once(*normal);
  const auto twice = http::normal_path(once, text);
  require(twice && *twice == once, "what is normal stays so");
}

inline void fuzz_url_text(std::span<const std::uint8_t> bytes) {
  const std::string_view text = base::as_text(bytes);
  std::string_view rest = text;
  http::FieldList fields;
  fields.add({.name = "Accept", .value = text});
  fields.add({.name = "cookie", .value = text});
  http::Cookie cookie;
  require(!http::find_cookie(fields, "no; name"), "no name has a semicolon");
  while (http::next_cookie(rest, cookie)) {
    require(http::find_cookie(fields, cookie.name).has_value(), "each cookie is found");
    require(lies_within(cookie.name, text) && lies_within(cookie.value, text), "cookies are views");
    require(cookie.value.find(';') == std::string_view::npos, "a cookie ends at a semicolon");
  }
  const http::PathAndQuery target = http::split_query(text);
  std::string_view query = target.query;
  http::Parameter parameter;
  while (http::next_parameter(query, parameter)) {
    require(lies_within(parameter.value, text), "parameters are views");
    std::string plain;
    http::append_decoded(parameter.value, plain);
    require(plain.size() <= parameter.value.size(), "decoding makes nothing longer");
    require(http::decodes_to(parameter.value, plain), "it says what it decodes to");
  }
  fuzz_path(target.path);
}

}  // namespace hapair::fuzz
