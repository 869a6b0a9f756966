#include "libcheck/core/dns_query.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/dns_name.hpp"
#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr std::size_t kMaxNameText = 253;
constexpr std::uint16_t kInternet = 1;
constexpr std::uint16_t kRecursionDesired = 0x0100;
constexpr std::uint16_t kIsAnswer = 0x8000;
constexpr std::uint16_t kOpcode = 0x7800;
constexpr std::uint16_t kTruncated = 0x0200;
constexpr std::uint16_t kCode = 0x000f;
constexpr std::uint16_t kOpt = 41;
constexpr std::uint16_t kUdpRoom = 1232;

/// Reads one message.
class MessageReader {
 public:
  explicit MessageReader(base::Bytes message) : message_(message), in_(message) {}

  [[nodiscard]] base::ByteReader& in() { return in_; }
  [[nodiscard]] bool ok() const { return in_.ok() && ok_; }

  /// The name here in lower case, "www.example.org"; the root is empty.
  std::string name() {
    std::string out;
    base::DnsLabels labels(message_, message_.size() - in_.left());
    for (auto label = labels.next(); !label.empty(); label = labels.next()) {
      if (!out.empty()) out += '.';
      out += base::ascii_lowered(base::as_text(label));
    }
    ok_ = ok() && labels.ok();
    if (!ok_) return {};
    in_ = base::ByteReader(message_.subspan(labels.behind()));
    return out;
  }

 private:
  base::Bytes message_;
  base::ByteReader in_;
  bool ok_ = true;
};

/// As MessageReader::name() has it.
std::string lower(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return base::ascii_lowered(name);
}

std::string code_name(unsigned code) {
  constexpr std::array<std::string_view, 6> kNames{"NOERROR",  "FORMERR", "SERVFAIL",
                                                   "NXDOMAIN", "NOTIMP",  "REFUSED"};
  if (code < kNames.size()) return std::string(kNames[code]);
  return base::concat("response code ", code);
}

/// The address that the data of an A or AAAA record are.
std::optional<base::IpAddress> address_of(DnsType type, base::Bytes data) {
  const std::size_t size = type == DnsType::kA ? 4 : type == DnsType::kAaaa ? 16 : 0;
  if (data.size() != size) return std::nullopt;
  const auto address = base::IpAddress::from_bytes(data);
  return address ? std::optional(*address) : std::nullopt;
}

/// What the answer section holds of the type.
struct Answers {
  unsigned count = 0;
  std::optional<base::IpAddress> first{};
  bool expected = false;
};

/// False: a record is not well-formed.
bool read_answers(MessageReader& reader, const DnsCheck& check, unsigned records, Answers& out) {
  for (; records > 0; --records) {
    static_cast<void>(reader.name());
    base::ByteReader& in = reader.in();
    const std::uint16_t type = in.u16();
    const std::uint16_t network = in.u16();
    in.skip(4);  // time to live
    const base::Bytes data = in.take(in.u16());
    if (!reader.ok()) return false;
    if (type != static_cast<std::uint16_t>(check.type) || network != kInternet) continue;
    const auto address = address_of(check.type, data);
    if (!address && (check.type == DnsType::kA || check.type == DnsType::kAaaa)) return false;
    ++out.count;
    if (!out.first) out.first = address;
    if (check.expect && address == check.expect) out.expected = true;
  }
  return true;
}

Finding judge_answers(const DnsCheck& check, const Answers& answers, bool truncated) {
  const std::string_view cut = truncated ? " (the answer is truncated: ask over TCP)" : "";
  const std::string asked = base::concat(to_string(check.type), " record of ", check.name);
  if (answers.count == 0) return refused(base::concat("no ", asked, cut));
  if (check.expect && !answers.expected) {
    return refused(
        base::concat("no ", check.expect->to_string(), " among ", answers.count, ' ', asked, cut));
  }
  const auto& shown_address = check.expect ? check.expect : answers.first;
  return passed(shown_address ? shown_address->to_string()
                              : base::concat(answers.count, ' ', asked));
}

class DnsInquiry final : public Inquiry {
 public:
  DnsInquiry(DnsCheck check, std::uint16_t id) : check_(std::move(check)), id_(id) {}

  std::string request() const override {
    return std::string(base::as_text(dns_query(check_, id_)));
  }

  std::optional<Finding> judge(base::Bytes datagram) override {
    auto finding = judge_dns(check_, id_, datagram);
    if (!finding) ++strangers_;
    return finding;
  }

  Finding on_silence() const override {
    Finding finding{.code = CheckCode::kL7Timeout, .info = "no answer in time"};
    if (strangers_ > 0) finding.info += base::concat(", but ", strangers_, " to something else");
    return finding;
  }

