#include "apps/hapair/config/services.hpp"

#include <utility>

#include "apps/hapair/config/http_checks.hpp"
#include "apps/hapair/config/rules_services.hpp"

namespace hapair::config {
namespace {

check::PayloadMatch match_of(const StepDraft& step) {
  using enum check::MatchHow;
  const auto match = [&](check::MatchHow how, std::string bytes) {
    return check::PayloadMatch{.how = how, .bytes = std::move(bytes), .negated = step.negated};
  };
  if (step.expect) return match(kContains, *step.expect);
  if (step.expect_prefix) return match(kPrefix, *step.expect_prefix);
  if (step.expect_line) return match(kLine, *step.expect_line);
  if (step.expect_regex) return match(kRegex, *step.expect_regex);
  return match(kContains, rules::bytes_of_hex(step.expect_hex.value_or(std::string())));
}

std::string sent_by(const StepDraft& step) {
  return step.send ? *step.send : rules::bytes_of_hex(step.send_hex.value_or(std::string()));
}

check::ScriptedCheck scripted(const ServiceDraft& service) {
  check::ScriptedCheck out;
  for (const StepDraft& step : service.steps) {
    out.steps.push_back({.sends = step.sends(),
                         .send = sent_by(step),
                         .expect = step.sends() ? check::PayloadMatch{} : match_of(step),
                         .comment = step.comment});
  }
  return out;
}

check::UdpCheck udp(const ServiceDraft& service) {
  check::UdpCheck out{.send = {}, .expect = {}, .silence_is_good = service.silence_is_good};
  for (const StepDraft& step : service.steps) {
    if (step.sends()) {
      out.send = sent_by(step);
    } else {
      out.expect = match_of(step);
    }
  }
  return out;
}

check::PostgresqlRole postgresql_role(ServiceRole role) {
  switch (role) {
    case ServiceRole::kAny:
      return check::PostgresqlRole::kAny;
    case ServiceRole::kPrimary:
      return check::PostgresqlRole::kPrimary;
    case ServiceRole::kReplica:
      return check::PostgresqlRole::kStandby;
  }
  return check::PostgresqlRole::kAny;
}

check::RedisRole redis_role(ServiceRole role) {
  switch (role) {
    case ServiceRole::kAny:
      return check::RedisRole::kAny;
    case ServiceRole::kPrimary:
      return check::RedisRole::kMaster;
    case ServiceRole::kReplica:
      return check::RedisRole::kReplica;
  }
  return check::RedisRole::kAny;
}

}  // namespace

std::optional<check::CheckKind> build_service(const CheckDraft& draft,
                                              const FilePasswords& passwords) {
  const ServiceDraft& service = draft.service;
  const auto found = passwords.find(service.password_file);
  const std::string password = found == passwords.end() ? std::string() : found->second;
  switch (draft.check.type) {
    case CheckType::kTcp:
    case CheckType::kTls:
      if (service.steps.empty()) return std::nullopt;
      return scripted(service);
    case CheckType::kHttp:
      return build_http_check(draft.http);
    case CheckType::kIcmp:
      return std::nullopt;
    case CheckType::kGrpc:
      return build_grpc_check(draft.http);
    case CheckType::kSmtp:
      return check::SmtpCheck{.hello_name = service.hello_name, .starttls = service.starttls};
    case CheckType::kMysql:
      return check::MysqlCheck{
          .user = service.user, .password = password, .database = service.database};
    case CheckType::kPostgresql:
      return check::PostgresqlCheck{.user = service.user,
                                    .database = service.database,
                                    .role = postgresql_role(service.role),
                                    .starttls = service.starttls};
    case CheckType::kRedis:
      return check::RedisCheck{
          .user = service.user, .password = password, .role = redis_role(service.role)};
    case CheckType::kLdap:
      return check::LdapCheck{.bind_dn = service.bind_dn, .password = password};
    case CheckType::kDns:
      return check::DnsCheck{.name = service.query,
                             .type = service.record,
                             .expect = service.answer,
                             .over_tcp = service.over_tcp};
    case CheckType::kUdp:
      return udp(service);
    case CheckType::kAgent:
      return check::AgentCheck{.send = service.send};
    case CheckType::kScript:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hapair::config
