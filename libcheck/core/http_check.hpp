// The HTTP check: what is asked, and what a good answer is.
#pragma once

#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libcheck/core/dialogue.hpp"
#include "libcheck/core/expectation.hpp"
#include "libcheck/core/payload_match.hpp"

namespace hapair::check {

struct HttpField {
  std::string name;
  std::string value;

  auto operator<=>(const HttpField&) const = default;
};

/// What a field of the answer must look like: of several with the name one is enough, and where the
/// match is negated none may match.
struct FieldMatch {
  std::string name{};
  std::optional<PayloadMatch> value{};  ///< nullopt: it must be there, or
  bool absent = false;                  ///< must not

  auto operator<=>(const FieldMatch&) const = default;
};

struct HttpCheck {
  std::string method = "GET";  ///< GET, HEAD, OPTIONS, POST or PUT
  std::string path = "/";
  std::string host{};               ///< the Host field; empty: the endpoint as text
  std::vector<HttpField> fields{};  ///< further ones; none that frames or routes
  std::string body{};               ///< for POST and PUT

  ExpectedStatus expect{};
  std::vector<FieldMatch> expect_fields{};
  std::optional<PayloadMatch> expect_body{};
  /// So much of the answer's body is looked at; at most 128 KiB.
  std::size_t max_body = std::size_t{64} * 1024;

  bool http2 = false;  ///< RFC 9113, begun without asking; under TLS as ALPN has it

  auto operator<=>(const HttpCheck&) const = default;
};

/// The compiled expressions of a check; null for what is by none.
struct HttpPatterns {
  std::vector<std::unique_ptr<const Pattern>> fields{};  ///< by expect_fields
  std::unique_ptr<const Pattern> body{};
};

/// How the target is addressed.
struct HttpTerms {
  std::string authority;  ///< its address and port, where the check has no host
  bool under_tls = false;
};

/// The fields of a check's request in whatever version: its own, and what it does not say itself.
/// How the target is addressed is not among them.
[[nodiscard]] std::vector<HttpField> request_fields(const HttpCheck& check);
/// The request of a check over HTTP/1.1, with what that asks for and nothing to keep the
/// connection.
[[nodiscard]] std::string http1_request(const HttpCheck& check, const HttpTerms& terms);
/// A dialogue with that request, which the caller has made once for many of them. Check and
/// patterns outlive the dialogue.
[[nodiscard]] std::unique_ptr<Dialogue> make_http1_dialogue(const HttpCheck& check,
                                                            const HttpPatterns& patterns,
                                                            const std::string& request);

/// One over the check's version of HTTP. Check and patterns outlive it.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const HttpCheck& check,
                                                      const HttpPatterns& patterns,
                                                      const HttpTerms& terms);

}  // namespace hapair::check
