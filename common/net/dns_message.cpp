#include "common/net/dns_message.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/dns_name.hpp"
#include "common/base/text.hpp"

namespace hapair::net {
namespace {

constexpr std::uint16_t kInternet = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeSoa = 6;
constexpr std::uint16_t kFlagResponse = 0x8000;
constexpr std::uint16_t kFlagTruncated = 0x0200;
constexpr std::uint16_t kRcodeMask = 0x000f;
constexpr std::uint16_t kNoError = 0;
constexpr std::uint16_t kNameError = 3;
/// More aliases than anybody makes in earnest; beyond them there may be a ring.
constexpr unsigned kMaxAliases = 16;

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::chrono::seconds ttl{0};
  std::size_t data = 0;  ///< where its data begin in the message
  std::size_t length = 0;
};

/// Reads a message from front to back; once something is wrong it stays so.
class Reader {
 public:
  explicit Reader(base::Bytes message) : message_(message), in_(message) {}

  [[nodiscard]] base::ByteReader& in() { return in_; }
  [[nodiscard]] bool ok() const { return ok_ && in_.ok(); }
  [[nodiscard]] std::size_t at() const { return message_.size() - in_.left(); }
  /// Only while ok().
  void go_to(std::size_t at) { in_ = base::ByteReader(message_.subspan(at)); }

  /// In lower case, with dots between labels and none behind.
  std::string name() {
    std::string text;
    base::DnsLabels labels(message_, at());
    for (auto label = labels.next(); !label.empty(); label = labels.next()) {
      // Names of hosts and services have none of these; what has is no name to us.
      const bool plain = std::ranges::all_of(
          label, [](std::uint8_t byte) { return byte > ' ' && byte <= '~' && byte != '.'; });
      if (!plain) return fail();
      if (!text.empty()) text += '.';
      text += base::ascii_lowered(base::as_text(label));
    }
    if (!ok() || !labels.ok()) return fail();
    go_to(labels.behind());
    return text;
  }

  Record record() {
    Record record;
    record.owner = name();
    record.type = in_.u16();
    const std::uint16_t of_class = in_.u16();
    const std::uint32_t ttl = in_.u32();
    record.length = in_.u16();
    record.data = at();
    in_.skip(record.length);
    if (of_class != kInternet) record.type = 0;
    // RFC 2181, section 8: the highest bit set means 0.
    record.ttl = std::chrono::seconds((ttl & 0x80000000U) == 0 ? ttl : 0);
    return record;
  }

 private:
  std::string fail() {
    ok_ = false;
    return {};
  }

  base::Bytes message_;
  base::ByteReader in_;
  bool ok_ = true;
};

std::unexpected<base::Error> malformed() {
  return base::fail("the response is malformed, or answers another question");
}

/// RFC 2308, section 5: for how long there being nothing holds.
std::chrono::seconds negative_ttl(Reader& reader, const Record& soa) {
  reader.go_to(soa.data);
  (void)reader.name();
  (void)reader.name();
  reader.in().skip(4 * 4);  // serial, refresh, retry, expire
  const std::chrono::seconds minimum(reader.in().u32() & 0x7fffffffU);
  return std::min(minimum, soa.ttl);
}

/// Adds what the record says; false: that is malformed.
bool add_data(Reader& reader, const Record& record, DnsAnswer& answer) {
  reader.go_to(record.data);
  if (record.type != static_cast<std::uint16_t>(DnsType::kSrv)) {
    const std::size_t wanted = record.type == static_cast<std::uint16_t>(DnsType::kA) ? 4 : 16;
    if (record.length != wanted) return false;
    answer.addresses.push_back(base::IpAddress::from_bytes(reader.in().take(wanted)).value());
    return true;
  }
  DnsService service;
  service.priority = reader.in().u16();
  service.weight = reader.in().u16();
  service.port = reader.in().u16();
  service.host = reader.name();
  if (!reader.ok() || reader.at() != record.data + record.length) return false;
  answer.services.push_back(std::move(service));
  return true;
}

/// What the records of the answer section say to the question.
base::Result<DnsAnswer> gather(Reader& reader, const std::vector<Record>& records, std::string name,
                               std::uint16_t type) {
  DnsAnswer answer;
  answer.ttl = std::chrono::seconds::max();
  for (unsigned aliases = 0;; ++aliases) {
    for (const Record& record : records) {
      if (record.type != type || record.owner != name) continue;
      if (!add_data(reader, record, answer)) return malformed();
      answer.ttl = std::min(answer.ttl, record.ttl);
    }
    if (!answer.addresses.empty() || !answer.services.empty()) return answer;
    const auto alias = std::ranges::find_if(records, [&](const Record& record) {
      return record.type == kTypeCname && record.owner == name;
    });
    if (alias == records.end()) break;
    if (aliases == kMaxAliases) return base::fail("the name is an alias of too many others");
    reader.go_to(alias->data);
    name = reader.name();
    if (!reader.ok()) return malformed();
    answer.ttl = std::min(answer.ttl, alias->ttl);
  }
  answer.kind = DnsAnswer::Kind::kNoData;
  answer.ttl = std::chrono::seconds(0);
  return answer;
}

std::string refusal(unsigned rcode) {
  constexpr std::array<std::string_view, 6> kNames = {"no error", "FORMERR", "SERVFAIL",
                                                      "NXDOMAIN", "NOTIMP",  "REFUSED"};
  if (rcode < kNames.size()) return base::concat("the nameserver says ", kNames[rcode]);
  return base::concat("the nameserver says it failed (code ", rcode, ")");
}

}  // namespace

std::string_view to_string(DnsType type) {
  switch (type) {
    case DnsType::kA:
      return "A";
    case DnsType::kAaaa:
      return "AAAA";
    case DnsType::kSrv:
      return "SRV";
  }
  return {};
}

base::Result<DnsAnswer> decode_dns_answer(base::Bytes message, std::string_view name,
                                          DnsType type) {
  Reader reader(message);
  base::ByteReader& in = reader.in();
  in.skip(2);  // the id, which the transport has compared
  const std::uint16_t flags = in.u16();
  const std::uint16_t questions = in.u16();
  const std::uint16_t answers = in.u16();
  const std::uint16_t authorities = in.u16();
  in.skip(2);  // additional records are not looked at
  const std::string wanted = base::ascii_lowered(name);
  const auto wanted_type = static_cast<std::uint16_t>(type);
  if (questions != 1 || reader.name() != wanted || in.u16() != wanted_type ||
      in.u16() != kInternet || !reader.ok() || (flags & kFlagResponse) == 0) {
    return malformed();
  }
  if ((flags & kFlagTruncated) != 0) return base::fail("the response is cut off");
  const unsigned rcode = flags & kRcodeMask;
  if (rcode != kNoError && rcode != kNameError) return base::fail(refusal(rcode));

  std::vector<Record> records;
  for (unsigned i = 0; i < answers && reader.ok(); ++i) records.push_back(reader.record());
  std::optional<Record> soa;
  for (unsigned i = 0; i < authorities && reader.ok(); ++i) {
    Record record = reader.record();
    if (record.type == kTypeSoa && !soa) soa = std::move(record);
  }
  if (!reader.ok()) return malformed();
  auto answer = gather(reader, records, wanted, wanted_type);
  if (!answer || answer->kind == DnsAnswer::Kind::kData) return answer;
  if (rcode == kNameError) answer->kind = DnsAnswer::Kind::kNoName;
  if (soa) answer->ttl = negative_ttl(reader, *soa);
  if (!reader.ok()) return malformed();
  return answer;
}

}  // namespace hapair::net
