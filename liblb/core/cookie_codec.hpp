// The value of a persistence cookie: which server a client has, when it first came and when it was
// last seen, and a tag that only the cluster's nodes can make. All nodes make and take the same.
//
//   value = server *1( "." first "." last ) *1( "." tag )
//
// Times are seconds of Unix time in hexadecimal digits; the tag is 16 bytes of an HMAC over what is
// before it and what the cookie is for, in base64url (RFC 4648, section 5). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/time.hpp"

namespace hapair::lb {

/// A message authentication code under a key that the cluster's nodes share. liblb/io has HMAC with
/// SHA-256.
class Mac {
 public:
  using Tag = std::array<std::uint8_t, 32>;
  [[nodiscard]] virtual Tag of(base::Bytes message) const = 0;

  Mac() = default;
  virtual ~Mac() = default;
  Mac(const Mac&) = delete;
  Mac& operator=(const Mac&) = delete;
};

/// Why a cookie says nothing of a server.
enum class CookieFault : std::uint8_t {
  kForm,  ///< not as above
  kTag,   ///< somebody else has made or changed it, or it is another backend's
  kIdle,  ///< its client was away for too long
  kOld,   ///< it has had it for too long
};

struct CookieTerms {
  bool is_signed = true;
  base::Duration max_idle{0};  ///< 0: any time
  base::Duration max_life{0};  ///< 0: any time

  [[nodiscard]] bool dated() const {
    return max_idle > base::Duration(0) || max_life > base::Duration(0);
  }
};

class CookieCodec {
 public:
  /// Of a server's part.
  static constexpr std::size_t kMaxServer = 64;
  /// Of a whole value.
  static constexpr std::size_t kMaxValue = kMaxServer + 2 * 17 + 23;

  struct Value {
    std::string_view server;  ///< a part of the text that was read
    std::int64_t first = 0;   ///< Unix time in seconds; 0 in cookies without times
    std::int64_t last = 0;
  };

  /// `purpose`: the backend and the cookie's name; a cookie for one is none for another. `mac` is
  /// used by signed cookies and by id_of(), and outlives the codec.
  CookieCodec(const CookieTerms& terms, std::string_view purpose, const Mac& mac);

  /// `server`: as valid_server() wants it.
  [[nodiscard]] std::string encode(const Value& value) const;
  /// Any bytes give a value or a fault. Times later than `now` are taken for `now`: another node's
  /// clock may be ahead by a bit; more than a day is kOld.
  [[nodiscard]] std::expected<Value, CookieFault> decode(std::string_view text,
                                                         base::WallTime now) const;

  /// What stands for a server unless the file says: the same on every node, and nothing to who
  /// reads it.
  [[nodiscard]] std::string id_of(std::string_view server) const;
  /// 1 to kMaxServer letters, digits, '-' and '_'.
  [[nodiscard]] static bool valid_server(std::string_view text);

 private:
  [[nodiscard]] std::string tag_of(std::string_view signed_part) const;

  CookieTerms terms_;
  std::string purpose_;
  const Mac& mac_;
};

}  // namespace hapair::lb
