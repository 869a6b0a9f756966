// What a request's target says, in one form for all ways to write it (RFC 3986, section 6.2.2), so
// that "/admin" and "/%61dmin" and "/x/../admin" are not told apart; and the parameters of a query.
// Total, and nothing is allocated but the text that differs from what came.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hapair::http {

/// A path and, behind the first "?", its query.
struct PathAndQuery {
  std::string_view path;
  std::string_view query;  ///< without "?"
  bool has_query = false;
};
[[nodiscard]] PathAndQuery split_query(std::string_view target);

/// The path as all servers must understand it: letters, digits and - . _ ~ never percent-encoded,
/// other escapes with upper-case digits, no "." and ".." segments, no empty segments within, and a
/// slash in front. `text` holds it where it differs from `path`. Nullopt: servers read it in two
/// ways, and nobody sends that in good faith: dots behind an encoded slash or backslash
/// ("..%2Fadmin") or with parameters ("..;x"), or a NUL.
[[nodiscard]] std::optional<std::string_view> normal_path(std::string_view path, std::string& text);

/// A parameter of a query, as it came: "a%20b" and "a+b" are not decoded.
struct Parameter {
  std::string_view name;
  std::string_view value;  ///< empty also where there is no "="
};
/// Takes the next parameter off `rest`; parts are set apart by "&". False: there is none.
[[nodiscard]] bool next_parameter(std::string_view& rest, Parameter& parameter);

/// Whether an encoded text ("%61", "+" for a blank) says `plain`.
[[nodiscard]] bool decodes_to(std::string_view encoded, std::string_view plain);
/// Appends what the encoded text says: any bytes. An escape that is none stands for itself.
void append_decoded(std::string_view encoded, std::string& out);

}  // namespace hapair::http
