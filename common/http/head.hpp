// The head of a request or response as the parser leaves it: views into the caller's buffer, valid
// while that buffer is neither moved nor overwritten. A head is about 5 KB and allocates nothing:
// keep one with each buffer and use it again for the next message.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/http/method.hpp"

namespace hapair::http {

/// The fields that frame, route or end at the next hop; all others are kOther.
enum class FieldId : std::uint8_t {
  kOther,
  kHost,
  kContentLength,
  kTransferEncoding,
  kConnection,
  kKeepAlive,
  kProxyConnection,
  kTe,
  kUpgrade,
  kHttp2Settings,
  kExpect,
  kMaxForwards,
  kMadeHere,  ///< as kOther, but not for a peer's Connection to take off
};

[[nodiscard]] FieldId identify_field(std::string_view name);

struct Field {
  std::string_view name;   ///< as received, case kept
  std::string_view value;  ///< without blanks at both ends
  FieldId id = FieldId::kOther;
  /// It lies in memory as it would be written: name, colon, one space, value, CRLF.
  bool as_written = false;

  /// The whole line with its CRLF; only for a field that lies as_written.
  [[nodiscard]] std::string_view line() const {
    return {name.data(), name.size() + 2 + value.size() + 2};
  }
};

/// The field lines in the order received.
class FieldList {
 public:
  /// Of what a sender may send.
  static constexpr std::size_t kCapacity = 100;
  /// For what is added here.
  static constexpr std::size_t kSpare = 28;

  [[nodiscard]] bool full() const { return size_ >= kCapacity; }
  [[nodiscard]] bool has_room() const { return size_ < kCapacity + kSpare; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Field* begin() const { return fields_.data(); }
  [[nodiscard]] const Field* end() const { return fields_.data() + size_; }
  /// The list must not be empty.
  [[nodiscard]] const Field& last() const { return fields_[size_ - 1]; }
  [[nodiscard]] const Field& operator[](std::size_t index) const { return fields_[index]; }

  /// The list must have room.
  void add(const Field& field) { fields_[size_++] = field; }
  void clear() { size_ = 0; }
  /// Takes out those of which `unwanted` is true; the others keep their order.
  template <class Unwanted>
  void remove_if(const Unwanted& unwanted) {
    const auto end = fields_.begin() + static_cast<std::ptrdiff_t>(size_);
    size_ =
        static_cast<std::size_t>(std::remove_if(fields_.begin(), end, unwanted) - fields_.begin());
  }

  /// The first field of that name, case ignored; nullptr when there is none.
  [[nodiscard]] const Field* find(std::string_view name) const;

 private:
  std::array<Field, kCapacity + kSpare> fields_;
  std::size_t size_ = 0;
};

/// What the framing and connection fields said, gathered and checked while parsing.
struct FramingFacts {
  std::uint64_t content_length = 0;  ///< bytes; meaningful with has_content_length
  bool has_content_length = false;
  bool chunked = false;                ///< Transfer-Encoding: chunked
  bool close = false;                  ///< Connection: close
  bool keep_alive = false;             ///< Connection: keep-alive
  bool upgrade = false;                ///< Connection: upgrade
  bool nominates_others = false;       ///< Connection names fields beyond the usual hop-by-hop ones
  bool expect_continue = false;        ///< Expect: 100-continue, from HTTP/1.1 only
  bool takes_trailers = false;         ///< TE: trailers, from HTTP/1.1 only
  std::size_t connection_options = 0;  ///< elements of all Connection fields
};

/// RFC 9112, section 3.2.
enum class TargetForm : std::uint8_t { kOrigin, kAbsolute, kAuthority, kAsterisk };

struct RequestHead {
  Method method = Method::kOther;
  Version version = Version::kHttp11;
  TargetForm form = TargetForm::kOrigin;
  FramingFacts framing;
  std::string_view line;         ///< the whole request line without CRLF, for the log
  std::string_view method_text;  ///< as received
  std::string_view target;       ///< as received
  std::string_view authority;    ///< of the absolute or authority form, else empty
  /// Path and query. "*" for the asterisk form. After an absolute form it may lack the leading
  /// slash ("", "?query"): write_request_head() puts it in. Empty for the authority form.
  std::string_view path;
  std::string_view host;     ///< value of Host
  bool has_host = false;     ///< always true for HTTP/1.1
  std::string_view upgrade;  ///< value of the first Upgrade field
  FieldList fields;

  void clear();
};

struct ResponseHead {
  Version version = Version::kHttp11;
  int status = 0;  ///< 100 to 999
  FramingFacts framing;
  std::string_view line;    ///< the whole status line without CRLF
  std::string_view reason;  ///< may be empty
  std::string_view upgrade;
  FieldList fields;

  /// True when the response proper is still to come. 101 is the last word of HTTP on its
  /// connection (RFC 9110, section 15.2.2).
  [[nodiscard]] bool is_interim() const { return status < 200 && status != 101; }
  void clear();
};

}  // namespace hapair::http
