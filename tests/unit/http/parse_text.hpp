// Heads from literal text, for tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "common/http/head_parser.hpp"

namespace hapair::http_test {

/// `text` must be a well-formed head and outlive the result's use.
inline http::RequestHead parse_request(std::string_view text) {
  http::RequestHead head;
  http::RequestParser parser;
  REQUIRE(parser.parse(text, head).complete());
  return head;
}

inline http::ResponseHead parse_response(std::string_view text) {
  http::ResponseHead head;
  http::ResponseParser parser;
  REQUIRE(parser.parse(text, head).complete());
  return head;
}

}  // namespace hapair::http_test