 private:
  const DnsCheck check_;
  const std::uint16_t id_;
  unsigned strangers_ = 0;
};

class DnsDialogue final : public Dialogue {
 public:
  DnsDialogue(DnsCheck check, std::uint16_t id) : check_(std::move(check)), id_(id) {}

  Move open() override {
    const auto query = dns_query(check_, id_);
    base::ByteWriter out;
    out.u16(static_cast<std::uint16_t>(query.size())).bytes(query);
    return {.send = std::string(base::as_text(out.view()))};
  }

  Move read(base::Bytes pending) override {
    base::ByteReader in(pending);
    const std::uint16_t length = in.u16();
    if (in.ok() && length > Conversation::kMaxPending - 3) {
      return {.finding = malformed("an answer of an impossible length")};
    }
    const base::Bytes message = in.take(length);
    if (!in.ok()) return {};
    Move move{.consumed = std::size_t{2} + length, .finding = judge_dns(check_, id_, message)};
    if (!move.finding) move.finding = malformed("an answer to another question");
    return move;
  }

  std::string awaited() const override { return "answer"; }

 private:
  const DnsCheck check_;
  const std::uint16_t id_;
};

}  // namespace

std::string_view to_string(DnsType type) {
  switch (type) {
    case DnsType::kA:
      return "A";
    case DnsType::kNs:
      return "NS";
    case DnsType::kCname:
      return "CNAME";
    case DnsType::kSoa:
      return "SOA";
    case DnsType::kPtr:
      return "PTR";
    case DnsType::kMx:
      return "MX";
    case DnsType::kTxt:
      return "TXT";
    case DnsType::kAaaa:
      return "AAAA";
    case DnsType::kSrv:
      return "SRV";
  }
  return {};
}

base::Result<void> check_dns_name(std::string_view name) {
  if (name == ".") return {};
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxNameText) {
    return base::fail("a DNS name has 1 to 253 bytes; the root is \".\"");
  }
  for (const std::string_view label : base::split(name, '.')) {
    const bool plain = std::ranges::all_of(label, [](char c) { return c > 0x20 && c < 0x7f; });
    if (label.empty() || label.size() > base::DnsLabels::kMaxLabel || !plain) {
      return base::fail(base::concat("'", base::printable(label),
                                     "' is no label of a DNS name; it has 1 to 63 letters, digits, "
                                     "hyphens or underscores"));
    }
  }
  return {};
}

std::vector<std::uint8_t> dns_query(const DnsCheck& check, std::uint16_t id) {
  base::ByteWriter out;
  out.u16(id).u16(kRecursionDesired).u16(1).u16(0).u16(0).u16(1);
  const std::string name = lower(check.name);
  if (!name.empty()) {
    for (const std::string_view label : base::split(name, '.')) {
      out.u8(static_cast<std::uint8_t>(label.size())).bytes(base::as_bytes(label));
    }
  }
  out.u8(0).u16(static_cast<std::uint16_t>(check.type)).u16(kInternet);
  out.u8(0).u16(kOpt).u16(kUdpRoom).u32(0).u16(0);  // EDNS (RFC 6891, section 6.1.2)
  return out.take();
}

std::optional<Finding> judge_dns(const DnsCheck& check, std::uint16_t id, base::Bytes message) {
  MessageReader reader(message);
  base::ByteReader& in = reader.in();
  const std::uint16_t their_id = in.u16();
  const std::uint16_t flags = in.u16();
  const std::uint16_t questions = in.u16();
  const std::uint16_t records = in.u16();
  in.skip(4);  // of the other sections
  if (!in.ok() || their_id != id || (flags & kIsAnswer) == 0 || (flags & kOpcode) != 0) {
    return std::nullopt;
  }
  const unsigned code = flags & kCode;
  // A server that could make nothing of the question need not repeat it.
  if (questions == 0 && code != 0) return refused(code_name(code));
  const std::string name = reader.name();
  const std::uint16_t type = in.u16();
  const std::uint16_t network = in.u16();
  if (!reader.ok() || questions != 1 || name != lower(check.name) ||
      type != static_cast<std::uint16_t>(check.type) || network != kInternet) {
    return std::nullopt;
  }
  if (code != 0) return refused(code_name(code));
  Answers answers;
  if (!read_answers(reader, check, records, answers)) {
    return malformed("an answer that is not well-formed");
  }
  return judge_answers(check, answers, (flags & kTruncated) != 0);
}

std::unique_ptr<Dialogue> make_dialogue(const DnsCheck& check, std::uint16_t id) {
  return std::make_unique<DnsDialogue>(check, id);
}

std::unique_ptr<Inquiry> make_inquiry(const DnsCheck& check, std::uint16_t id) {
  return std::make_unique<DnsInquiry>(check, id);
}

}  // namespace hapair::check
