// Which content codings a client takes: the Accept-Encoding field (RFC 9110, section 12.5.3). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hapair::http {

enum class ContentCoding : std::uint8_t { kIdentity, kGzip, kDeflate };

/// As it stands in Content-Encoding.
[[nodiscard]] std::string_view to_text(ContentCoding coding);

/// A weight (RFC 9110, section 12.4.2) in thousandths; nullopt: it is none.
[[nodiscard]] std::optional<std::uint16_t> parse_weight(std::string_view text);

class AcceptedCodings {
 public:
  /// The value of one such field. An element that is malformed counts for nothing.
  void add(std::string_view value);
  /// The one that the client likes best, of several that it likes alike the first. Identity where
  /// it takes none, or likes that better.
  [[nodiscard]] ContentCoding choose(std::span<const ContentCoding> offered) const;

 private:
  [[nodiscard]] std::uint16_t weight_of(ContentCoding coding) const;

  static constexpr std::size_t kCodings = 3;
  std::array<std::optional<std::uint16_t>, kCodings> weights_{};
  std::optional<std::uint16_t> others_{};  ///< "*"
};

}  // namespace hapair::http
