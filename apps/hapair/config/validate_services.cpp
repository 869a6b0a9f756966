// Cross checks of the checks that talk a service's protocol; see validate.hpp.
#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

constexpr std::size_t kMaxEchoes = 192;  ///< the guardian's limit, without the file's targets

void check_steps(const CrossCheck& check, const CheckDraft& draft) {
  const bool by_datagram = draft.check.type == CheckType::kUdp;
  int sends = 0;
  int expectations = 0;
  for (const StepDraft& step : draft.service.steps) {
    ++(step.sends() ? sends : expectations);
    if (step.sends() && step.negated) {
      check.fault(step.path + ".not", "has no meaning for what is sent; remove it");
    }
    if (by_datagram && (sends > 1 || expectations > 1 || (step.sends() && expectations > 0))) {
      check.fault(step.path,
                  "one more than a datagram to send and an expectation after it; remove it");
    }
  }
}

/// Keys that need one another.
void check_account(const CrossCheck& check, const CheckDraft& draft) {
  const ServiceDraft& service = draft.service;
  const bool has_password = !service.password_file.empty();
  const auto needs = [&](std::string_view key, std::string_view other) {
    fault_alone(check, concat(draft.path, ".", key), other);
  };
  if (service.starttls && !draft.uses_tls()) needs("starttls", "tls");
  const CheckType type = draft.check.type;
  if (type == CheckType::kPostgresql && service.user.empty() &&
      !check.faults.names(draft.path + ".user")) {
    check.fault(draft.path, "a check of type \"postgresql\" needs a user to ask for; add \"user\"");
  }
  if (type == CheckType::kMysql && service.user.empty()) {
    if (has_password) needs("password_file", "user");
    if (!service.database.empty()) needs("database", "user");
  }
  if (type == CheckType::kRedis && !service.user.empty() && !has_password) {
    needs("user", "password_file");
  }
  if (type == CheckType::kLdap && service.bind_dn.empty() && has_password) {
    needs("password_file", "bind_dn");
  }
  // A bind with a name and no password succeeds whoever that is (RFC 4513, section 5.1.2).
  if (type == CheckType::kLdap && !service.bind_dn.empty() && !has_password) {
    needs("bind_dn", "password_file");
  }
}

void check_dns(const CrossCheck& check, const CheckDraft& draft) {
  const ServiceDraft& service = draft.service;
  if (!service.answer) return;
  const auto fitting = service.answer->is_v4() ? check::DnsType::kA : check::DnsType::kAaaa;
  if (service.record == fitting) return;
  check.fault(draft.path + ".answer",
              concat(service.answer->to_string(), " is in no record of type ",
                     check::to_string(service.record), "; set \"record\" to \"",
                     check::to_string(fitting), "\", or remove this"));
}

/// What goes by datagram has neither TLS nor a connection to say anything about, an echo no port.
void check_datagrams(const CrossCheck& check, const CheckDraft& draft) {
  if (!draft.by_datagram()) return;
  const bool echo = draft.check.type == CheckType::kIcmp;
  for (const std::string_view key : {"tls", "send_proxy", "port"}) {
    const std::string path = concat(draft.path, ".", key);
    if (!check.positions.given(path) || (key == "port" && !echo)) continue;
    check.fault(path, concat("has no meaning over ", echo ? "ICMP" : "UDP", "; remove it"));
  }
}

/// Each has a socket that the guardian opens.
void check_echoes(const CrossCheck& check) {
  std::size_t echoes = 0;
  for (const BackendDraft& backend : check.draft.backends) {
    if (!backend.check || backend.check->check.type != CheckType::kIcmp) continue;
    echoes += backend.servers.size();
    if (echoes <= kMaxEchoes) continue;
    check.fault(backend.check->path + ".type",
                concat("more than ", kMaxEchoes, " servers are checked by ICMP; use another type"));
    return;
  }
}

void check_agent(const CrossCheck& check, const AgentDraft& draft) {
  check_timeout(check, draft.path + ".timeout", draft.timeout, draft.agent.interval, "questions");
}

}  // namespace

void check_services(const CrossCheck& check) {
  check_echoes(check);
  for (const BackendDraft& backend : check.draft.backends) {
    if (backend.agent) check_agent(check, *backend.agent);
    if (!backend.check) continue;
    check_steps(check, *backend.check);
    check_account(check, *backend.check);
    check_dns(check, *backend.check);
    check_datagrams(check, *backend.check);
  }
}

}  // namespace hapair::config
