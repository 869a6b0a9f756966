#include "libvrrp/core/hello.hpp"

#include <algorithm>

#include "common/base/text.hpp"

namespace hapair::vrrp {
namespace {

constexpr std::uint32_t kMagic = 0x68614869;  // "haHi"
constexpr std::uint8_t kForm = 1;
/// A letter. Nodes that know only the first form drop it, and nothing else of the sender.
constexpr std::uint8_t kLetterForm = 2;
constexpr std::size_t kTagLength = AuthTag().size();

// The longest hello: head, four texts, both lists, the tag.
static_assert(4 + 1 + 8 * 5 + 4 * (1 + kMaxHelloText) + 1 +
                  kMaxHelloEntries * (1 + kMaxHelloText + 3) + 1 +
                  kMaxHelloEntries * (1 + kMaxHelloText + 2) + kTagLength <=
              kMaxHello);

void put(base::ByteWriter& out, const HelloVip& vip) {
  put_text(out, vip.name);
  out.u8(static_cast<std::uint8_t>(vip.role)).u8(static_cast<std::uint8_t>(vip.verdict));
  out.u8(vip.priority);
}

bool take(base::ByteReader& in, HelloVip& vip) {
  if (!take_text(in, vip.name)) return false;
  const std::uint8_t role = in.u8();
  const std::uint8_t verdict = in.u8();
  vip.role = static_cast<State>(role);
  vip.verdict = static_cast<Verdict>(verdict);
  vip.priority = in.u8();
  return role <= static_cast<std::uint8_t>(State::kFault) &&
         verdict <= static_cast<std::uint8_t>(Verdict::kUnfit);
}

void put(base::ByteWriter& out, const HelloBackend& backend) {
  put_text(out, backend.name);
  out.u16(backend.usable);
}

bool take(base::ByteReader& in, HelloBackend& backend) {
  if (!take_text(in, backend.name)) return false;
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

void put_report(base::ByteWriter& out, const NodeReport& report) {
  put_text(out, report.version);
  put_text(out, report.config_hash);
  put_list(out, report.vips);
  put_list(out, report.backends);
}

bool take_report(base::ByteReader& in, NodeReport& report) {
  return take_text(in, report.version) && take_text(in, report.config_hash) &&
         take_list(in, report.vips) && take_list(in, report.backends);
}

std::optional<Hello> decode_body(base::Bytes body) {
  base::ByteReader in(body);
  const bool ours = in.u32() == kMagic;
  const std::uint8_t form = in.u8();
  if (!ours || (form != kForm && form != kLetterForm)) return std::nullopt;
  Hello hello;
  if (!take_text(in, hello.from) || !take_text(in, hello.to)) return std::nullopt;
  hello.session = in.u64();
  hello.sequence = in.u64();
  hello.challenge = in.u64();
  hello.echo = in.u64();
  const std::uint64_t wall = in.u64();
  if (wall >> 63U != 0) return std::nullopt;  // before 1970: no clock, and room to compute with
  hello.wall = base::WallTime(base::Duration(static_cast<std::int64_t>(wall)));
  const bool whole =
      form == kForm ? take_report(in, hello.report) : take_drill_note(in, hello.drill.emplace());
  if (!whole || !in.ok() || in.left() != 0) return std::nullopt;
  return hello;
}

}  // namespace

std::vector<std::uint8_t> encode_hello(const Hello& hello, const Authenticator& authenticator) {
  base::ByteWriter out;
  out.u32(kMagic).u8(hello.drill ? kLetterForm : kForm);
  put_text(out, hello.from);
  put_text(out, hello.to);
  out.u64(hello.session).u64(hello.sequence).u64(hello.challenge).u64(hello.echo);
  out.u64(static_cast<std::uint64_t>(hello.wall.time_since_epoch().count()));
  if (hello.drill) {
    put_drill_note(out, *hello.drill);
  } else {
    put_report(out, hello.report);
  }
  const AuthTag tag = authenticator.tag(out.view());
  out.bytes(tag);
  return out.take();
}

// The tag first: bytes of anybody else reach no decoder.
std::optional<Hello> decode_hello(base::Bytes datagram, const Authenticator& authenticator) {
  if (datagram.size() <= kTagLength || datagram.size() > kMaxHello) return std::nullopt;
  const base::Bytes body = datagram.first(datagram.size() - kTagLength);
  const AuthTag right = authenticator.tag(body);
  if (!base::same_secret(base::as_text(right), base::as_text(datagram.last(kTagLength)))) {
    return std::nullopt;
  }
  return decode_body(body);
}

}  // namespace hapair::vrrp
