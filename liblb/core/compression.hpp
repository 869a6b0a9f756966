// Which responses are compressed for which clients, and what is said of it (RFC 9110, section 8.4).
// Pure; immutable, one for all requests of a frontend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/accept_encoding.hpp"
#include "common/http/field_edits.hpp"
#include "common/http/framing.hpp"
#include "common/http/head.hpp"

namespace hapair::lb {

struct CompressionSettings {
  std::vector<http::ContentCoding> codings{http::ContentCoding::kGzip};  ///< the best first
  std::vector<std::string> types{};  ///< in lower case: "text/html", "text/*"
  std::uint64_t min_size = 1024;     ///< bytes; of a body whose length is not known: any
  int level = 3;                     ///< 1 (fast) to 9 (small)
  std::size_t max_streams = 256;     ///< responses at once; others go on as they are
};

class Compression {
 public:
  explicit Compression(CompressionSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] const CompressionSettings& settings() const { return settings_; }
  /// Whatever the response to such a request is, it has no body to compress.
  [[nodiscard]] static bool rules_out(http::Method method) {
    return method == http::Method::kHead || method == http::Method::kConnect;
  }
  /// The response is one that may be compressed, for clients that like that.
  [[nodiscard]] bool suits(const http::ResponseHead& head, const http::BodyFraming& body) const;
  /// What the client likes best.
  [[nodiscard]] http::ContentCoding choose(const http::RequestHead& request) const;
  /// What a head that suits has to say when its body goes out so, as it is too: caches must tell
  /// clients apart.
  static void announce(const http::ResponseHead& head, http::ContentCoding coding,
                       http::FieldEdits& edits);

 private:
  [[nodiscard]] bool lists(std::string_view content_type) const;

  CompressionSettings settings_;
};

}  // namespace hapair::lb
