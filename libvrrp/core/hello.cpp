#include "libvrrp/core/hello.hpp"

#include <algorithm>
#include <string_view>

namespace hapair::vrrp {
namespace {

constexpr std::uint32_t kMagic = 0x68614869;  // "haHi"
constexpr std::uint8_t kForm = 1;
constexpr std::size_t kTagLength = AuthTag().size();

// The longest hello: head, four texts, both lists, the tag.
static_assert(4 + 1 + 8 * 5 + 4 * (1 + kMaxHelloText) + 1 +
                  kMaxHelloEntries * (1 + kMaxHelloText + 3) + 1 +
                  kMaxHelloEntries * (1 + kMaxHelloText + 2) + kTagLength <=
              kMaxHello);

void put(base::ByteWriter& out, std::string_view text) {
  const std::string_view cut = text.substr(0, kMaxHelloText);
  out.u8(static_cast<std::uint8_t>(cut.size())).bytes(base::as_bytes(cut));
}

/// What stands in logs and status: printable ASCII. Else the reader's bytes are no hello.
bool take(base::ByteReader& in, std::string& into) {
  const std::size_t size = in.u8();
  if (size > kMaxHelloText) return false;
  into = base::as_text(in.take(size));
  return in.ok() && std::ranges::all_of(into, [](char c) { return c >= ' ' && c <= '~'; });
}

void put(base::ByteWriter& out, const HelloVip& vip) {
  put(out, vip.name);
  out.u8(static_cast<std::uint8_t>(vip.role)).u8(static_cast<std::uint8_t>(vip.verdict));
  out.u8(vip.priority);
}

bool take(base::ByteReader& in, HelloVip& vip) {
  if (!take(in, vip.name)) return false;
  const std::uint8_t role = in.u8();
  const std::uint8_t verdict = in.u8();
  vip.role = static_cast<State>(role);
  vip.verdict = static_cast<Verdict>(verdict);
  vip.priority = in.u8();
  return role <= static_cast<std::uint8_t>(State::kFault) &&
         verdict <= static_cast<std::uint8_t>(Verdict::kUnfit);
}

void put(base::ByteWriter& out, const HelloBackend& backend) {
  put(out, backend.name);
  out.u16(backend.usable);
}

bool take(base::ByteReader& in, HelloBackend& backend) {
  if (!take(in, backend.name)) return false;
  backend.usable = in.u16();
  return true;
}

template <class T>
void put_list(base::ByteWriter& out, const std::vector<T>& list) {
  const std::size_t count = std::min(list.size(), kMaxHelloEntries);
  out.u8(static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) put(out, list[i]);
}

template <class T>
bool take_list(base::ByteReader& in, std::vector<T>& list) {
  const std::size_t count = in.u8();
  if (count > kMaxHelloEntries) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!take(in, list.emplace_back())) return false;
  }
  return true;
}

bool same(const AuthTag& right, base::Bytes tag) {
  std::uint8_t difference = 0;
  for (std::size_t i = 0; i < right.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (right[i] ^ tag[i]));
  }
  return difference == 0;
}

std::optional<Hello> decode_body(base::Bytes body) {
  base::ByteReader in(body);
  if (in.u32() != kMagic || in.u8() != kForm) return std::nullopt;
  Hello hello;
  if (!take(in, hello.from) || !take(in, hello.to)) return std::nullopt;
  hello.session = in.u64();
  hello.sequence = in.u64();
  hello.challenge = in.u64();
  hello.echo = in.u64();
  const std::uint64_t wall = in.u64();
  if (wall >> 63U != 0) return std::nullopt;  // before 1970: no clock, and room to compute with
  hello.wall = base::WallTime(base::Duration(static_cast<std::int64_t>(wall)));
  NodeReport& report = hello.report;
  const bool whole = take(in, report.version) && take(in, report.config_hash) &&
                     take_list(in, report.vips) && take_list(in, report.backends);
  if (!whole || !in.ok() || in.left() != 0) return std::nullopt;
  return hello;
}

}  // namespace

std::vector<std::uint8_t> encode_hello(const Hello& hello, const Authenticator& authenticator) {
  base::ByteWriter out;
  out.u32(kMagic).u8(kForm);
  put(out, hello.from);
  put(out, hello.to);
  out.u64(hello.session).u64(hello.sequence).u64(hello.challenge).u64(hello.echo);
  out.u64(static_cast<std::uint64_t>(hello.wall.time_since_epoch().count()));
  put(out, hello.report.version);
  put(out, hello.report.config_hash);
  put_list(out, hello.report.vips);
  put_list(out, hello.report.backends);
  const AuthTag tag = authenticator.tag(out.view());
  out.bytes(tag);
  return out.take();
}

// The tag first: bytes of anybody else reach no decoder.
std::optional<Hello> decode_hello(base::Bytes datagram, const Authenticator& authenticator) {
  if (datagram.size() <= kTagLength || datagram.size() > kMaxHello) return std::nullopt;
  const base::Bytes body = datagram.first(datagram.size() - kTagLength);
  if (!same(authenticator.tag(body), datagram.last(kTagLength))) return std::nullopt;
  return decode_body(body);
}

}  // namespace hapair::vrrp
