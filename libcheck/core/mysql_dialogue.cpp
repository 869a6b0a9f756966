#include "libcheck/core/mysql_dialogue.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr std::size_t kPacketHeader = 4;
constexpr std::size_t kNonce = 20;
constexpr std::size_t kFirstNonce = 8;
constexpr std::string_view kNative = "mysql_native_password";
constexpr std::string_view kCachingSha2 = "caching_sha2_password";

// Capabilities, and the first bytes of a payload.
constexpr std::uint32_t kLongPassword = 1U;
constexpr std::uint32_t kConnectWithDb = 1U << 3;
constexpr std::uint32_t kProtocol41 = 1U << 9;
constexpr std::uint32_t kTransactions = 1U << 13;
constexpr std::uint32_t kSecureConnection = 1U << 15;
constexpr std::uint32_t kPluginAuth = 1U << 19;
constexpr std::uint8_t kProtocol10 = 10;
constexpr std::uint8_t kOkPacket = 0x00;
constexpr std::uint8_t kMoreData = 0x01;
constexpr std::uint8_t kSwitch = 0xfe;
constexpr std::uint8_t kError = 0xff;
constexpr std::uint8_t kQuit = 0x01;

/// The protocol's numbers begin with their lowest byte.
std::uint32_t low_first(base::Bytes bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

void put_low_first(base::ByteWriter& out, std::uint32_t value, int width) {
  for (int shift = 0; shift < 8 * width; shift += 8) {
    out.u8(static_cast<std::uint8_t>(value >> shift));
  }
}

std::string packet(std::uint8_t sequence, base::Bytes payload) {
  base::ByteWriter out;
  put_low_first(out, static_cast<std::uint32_t>(payload.size()), 3);
  out.u8(sequence).bytes(payload);
  return std::string(base::as_text(out.view()));
}

std::string quit() { return packet(0, std::array{kQuit}); }

/// A text up to a zero, which the last one may lack.
std::string_view take_text(base::ByteReader& in, base::Bytes all) {
  const std::size_t at = all.size() - in.left();
  const std::string_view rest = base::as_text(all.subspan(at));
  const std::size_t end = std::min(rest.find('\0'), rest.size());
  in.skip(std::min(end + 1, rest.size()));
  return rest.substr(0, end);
}

std::vector<std::uint8_t> joined(base::Bytes first, base::Bytes second) {
  std::vector<std::uint8_t> out(first.begin(), first.end());
  out.insert(out.end(), second.begin(), second.end());
  return out;
}

template <std::size_t N>
std::string mixed(const std::array<std::uint8_t, N>& a, const std::array<std::uint8_t, N>& b) {
  std::string out;
  for (std::size_t i = 0; i < N; ++i) out += static_cast<char>(a[i] ^ b[i]);
  return out;
}

/// What a server says of itself first.
struct Handshake {
  std::string version;
  std::vector<std::uint8_t> nonce;
  std::string plugin;
};

std::optional<Handshake> parse_handshake(base::Bytes payload) {
  base::ByteReader in(payload);
  if (in.u8() != kProtocol10) return std::nullopt;
  Handshake out;
  std::string_view version = take_text(in, payload);
  constexpr std::string_view kOldPretence = "5.5.5-";  // MariaDB's, for old replicas
  if (version.starts_with(kOldPretence)) version.remove_prefix(kOldPretence.size());
  out.version = shown(version);
  in.skip(4);  // the connection's id
  const base::Bytes first = in.take(kFirstNonce);
  in.skip(1);
  std::uint32_t capabilities = low_first(in.take(2));
  if (!in.ok()) return std::nullopt;
  in.skip(3);  // character set, status
  capabilities |= low_first(in.take(2)) << 16;
  in.skip(11);  // length of the nonce, reserved
  const base::Bytes second = in.take(kNonce - kFirstNonce);
  in.skip(1);
  if (in.ok()) out.nonce = joined(first, second);
  if (in.ok() && (capabilities & kPluginAuth) != 0) out.plugin = take_text(in, payload);
  return out;
}

class MysqlDialogue final : public Dialogue {
 public:
  MysqlDialogue(MysqlCheck check, const Hashes& hashes)
      : check_(std::move(check)), hashes_(hashes) {}

  Move open() override { return {}; }
  Move read(base::Bytes pending) override;
  std::string awaited() const override { return greeted_ ? "answer to the login" : "handshake"; }

 private:
  Move on_payload(base::Bytes payload, std::uint8_t sequence);
  Move on_handshake(base::Bytes payload, std::uint8_t sequence);
  Move on_switch(base::Bytes payload, std::uint8_t sequence);
  Move on_more_data(base::Bytes payload) const;
  static Move on_error(base::Bytes payload);
  std::string login(const Handshake& server, std::string_view plugin) const;
  std::string proof(std::string_view plugin, base::Bytes nonce) const;

  const MysqlCheck check_;
  const Hashes hashes_;
  bool greeted_ = false;
  std::string version_;
};

Move MysqlDialogue::read(base::Bytes pending) {
  if (pending.size() < kPacketHeader) return {};
  const std::uint32_t length = low_first(pending.first(3));
  if (length == 0 || length > Conversation::kMaxPending - kPacketHeader - 1) {
    return {.finding = malformed(base::concat("no MySQL packet: ", shown(pending)))};
  }
  if (pending.size() < kPacketHeader + length) return {};
  Move move = on_payload(pending.subspan(kPacketHeader, length), pending[3]);
  move.consumed = kPacketHeader + length;
  return move;
}

Move MysqlDialogue::on_payload(base::Bytes payload, std::uint8_t sequence) {
  if (payload[0] == kError) return on_error(payload);
  if (!greeted_) return on_handshake(payload, sequence);
  switch (payload[0]) {
    case kOkPacket:
      return {.send = quit(), .finding = passed(version_)};
    case kSwitch:
      return on_switch(payload, sequence);
    case kMoreData:
      return on_more_data(payload);
    default:
      return {.finding = malformed("an answer to the login that is none")};
  }
}

Move MysqlDialogue::on_error(base::Bytes payload) {
  base::ByteReader in(payload);
  in.skip(1);
  const auto code = static_cast<std::uint16_t>(low_first(in.take(2)));
  if (!in.ok()) return {.finding = malformed("an error without a code")};
  std::string_view text = base::as_text(payload.subspan(3));
  constexpr std::size_t kState = 6;  // '#' and five characters
  if (text.starts_with('#')) text.remove_prefix(std::min(kState, text.size()));
  return {.finding = refused(shown(text), code)};
}

Move MysqlDialogue::on_handshake(base::Bytes payload, std::uint8_t sequence) {
  const auto server = parse_handshake(payload);
  if (!server) return {.finding = malformed("a handshake that is not that of protocol 10")};
  greeted_ = true;
  version_ = server->version;
  if (check_.user.empty()) return {.finding = passed(version_)};
  if (server->nonce.size() != kNonce) {
    return {.finding = malformed("a handshake without what a login needs")};
  }
  const std::string_view plugin = server->plugin == kCachingSha2 ? kCachingSha2 : kNative;
  return {.send = packet(static_cast<std::uint8_t>(sequence + 1),
                         base::as_bytes(login(*server, plugin)))};
}

/// HandshakeResponse41.
std::string MysqlDialogue::login(const Handshake& server, std::string_view plugin) const {
  constexpr std::uint8_t kUtf8 = 45;
  constexpr std::uint32_t kMaxPacket = 1U << 24;
  const auto text = [](base::ByteWriter& out, std::string_view value) {
    out.bytes(base::as_bytes(value)).u8(0);
  };
  base::ByteWriter out;
  put_low_first(out,
                kLongPassword | kProtocol41 | kTransactions | kSecureConnection | kPluginAuth |
                    (check_.database.empty() ? 0 : kConnectWithDb),
                4);
  put_low_first(out, kMaxPacket, 4);
  out.u8(kUtf8).zeros(23);
  text(out, check_.user);
  const std::string answer = proof(plugin, server.nonce);
  out.u8(static_cast<std::uint8_t>(answer.size())).bytes(base::as_bytes(answer));
  if (!check_.database.empty()) text(out, check_.database);
  text(out, plugin);
  return std::string(base::as_text(out.view()));
}

/// That we know the password, without saying it.
std::string MysqlDialogue::proof(std::string_view plugin, base::Bytes nonce) const {
  const base::Bytes password = base::as_bytes(check_.password);
  if (plugin == kCachingSha2) {
    if (password.empty()) return std::string(1, '\0');
    const auto once = hashes_.sha256(password);
    const auto twice = hashes_.sha256(once);
    return mixed(once, hashes_.sha256(joined(twice, nonce)));
  }
  if (password.empty()) return {};
  const auto once = hashes_.sha1(password);
  const auto twice = hashes_.sha1(once);
  return mixed(once, hashes_.sha1(joined(nonce, twice)));
}

/// The user's account wants another way than the server's own.
Move MysqlDialogue::on_switch(base::Bytes payload, std::uint8_t sequence) {
  base::ByteReader in(payload);
  in.skip(1);
  const std::string_view plugin = take_text(in, payload);
  const base::Bytes nonce = in.take(kNonce);
  if (plugin != kNative && plugin != kCachingSha2) {
    return {.finding = refused(base::concat("the account wants ",
                                            plugin.empty() ? "an old way" : shown(plugin),
                                            ", which a check can't do"))};
  }
  if (!in.ok()) return {.finding = malformed("a change of the way to log in without its data")};
  return {.send = packet(static_cast<std::uint8_t>(sequence + 1),
                         base::as_bytes(proof(plugin, nonce)))};
}

/// caching_sha2_password: whether the server has the password at hand.
Move MysqlDialogue::on_more_data(base::Bytes payload) const {
  constexpr std::uint8_t kFastDone = 3;
  constexpr std::uint8_t kFullWanted = 4;
  const std::uint8_t word = payload.size() == 2 ? payload[1] : std::uint8_t{0};
  if (word == kFastDone) return {};  // OK follows
  if (word == kFullWanted) {
    return {.finding = refused("the server does not have the password in its cache: log in once "
                               "over TLS as this user, or use an account without a password")};
  }
  return {.finding = malformed("data for the login that make no sense")};
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const MysqlCheck& check, const Hashes& hashes) {
  return std::make_unique<MysqlDialogue>(check, hashes);
}

}  // namespace hapair::check
