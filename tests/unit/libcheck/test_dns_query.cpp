#include "libcheck/core/dns_query.hpp"
#include "talk.hpp"
#include "tests/fuzz/dns_answer_body.hpp"
#include "tests/fuzz/replay.hpp"

using namespace hapair;
using namespace hapair::check;

namespace {

constexpr std::uint16_t kId = 0x1234;
const DnsCheck kWww{.name = "www.Example.", .type = DnsType::kA};

std::string name(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('.'), text.size());
    out += static_cast<char>(end);
    out += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + '\0';
}

struct Message {
  std::uint16_t id = kId;
  std::uint16_t flags = 0x8180;
  std::uint16_t questions = 1;
  std::uint16_t answers = 0;
  std::string body = name("www.example") + bytes("\0\1\0\1");

  Message& answer(std::string_view data, char type = 1, std::string_view owner = "\xc0\x0c",
                  char network = 1) {
    body.append(owner).append({'\0', type, '\0', network, 0, 0, 0, 9, '\0'});
    body += static_cast<char>(data.size());
    body.append(data);
    ++answers;
    return *this;
  }

  [[nodiscard]] std::vector<std::uint8_t> wire() const {
    base::ByteWriter out;
    out.u16(id).u16(flags).u16(questions).u16(answers).u32(0).bytes(base::as_bytes(body));
    return out.view();
  }
};

std::string judged(const Message& message, const DnsCheck& check = kWww) {
  const auto finding = judge_dns(check, kId, message.wire());
  if (!finding) return "another";
  return std::string(short_name(finding->code)) + ": " + finding->info;
}

}  // namespace

TEST_CASE("dns: the question: id, recursion desired, name, type, room for longer answers") {
  const auto query = dns_query(kWww, kId);
  CHECK(base::as_text(query) == bytes("\x12\x34\1\0\0\1\0\0\0\0\0\1") + name("www.example") +
                                    bytes("\0\1\0\1\0\0\x29\4\xd0\0\0\0\0\0\0"));
  CHECK(dns_query(DnsCheck{}, 1)[12] == 0);  // the root
}

TEST_CASE("dns: an answer of the type is enough; a chain of aliases before it is passed over") {
  CHECK(judged(Message().answer(bytes("\xc0\0\2\1"), 1)) == "L7OK: 192.0.2.1");
  CHECK(judged(Message().answer(name("other"), 5).answer(bytes("\xc0\0\2\2"))) ==
        "L7OK: 192.0.2.2");
  CHECK(judged(Message()) == "L7STS: no A record of www.Example.");
  CHECK(judged(Message().answer(name("other"), 5)) == "L7STS: no A record of www.Example.");
  CHECK(judged(Message().answer(bytes("\xc0\0\2\1"), 1, "\xc0\x0c", 3)) ==
        "L7STS: no A record of www.Example.");
}

TEST_CASE("dns: the expected address must be among the answers") {
  DnsCheck check = kWww;
  check.expect = base::IpAddress::parse("192.0.2.7").value();
  CHECK(judged(Message().answer(bytes("\xc0\0\2\1")).answer(bytes("\xc0\0\2\7")), check) ==
        "L7OK: 192.0.2.7");
  CHECK(judged(Message().answer(bytes("\xc0\0\2\1")), check) ==
        "L7STS: no 192.0.2.7 among 1 A record of www.Example.");
  Message cut = Message().answer(bytes("\xc0\0\2\1"));
  cut.flags |= 0x0200;
  CHECK(judged(cut, check) ==
        "L7STS: no 192.0.2.7 among 1 A record of www.Example. (the answer is truncated: ask over "
        "TCP)");
}

