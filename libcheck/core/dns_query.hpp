// One DNS question and the judgement of what comes back (RFC 1035): the same id and question, no
// error, at least one answer of the type that was asked for, and the expected address among them.
// Pure and total: names are followed through their pointers only backwards and only so far.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "libcheck/core/dialogue.hpp"
#include "libcheck/core/inquiry.hpp"

namespace hapair::check {

/// The values are the wire's.
enum class DnsType : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
};

/// "A", "AAAA", ...
[[nodiscard]] std::string_view to_string(DnsType type);

struct DnsCheck {
  std::string name = ".";  ///< as check_dns_name() has it
  DnsType type = DnsType::kNs;
  std::optional<base::IpAddress> expect{};  ///< must be among the answers (A and AAAA)
  bool over_tcp = false;

  auto operator<=>(const DnsCheck&) const = default;
};

/// Labels of 1 to 63 bytes with dots between, up to 253 bytes; "." is the root.
[[nodiscard]] base::Result<void> check_dns_name(std::string_view name);

/// The message to send, recursion desired, with room for answers of 1232 bytes over UDP.
[[nodiscard]] std::vector<std::uint8_t> dns_query(const DnsCheck& check, std::uint16_t id);

/// nullopt: this answers something else (another id or question, or no answer at all), so the
/// right one may still come.
[[nodiscard]] std::optional<Finding> judge_dns(const DnsCheck& check, std::uint16_t id,
                                               base::Bytes message);

/// The same over UDP: others' answers are passed over.
[[nodiscard]] std::unique_ptr<Inquiry> make_inquiry(const DnsCheck& check, std::uint16_t id);

/// And over TCP, where messages have their length before them (RFC 7766), and what answers
/// something else is no answer.
[[nodiscard]] std::unique_ptr<Dialogue> make_dialogue(const DnsCheck& check, std::uint16_t id);

}  // namespace hapair::check
