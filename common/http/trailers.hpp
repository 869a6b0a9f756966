// Which fields of a trailer section go on (RFC 9110, section 6.5.1): those that say something about
// the content that was just sent, such as a digest or a status, and none that a recipient which
// merges trailers into the head could take for framing, routing, authentication or control.
#pragma once

#include <string>
#include <string_view>

namespace hapair::http {

/// Case is ignored.
[[nodiscard]] bool trailer_goes_on(std::string_view name);

/// `section` is a well-formed trailer section with the blank line that ends it. What of it goes on,
/// as lines with CRLF and without the blank one.
[[nodiscard]] std::string trailers_to_pass_on(std::string_view section);

}  // namespace hapair::http
