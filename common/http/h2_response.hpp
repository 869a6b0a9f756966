// A response head as HTTP/2 carries it (RFC 9113, section 8.3.2): fields come one by one, decoded,
// and become the same ResponseHead that the HTTP/1 parser makes, under rules as strict.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/http/fault.hpp"
#include "common/http/framing.hpp"
#include "common/http/h2_field_lines.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// One builder serves one head after the other: call restart() between them.
class H2ResponseBuilder {
 public:
  void restart(const HeadLimits& limits);
  /// Takes a field in, the status too. Once there is a fault, further ones are ignored.
  void add(std::string_view name, std::string_view value);

  /// All fields have come.
  void complete() { complete_ = true; }
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// The response proper is still to come.
  [[nodiscard]] bool is_interim() const {
    return status_ >= 100 && status_ <= 199 && status_ != 101;
  }
  /// Of a complete one; may be asked again. The head's views are into the builder, until its
  /// restart() or its move.
  [[nodiscard]] std::optional<Fault> finish(ResponseHead& head) const;

  /// What came, as lines: for who wants to know what was wrong.
  [[nodiscard]] std::string_view text() const { return lines_.text(); }
  [[nodiscard]] std::size_t bytes() const { return lines_.bytes(); }

 private:
  [[nodiscard]] std::optional<Fault> take_status(std::string_view name, std::string_view value);

  H2FieldLines lines_;
  int status_ = 0;  ///< 0: none has come
  bool complete_ = false;
  std::optional<Fault> fault_;
};

/// The body behind a head that answers `method`. `ends`: the head is the last of its stream.
[[nodiscard]] BodyFraming h2_response_body(const ResponseHead& head, Method method, bool ends);

}  // namespace hapair::http
