// Rules for single field lines: the grammar of RFC 9112, section 5, and what the fields that frame
// a message or manage its connection may say. Shared by the request and the response parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "common/http/fault.hpp"
#include "common/http/head.hpp"

namespace hapair::http {

/// More options in the Connection fields of one message are refused.
inline constexpr std::size_t kMaxConnectionOptions = 32;

/// Takes `line` (without control characters and without the CRLF that follows it in memory) apart
/// and adds it to the list, which must not be full.
[[nodiscard]] std::optional<Fault> add_field_line(std::string_view line, FieldList& fields);

/// Judges a framing or connection field and gathers what it says; other fields pass.
[[nodiscard]] std::optional<Fault> gather_framing(const Field& field, Version version,
                                                  FramingFacts& facts);

/// Takes the next element off a comma-separated list (RFC 9110, section 5.6.1); empty elements are
/// skipped. False when there is none left.
[[nodiscard]] bool next_element(std::string_view& list, std::string_view& element);

}  // namespace hapair::http
