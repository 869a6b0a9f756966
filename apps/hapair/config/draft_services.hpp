// What the file says of checks that talk a service's protocol; a part of the draft (draft.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/model_checks.hpp"
#include "common/base/ip_address.hpp"
#include "libcheck/core/dns_query.hpp"

namespace hapair::config {

/// Which of several servers that hold the same data one must be.
enum class ServiceRole : std::uint8_t { kAny, kPrimary, kReplica };

/// One step of a script: exactly one of the texts is given.
struct StepDraft {
  std::string path;  ///< where it stands in the file
  std::optional<std::string> send;
  std::optional<std::string> send_hex;
  std::optional<std::string> expect;
  std::optional<std::string> expect_prefix;
  std::optional<std::string> expect_line;
  std::optional<std::string> expect_regex;
  std::optional<std::string> expect_hex;
  bool negated = false;
  std::string comment;

  [[nodiscard]] bool sends() const { return send || send_hex; }
};

struct AgentDraft {
  std::string path;  ///< where it stands in the file
  Agent agent;
  std::optional<base::Duration> timeout;
};

struct ServiceDraft {
  std::vector<StepDraft> steps;          // tcp, tls, udp
  bool silence_is_good = false;          // udp
  std::string hello_name = "localhost";  // smtp
  bool starttls = false;                 // smtp, postgresql
  std::string user;                      // mysql, postgresql, redis
  std::string password_file;             // mysql, redis, ldap
  std::string database;                  // mysql, postgresql
  ServiceRole role = ServiceRole::kAny;  // postgresql, redis
  std::string bind_dn;                   // ldap
  std::string query = ".";               // dns
  check::DnsType record = check::DnsType::kNs;
  std::optional<base::IpAddress> answer;
  bool over_tcp = false;
  std::string send;  // agent
};

}  // namespace hapair::config
