// Responses of the DNS put together by hand, right and wrong ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/text.hpp"
#include "common/net/dns_message.hpp"

namespace hapair::net::test {

inline constexpr std::uint16_t kCname = 5;
inline constexpr std::uint16_t kSoa = 6;

inline std::vector<std::uint8_t> name_bytes(std::string_view name) {
  base::ByteWriter writer;
  for (const std::string_view label : base::split(name, '.')) {
    if (label.empty()) continue;
    writer.u8(static_cast<std::uint8_t>(label.size())).bytes(base::as_bytes(label));
  }
  return writer.u8(0).take();
}

/// A response to one question.
class DnsResponse {
 public:
  DnsResponse(std::string_view name, DnsType type, std::uint16_t rcode = 0)
      : flags_(static_cast<std::uint16_t>(0x8180 | rcode)) {
    question_.bytes(name_bytes(name)).u16(static_cast<std::uint16_t>(type)).u16(1);
  }

  DnsResponse& flags(std::uint16_t flags) {
    flags_ = flags;
    return *this;
  }
  DnsResponse& questions(std::uint16_t count) {
    questions_ = count;
    return *this;
  }
  DnsResponse& record(std::string_view owner, std::uint16_t type, std::uint32_t ttl,
                      base::Bytes data) {
    ++answers_;
    put(records_, owner, type, ttl, data);
    return *this;
  }
  DnsResponse& address(std::string_view owner, std::string_view address, std::uint32_t ttl) {
    const auto ip = base::IpAddress::parse(address).value();
    const DnsType type = ip.is_v4() ? DnsType::kA : DnsType::kAaaa;
    return record(owner, static_cast<std::uint16_t>(type), ttl, ip.bytes());
  }
  DnsResponse& alias(std::string_view owner, std::string_view target, std::uint32_t ttl) {
    return record(owner, kCname, ttl, name_bytes(target));
  }
  DnsResponse& service(std::string_view owner, std::uint16_t priority, std::uint16_t weight,
                       std::uint16_t port, std::string_view host, std::uint32_t ttl) {
    base::ByteWriter data;
    data.u16(priority).u16(weight).u16(port).bytes(name_bytes(host));
    return record(owner, static_cast<std::uint16_t>(DnsType::kSrv), ttl, data.view());
  }
  DnsResponse& soa(std::string_view zone, std::uint32_t ttl, std::uint32_t minimum) {
    base::ByteWriter data;
    data.bytes(name_bytes("ns")).bytes(name_bytes("admin")).zeros(16).u32(minimum);
    ++authorities_;
    put(authority_, zone, kSoa, ttl, data.view());
    return *this;
  }

  [[nodiscard]] std::vector<std::uint8_t> bytes(std::uint16_t id = 0x1234) const {
    base::ByteWriter out;
    out.u16(id).u16(flags_).u16(questions_).u16(answers_).u16(authorities_).u16(0);
    return out.bytes(question_.view()).bytes(records_.view()).bytes(authority_.view()).take();
  }

 private:
  static void put(base::ByteWriter& to, std::string_view owner, std::uint16_t type,
                  std::uint32_t ttl, base::Bytes data) {
    to.bytes(name_bytes(owner)).u16(type).u16(1).u32(ttl);
    to.u16(static_cast<std::uint16_t>(data.size())).bytes(data);
  }

  std::uint16_t flags_;
  std::uint16_t questions_ = 1;
  std::uint16_t answers_ = 0;
  std::uint16_t authorities_ = 0;
  base::ByteWriter question_;
  base::ByteWriter records_;
  base::ByteWriter authority_;
};

}  // namespace hapair::net::test