TEST_CASE("dns: other types: IPv6 addresses, and those whose data are not looked at") {
  Message six;
  six.body = name("www.example") + bytes("\0\x1c\0\1");
  six.answer(bytes("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 28);
  CHECK(judged(six, {.name = "www.example", .type = DnsType::kAaaa}) == "L7OK: 2001:db8::1");
  Message root;
  root.body = bytes("\0\0\2\0\1");
  root.answer("x", 2);
  CHECK(judged(root, DnsCheck{}) == "L7OK: 1 NS record of .");
}

TEST_CASE("dns: a server's refusal is named") {
  Message refusal;
  for (const auto& [code, text] : {std::pair{1, "FORMERR"},
                                   {2, "SERVFAIL"},
                                   {3, "NXDOMAIN"},
                                   {5, "REFUSED"},
                                   {9, "response code 9"}}) {
    refusal.flags = static_cast<std::uint16_t>(0x8180 | code);
    CHECK(judged(refusal) == std::string("L7STS: ") + text);
  }
  refusal.questions = 0;
  refusal.body.clear();
  CHECK(judged(refusal) == "L7STS: response code 9");
}

TEST_CASE("dns: what answers another question is passed over") {
  Message message;
  message.answer(bytes("\xc0\0\2\1"));
  Message other = message;
  other.id = 7;
  CHECK(judged(other) == "another");
  other = message;
  other.flags = 0x0180;
  CHECK(judged(other) == "another");
  other = message;
  other.flags |= 0x2800;
  CHECK(judged(other) == "another");
  CHECK(judged(message, {.name = "www2.example", .type = DnsType::kA}) == "another");
  CHECK(judged(message, {.name = "www.example", .type = DnsType::kMx}) == "another");
  other = message;
  other.questions = 2;
  CHECK(judged(other) == "another");
  CHECK_FALSE(judge_dns(kWww, kId, base::as_bytes("short")));
}

TEST_CASE("dns: hostile names end: pointers forward, to themselves, in circles, names too long") {
  const std::string a = bytes("\xc0\0\2\1");
  const std::string bad = "L7RSP: an answer that is not well-formed";
  CHECK(judged(Message().answer(a, 1, "\xc0\xff")) == bad);
  CHECK(judged(Message().answer(a, 1, "\xc0\x1d")) == bad);       // to itself
  CHECK(judged(Message().answer(a, 1, "\x01x\xc0\x1d")) == bad);  // in a circle
  CHECK(judged(Message().answer(a, 1, "\x80")) == bad);
  std::string endless;
  for (int i = 0; i < 5; ++i) endless += std::string("\x3f") + std::string(63, 'x');
  CHECK(judged(Message().answer(a, 1, endless + '\0')) == bad);
  CHECK(judged(Message().answer(bytes("\x01\x02"), 1)) == bad);  // no address
  Message claims;
  claims.answers = 9;
  CHECK(judged(claims) == bad);
}

TEST_CASE("dns: over UDP others' answers are passed over, and counted in the reason") {
  const auto inquiry = make_inquiry(kWww, kId);
  CHECK(inquiry->request() == base::as_text(dns_query(kWww, kId)));
  CHECK(inquiry->on_silence().info == "no answer in time");
  CHECK_FALSE(inquiry->judge(base::as_bytes("junk")));
  CHECK(inquiry->on_silence().code == CheckCode::kL7Timeout);
  CHECK(inquiry->on_silence().info == "no answer in time, but 1 to something else");
  const auto good = Message().answer(bytes("\xc0\0\2\1")).wire();
  CHECK(inquiry->judge(good)->code == CheckCode::kL7Ok);
}

TEST_CASE("dns: over TCP a message has its length before it") {
  const auto make = [] { return make_dialogue(kWww, kId); };
  Talk talk(make());
  const auto query = dns_query(kWww, kId);
  CHECK(talk.sent == bytes("\0\x28") + std::string(base::as_text(query)));
  const auto wire = Message().answer(bytes("\xc0\0\2\1")).wire();
  const std::string framed =
      std::string{'\0', static_cast<char>(wire.size())}.append(base::as_text(wire));
  CHECK(outcome_of(make, framed) == "L7OK: 192.0.2.1");
  CHECK(outcome_of(make, bytes("\0\4junk")) == "L7RSP: an answer to another question");
  CHECK(outcome_of(make, "\xff\xff") == "L7RSP: an answer of an impossible length");
  CHECK(outcome_of(make, framed.substr(0, 20)) == "L7RSP: closed within the answer");
}

TEST_CASE("dns: names that can't be asked for") {
  CHECK(check_dns_name("."));
  CHECK(check_dns_name("_sip._tcp.example.org."));
  CHECK(check_dns_name(std::string(63, 'x')));
  CHECK_FALSE(check_dns_name(""));
  CHECK_FALSE(check_dns_name("a..b"));
  CHECK_FALSE(check_dns_name("a b"));
  CHECK_FALSE(check_dns_name(std::string(64, 'x')));
  std::string lengthy = "x";
  while (lengthy.size() <= 253) lengthy += ".x";
  CHECK_FALSE(check_dns_name(lengthy));
}

TEST_CASE("dns: every type has its name") {
  for (const auto& [type, text] : {std::pair{DnsType::kA, "A"},
                                   {DnsType::kNs, "NS"},
                                   {DnsType::kCname, "CNAME"},
                                   {DnsType::kSoa, "SOA"},
                                   {DnsType::kPtr, "PTR"},
                                   {DnsType::kMx, "MX"},
                                   {DnsType::kTxt, "TXT"},
                                   {DnsType::kAaaa, "AAAA"},
                                   {DnsType::kSrv, "SRV"}}) {
    CHECK(to_string(type) == text);
  }
}

TEST_CASE("the corpus of DNS answers keeps its invariants") {
  CHECK(fuzz::replay_corpus(HAPAIR_TEST_ROOT "/fuzz/corpus/dns_answer", fuzz::fuzz_dns_answer) >=
        10);
}
