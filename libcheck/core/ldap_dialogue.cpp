#include "libcheck/core/ldap_dialogue.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

// BER tags (RFC 4511, section 5.1 and appendix B).
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kEnumerated = 0x0a;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kBindRequest = 0x60;
constexpr std::uint8_t kBindResponse = 0x61;
constexpr std::uint8_t kExtendedResponse = 0x78;  ///< a notice of disconnection
constexpr std::uint8_t kUnbindRequest = 0x42;
constexpr std::uint8_t kSimple = 0x80;
constexpr std::uint8_t kMessageId = 1;
constexpr std::size_t kMaxShortLength = 127;
constexpr std::size_t kMaxLengthBytes = 4;

std::string element(std::uint8_t tag, std::string_view content) {
  std::string out(1, static_cast<char>(tag));
  if (content.size() <= kMaxShortLength) {
    out += static_cast<char>(content.size());
  } else {  // two bytes of length reach further than any name or password here
    out += static_cast<char>(0x82);
    out += static_cast<char>(content.size() >> 8);
    out += static_cast<char>(content.size());
  }
  return out.append(content);
}

std::string small_integer(std::uint8_t value) {
  return element(kInteger, std::string(1, static_cast<char>(value)));
}

std::string bind_request(const LdapCheck& check) {
  constexpr std::uint8_t kVersion = 3;
  const std::string request =
      element(kBindRequest, small_integer(kVersion) + element(kOctetString, check.bind_dn) +
                                element(kSimple, check.password));
  return element(kSequence, small_integer(kMessageId) + request);
}

std::string unbind_request() {
  return element(kSequence, small_integer(kMessageId + 1) + element(kUnbindRequest, {}));
}

struct Element {
  std::uint8_t tag = 0;
  base::Bytes content;
};

/// The length of an element; nullopt: it is none. Where bytes are wanting `in` has failed.
std::optional<std::size_t> take_length(base::ByteReader& in) {
  std::size_t length = in.u8();
  if (length <= kMaxShortLength) return length;
  const std::size_t count = length & kMaxShortLength;
  if (count == 0 || count > kMaxLengthBytes) return std::nullopt;
  length = 0;
  for (const std::uint8_t byte : in.take(count)) length = length << 8 | byte;
  return length;
}

/// The next element; nullopt: `in` has failed, for want of bytes or for a length that is none.
std::optional<Element> take_element(base::ByteReader& in) {
  Element out;
  out.tag = in.u8();
  const auto length = take_length(in);
  if (!length) return std::nullopt;
  out.content = in.take(*length);
  if (!in.ok()) return std::nullopt;
  return out;
}

/// A whole number of one to four bytes.
std::optional<std::uint32_t> number(const std::optional<Element>& from, std::uint8_t tag) {
  if (!from || from->tag != tag || from->content.empty() || from->content.size() > 4) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  for (const std::uint8_t byte : from->content) value = value << 8 | byte;
  return value;
}

std::string_view name_of(std::uint32_t result) {
  switch (result) {
    case 8:
      return "strongerAuthRequired";
    case 13:
      return "confidentialityRequired";
    case 32:
      return "noSuchObject";
    case 48:
      return "inappropriateAuthentication";
    case 49:
      return "invalidCredentials";
    case 51:
      return "busy";
    case 52:
      return "unavailable";
    case 53:
      return "unwillingToPerform";
    default:
      return "result";
  }
}

/// LDAPResult: the code, the matched name, the diagnostic message.
std::optional<Finding> judge_result(base::Bytes body) {
  base::ByteReader in(body);
  const auto code = number(take_element(in), kEnumerated);
  const auto matched = take_element(in);
  const auto diagnostic = take_element(in);
  if (!code || !matched || !diagnostic || diagnostic->tag != kOctetString) return std::nullopt;
  if (*code == 0) return passed("bind succeeded");
  std::string info = base::concat(name_of(*code), " (", *code, ")");
  if (!diagnostic->content.empty()) info += base::concat(": ", shown(diagnostic->content));
  return refused(std::move(info));
}

class LdapDialogue final : public Dialogue {
 public:
  explicit LdapDialogue(LdapCheck check) : check_(std::move(check)) {}

  Move open() override { return {.send = bind_request(check_)}; }
  Move read(base::Bytes pending) override;
  std::string awaited() const override { return "answer to the bind"; }

 private:
  const LdapCheck check_;
};

/// The bytes of the first message, header and all; 0: not told yet; nullopt: it is none.
std::optional<std::size_t> message_size(base::Bytes pending) {
  if (pending[0] != kSequence) return std::nullopt;
  base::ByteReader in(pending.subspan(1));
  const auto length = take_length(in);
  if (!length) return std::nullopt;
  if (!in.ok()) return 0;
  const std::size_t header = pending.size() - in.left();
  return *length < Conversation::kMaxPending ? std::optional(header + *length) : std::nullopt;
}

Move LdapDialogue::read(base::Bytes pending) {
  const auto size = message_size(pending);
  if (!size) return {.finding = malformed(base::concat("no LDAP message: ", shown(pending)))};
  if (*size == 0 || pending.size() < *size) return {};
  Move move{.consumed = *size};
  base::ByteReader whole(pending.first(*size));
  const auto message = take_element(whole);
  base::ByteReader in(message ? message->content : base::Bytes());
  const auto id = number(take_element(in), kInteger);
  const auto answer = take_element(in);
  if (!id || !answer) {
    move.finding = malformed("a message without an id or an answer");
  } else if (*id == kMessageId && answer->tag == kBindResponse) {
    move.finding = judge_result(answer->content);
    if (move.finding) move.send = unbind_request();
    if (!move.finding) move.finding = malformed("a bind response without a result");
  } else if (*id == 0 && answer->tag == kExtendedResponse) {
    // Section 4.4.1: the server will close.
    move.finding = judge_result(answer->content);
    if (!move.finding) move.finding = malformed("a notice without a result");
  } else {
    move.finding = malformed("an answer to something else");
  }
  return move;
}

}  // namespace

std::unique_ptr<Dialogue> make_dialogue(const LdapCheck& check) {
  return std::make_unique<LdapDialogue>(check);
}

}  // namespace hapair::check
