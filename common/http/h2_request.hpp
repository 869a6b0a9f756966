// A request head as HTTP/2 carries it (RFC 9113, section 8): fields come one by one, decoded, and
// become the same RequestHead that the HTTP/1 parser makes, under rules as strict: what could not
// be written to an HTTP/1 server in one meaning only is a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/fault.hpp"
#include "common/http/h2_field_lines.hpp"
#include "common/http/head.hpp"
#include "common/http/head_parser.hpp"

namespace hapair::http {

/// A field of a head that is to be sent, its name in lower case or not.
struct H2Field {
  std::string_view name;
  std::string_view value;
};

/// One builder serves one request after the other: call restart() between them.
class H2RequestBuilder {
 public:
  void restart(const HeadLimits& limits);
  /// Takes a field in, pseudo-header fields too. Once there is a fault, further ones are ignored.
  void add(std::string_view name, std::string_view value);

  struct Terms {
    bool ends_stream = false;      ///< no body follows
    std::string_view websocket{};  ///< a fresh Sec-WebSocket-Key, where a WebSocket may be opened
  };
  /// All fields have come. The head's views are into the builder, until its restart(). The opening
  /// of a WebSocket (RFC 8441) becomes that of HTTP/1: GET, Upgrade and the key.
  [[nodiscard]] std::optional<Fault> finish(const Terms& terms, RequestHead& head);

  /// What came, as lines: for who wants to know what was wrong.
  [[nodiscard]] std::string_view text() const { return lines_.text(); }
  /// Bytes of names and values, with four for each field as in HTTP/1.
  [[nodiscard]] std::size_t bytes() const { return lines_.bytes(); }
  /// The request asks for another protocol: it may open a WebSocket, and needs a key for that.
  [[nodiscard]] bool names_protocol() const { return has(kProtocol); }
  /// The request opens a WebSocket by CONNECT.
  [[nodiscard]] bool opens_websocket() const { return opens_websocket_; }

 private:
  enum Pseudo : std::uint8_t { kMethod, kScheme, kAuthority, kPath, kProtocol, kPseudoCount };
  using Span = H2FieldLines::Span;
  using Entry = H2FieldLines::Entry;

  [[nodiscard]] std::string_view view(Span span) const { return lines_.view(span); }
  [[nodiscard]] bool has(Pseudo pseudo) const { return given_[pseudo]; }
  [[nodiscard]] std::string_view value(Pseudo pseudo) const { return view(pseudo_[pseudo]); }
  [[nodiscard]] std::optional<Fault> take_field(const Entry& entry);
  [[nodiscard]] std::optional<Fault> take_pseudo(std::string_view name, Span value);
  [[nodiscard]] std::optional<Fault> judge_pseudo(bool websockets);
  [[nodiscard]] std::optional<Fault> fill_fields(RequestHead& head);
  void join_cookies();
  [[nodiscard]] std::optional<Fault> judge_whole(const Terms& terms, RequestHead& head) const;

  H2FieldLines lines_;
  Span pseudo_[kPseudoCount];
  bool given_[kPseudoCount] = {};
  unsigned cookies_ = 0;
  bool opens_websocket_ = false;
  std::optional<Fault> fault_;
};

/// Adds a field of a trailer section to `lines`, with CRLF, where it may go on (see trailers.hpp).
/// At most 8 KiB go on.
[[nodiscard]] std::optional<Fault> add_h2_trailer(std::string_view name, std::string_view value,
                                                  std::string& lines);

/// The fields of a response head on its way to a client; the status is not among them. Views are
/// into the head and `length`, which must outlive the list.
void list_response_fields(const ResponseHead& head, std::optional<std::uint64_t> content_length,
                          std::string& length, std::vector<H2Field>& out);

/// The lines of a trailer section (with CRLF), as fields.
void list_trailer_fields(std::string_view lines, std::vector<H2Field>& out);

}  // namespace hapair::http
