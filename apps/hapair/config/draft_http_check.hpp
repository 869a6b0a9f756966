// What the file says of a check over HTTP; a part of the draft (draft.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config {

/// What a field of the answer must be; at most one of the texts is given.
struct ExpectedHeaderDraft {
  std::string path;  ///< where it stands in the file
  std::string name;
  std::optional<std::string> value;
  std::optional<std::string> contains;
  std::optional<std::string> regex;
  bool negated = false;
};

/// Exactly one of the texts is given.
struct ExpectedBodyDraft {
  std::optional<std::string> contains;
  std::optional<std::string> regex;
  bool negated = false;
  std::uint64_t max_bytes = 65536;
};

struct HttpCheckDraft {
  bool http2 = false;
  std::string method = "GET";
  std::string path = "/";
  std::string host;
  std::vector<ListedText> headers;  ///< "Name: value"
  std::string body;
  std::string expect_status = "200-399";
  std::vector<ExpectedHeaderDraft> expect_headers;
  std::optional<ExpectedBodyDraft> expect_body;
  std::string service;  // grpc
};

}  // namespace hapair::config
