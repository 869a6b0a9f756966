#include "common/tls/client_hello.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"

namespace hapair::tls {
namespace {

using base::ByteReader;
using base::Bytes;

constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kClientHelloType = 1;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMaxRecord = 16 * 1024;  // RFC 8446, section 5.1
constexpr std::size_t kHandshakeHeader = 4;
constexpr std::size_t kRandom = 32;
constexpr std::size_t kMaxSessionId = 32;
constexpr std::size_t kMaxName = 253;  // RFC 1035, section 2.3.4, without the final dot
constexpr std::size_t kMaxLabel = 63;

constexpr std::uint16_t kServerName = 0;
constexpr std::uint16_t kAlpn = 16;
constexpr std::uint16_t kSupportedVersions = 43;

constexpr std::string_view kCut = "a ClientHello whose lengths do not fit";

/// RFC 8701, section 2: values that nobody means.
bool is_grease(unsigned value) {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/// Nullopt: right so far. Of what is no TLS the likely ones are named.
std::optional<std::string_view> fault_of_beginning(Bytes bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::uint8_t first = bytes[0];
  if (first == kAlert) return "an alert in place of a ClientHello";
  if (first >= 'A' && first <= 'Z') return "plain text (HTTP?) in place of TLS";
  if ((first & 0x80) != 0) return "no TLS (an SSL 2.0 hello?)";
  if (first != kHandshake) return "no TLS";
  if (bytes.size() > 1 && bytes[1] != 3) return "a TLS record of an unknown version";
  return std::nullopt;
}

/// The bytes of the handshake, which may lie in many records.
struct Handshake {
  std::array<std::uint8_t, kMaxClientHello> room{};
  std::size_t size = 0;
  std::string_view fault;

  /// Gathers what is there, up to the end of the first message.
  void gather(Bytes bytes) {
    while (fault.empty() && !complete() && bytes.size() >= kRecordHeader) {
      ByteReader header(bytes);
      const std::uint8_t type = header.u8();
      const std::uint8_t major = header.u8();
      header.skip(1);
      const std::size_t length = header.u16();
      if (type != kHandshake || major != 3) {
        fault = "another record within the ClientHello";
      } else if (length == 0 || length > kMaxRecord) {
        fault = "a TLS record of a length that is not allowed";
      } else {
        const Bytes payload = bytes.subspan(kRecordHeader);
        const Bytes there = payload.first(std::min(length, payload.size()));
        append(there);
        bytes = payload.subspan(there.size());
      }
    }
  }

  [[nodiscard]] std::size_t message_size() const {
    return kHandshakeHeader + (std::size_t{room[1]} << 16 | std::size_t{room[2]} << 8 | room[3]);
  }
  [[nodiscard]] bool complete() const { return size >= kHandshakeHeader && size >= message_size(); }
  [[nodiscard]] Bytes body() const {
    return Bytes(room).subspan(kHandshakeHeader, message_size() - kHandshakeHeader);
  }

 private:
  void append(Bytes part) {
    const std::size_t taken = std::min(part.size(), room.size() - size);
    std::ranges::copy(part.first(taken), room.begin() + static_cast<std::ptrdiff_t>(size));
    size += taken;
    if (size > 0 && room[0] != kClientHelloType) {
      fault = "another message in place of a ClientHello";
    } else if (size >= kHandshakeHeader && kRecordHeader + message_size() > kMaxClientHello) {
      fault = "a ClientHello above 16 KiB";
    }
  }
};

Bytes take_vector8(ByteReader& from) { return from.take(from.u8()); }
Bytes take_vector16(ByteReader& from) { return from.take(from.u16()); }

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Labels of 1 to 63 characters with dots between.
bool is_name(std::string_view name) {
  if (name.size() > kMaxName) return false;
  std::size_t label = 0;
  for (const char c : name) {
    if (c == '.' ? label == 0 : !is_name_char(c) || label == kMaxLabel) return false;
    label = c == '.' ? 0 : label + 1;
  }
  return label > 0;
}

/// Reads the extensions that say what the client wants. Each returns why it can't; empty: it could.
class Extensions {
 public:
  explicit Extensions(ClientHello& hello) : hello_(hello) {}

  std::string_view read(Bytes all) {
    ByteReader reader(all);
    while (reader.left() > 0) {
      const std::uint16_t type = reader.u16();
      const Bytes content = take_vector16(reader);
      if (!reader.ok()) return kCut;
      if (const std::string_view fault = read_one(type, content); !fault.empty()) return fault;
    }
    return {};
  }

 private:
  std::string_view read_one(std::uint16_t type, Bytes content) {
    switch (type) {
      case kServerName:
        return std::exchange(named_, true) ? kTwice : read_name(content);
      case kAlpn:
        return std::exchange(offered_, true) ? kTwice : read_protocols(content);
      case kSupportedVersions:
        return std::exchange(versioned_, true) ? kTwice : read_versions(content);
      default:
        return {};
    }
  }

  /// RFC 6066, section 3: a list of which only one kind of entry is defined, once.
  std::string_view read_name(Bytes content) {
    ByteReader reader(content);
    ByteReader list(take_vector16(reader));
    const std::uint8_t kind = list.u8();
    const Bytes given = take_vector16(list);
    if (!reader.ok() || reader.left() > 0 || !list.ok() || list.left() > 0 || kind != 0) {
      return "a server name extension that is not well-formed";
    }
    std::string name = base::ascii_lowered(base::as_text(given));
    if (name.ends_with('.')) name.pop_back();
    if (base::IpAddress::parse(name)) return {};
    if (!is_name(name)) return "a server name that is no name of a host";
    hello_.server_name = std::move(name);
    return {};
  }

  /// RFC 7301, section 3.1.
  std::string_view read_protocols(Bytes content) {
    static constexpr std::string_view kFault = "an ALPN extension that is not well-formed";
    ByteReader reader(content);
    ByteReader list(take_vector16(reader));
    if (!reader.ok() || reader.left() > 0 || list.left() == 0) return kFault;
    while (list.left() > 0) {
      const Bytes name = take_vector8(list);
      if (name.empty()) return kFault;
      if (name.size() == 2 && is_grease(ByteReader(name).u16())) continue;
      const std::size_t comma = hello_.protocols.empty() ? 0 : 1;
      if (hello_.protocols.size() + comma + name.size() > ClientHello::kMaxProtocols) continue;
      if (comma != 0) hello_.protocols += ',';
      hello_.protocols += base::as_text(name);
    }
    return {};
  }

  /// RFC 8446, section 4.2.1: where it is there, it alone counts.
  std::string_view read_versions(Bytes content) {
    ByteReader reader(content);
    ByteReader list(take_vector8(reader));
    if (!reader.ok() || reader.left() > 0 || list.left() == 0 || list.left() % 2 != 0) {
      return "a list of versions that is not well-formed";
    }
    hello_.version = 0;
    while (list.left() > 0) {
      const std::uint16_t version = list.u16();
      if (!is_grease(version)) hello_.version = std::max(hello_.version, version);
    }
    return {};
  }

  static constexpr std::string_view kTwice = "the same extension twice";

  ClientHello& hello_;
  bool named_ = false;
  bool offered_ = false;
  bool versioned_ = false;
};

std::string_view read_body(Bytes body, ClientHello& hello) {
  ByteReader reader(body);
  hello.version = reader.u16();
  reader.skip(kRandom);
  const Bytes session = take_vector8(reader);
  const Bytes ciphers = take_vector16(reader);
  const Bytes compression = take_vector8(reader);
  if (!reader.ok()) return kCut;
  if (hello.version >> 8 != 3) return "a version that is none of TLS";
  if (session.size() > kMaxSessionId || ciphers.empty() || ciphers.size() % 2 != 0 ||
      compression.empty()) {
    return "a ClientHello with a list of a length that is not allowed";
  }
  if (reader.left() == 0) return {};  // TLS 1.2 without extensions
  const Bytes extensions = take_vector16(reader);
  if (!reader.ok() || reader.left() > 0) return kCut;
  return Extensions(hello).read(extensions);
}

}  // namespace

HelloParse parse_client_hello(Bytes bytes) {
  HelloParse parse;
  if (const auto fault = fault_of_beginning(bytes)) {
    return {.status = HelloParse::Status::kFault, .hello = {}, .fault = *fault};
  }
  Handshake handshake;
  handshake.gather(bytes.first(std::min(bytes.size(), kMaxClientHello)));
  parse.fault = handshake.fault;
  if (parse.fault.empty() && handshake.complete()) {
    parse.fault = read_body(handshake.body(), parse.hello);
    parse.status = HelloParse::Status::kComplete;
  } else if (parse.fault.empty() && bytes.size() >= kMaxClientHello) {
    parse.fault = "a ClientHello in too many records";
  }
  if (parse.fault.empty()) return parse;
  return {.status = HelloParse::Status::kFault, .hello = {}, .fault = parse.fault};
}

std::string version_name(std::uint16_t version) {
  switch (version) {
    case 0x0300:
      return "SSL 3.0";
    case 0x0301:
      return "TLS 1.0";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    default:
      break;
  }
  std::string name = "TLS 0x";
  base::append_hex(name, static_cast<std::uint8_t>(version >> 8));
  base::append_hex(name, static_cast<std::uint8_t>(version & 0xff));
  return name;
}

}  // namespace hapair::tls
