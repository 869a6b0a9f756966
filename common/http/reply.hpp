// Whole responses made here: error pages of the balancer, answers of the control server.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/fault.hpp"
#include "common/http/method.hpp"

namespace hapair::http {

/// For the Allow field: the methods of RFC 9110 and PATCH, without those that a frontend may
/// refuse.
inline constexpr std::string_view kMethodsPassed = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

struct ReplyField {
  std::string_view name;   ///< a token
  std::string_view value;  ///< without control characters
};

struct Reply {
  int status = 200;
  std::string_view content_type = "text/html; charset=utf-8";  ///< left out when the body is empty
  std::string_view body;
  std::vector<ReplyField> fields;  ///< further fields, "Allow" for instance
  bool close = true;               ///< the connection ends with this reply
  bool head_only = false;          ///< the request was HEAD: length as if, but no body
  Version client = Version::kHttp11;
};

/// Head and body, ready to send; never to be cached.
[[nodiscard]] std::string render(const Reply& reply);

/// "503 Service Unavailable" and one sentence, as a small HTML page.
[[nodiscard]] std::string error_page_body(int status);

struct ErrorStatus {
  int code;
  std::string_view text;
};

/// Of the errors that are answered here, be it by rules or limits.
inline constexpr std::array<ErrorStatus, 17> kErrorStatuses{{{400, "400"},
                                                             {401, "401"},
                                                             {403, "403"},
                                                             {404, "404"},
                                                             {405, "405"},
                                                             {408, "408"},
                                                             {410, "410"},
                                                             {413, "413"},
                                                             {414, "414"},
                                                             {429, "429"},
                                                             {431, "431"},
                                                             {500, "500"},
                                                             {501, "501"},
                                                             {502, "502"},
                                                             {503, "503"},
                                                             {504, "504"},
                                                             {505, "505"}}};

/// In place of the built-in page.
struct ErrorPage {
  std::string content_type;
  std::string body;  ///< not empty
};

/// Whom an error response goes to, and what becomes of the connection.
struct ErrorTerms {
  bool head_only = false;  ///< the request was HEAD
  bool close = true;
  Version client = Version::kHttp11;
  std::vector<ReplyField> fields{};  ///< further ones
  const ErrorPage* page = nullptr;   ///< null: the built-in one
};

/// The whole error response for a status.
[[nodiscard]] std::string error_reply(int status, const ErrorTerms& terms = {});

}  // namespace hapair::http
