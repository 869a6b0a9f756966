// Cross checks of who is told of changes; see validate.hpp.
#include <initializer_list>
#include <string>
#include <string_view>

#include "apps/hapair/config/cross_check.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

/// Keys of one kind of receiver that another one has no use for.
void check_kind(const CrossCheck& check, const AlertDraft& alert) {
  const bool webhook = check.positions.given(alert.path + ".webhook");
  const bool mail = check.positions.given(alert.path + ".relay");
  const bool command = check.positions.given(alert.path + ".command");
  if (webhook + mail + command != 1) return;  // that is a fault of its own
  const auto refuse = [&](std::initializer_list<std::string_view> keys, std::string_view why) {
    for (const std::string_view key : keys) {
      const std::string path = concat(alert.path, ".", key);
      if (check.positions.given(path)) check.fault(path, concat(why, "; remove it"));
    }
  };
  if (!mail) {
    refuse({"subject", "tls", "login", "password_file"}, "is of mail by a relay");
  }
  if (!command) refuse({"user", "parallel", "per_minute"}, "is of a command");
  if (command) {
    refuse({"verify", "ca", "resolver", "tries", "retry", "group"},
           "has no meaning for a command, which is run once for each change");
  }
}

void check_tls(const CrossCheck& check, const AlertDraft& alert) {
  if (!alert.under_tls()) {
    for (std::string_view key : {".ca", ".verify"}) {
      if (!alert.command.words.empty() || !check.positions.given(concat(alert.path, key))) continue;
      check.fault(concat(alert.path, key),
                  alert.relay.empty()
                      ? "only an https webhook has a certificate; remove it"
                      : "a relay shows a certificate only under TLS; set \"tls\", or remove it");
    }
    return;
  }
  check_ca(check, alert.path, alert.verify, alert.ca);
  if (!alert.verify) {
    check.notice(
        alert.path + ".verify",
        concat("is false: whoever answers at the ", alert.relay.empty() ? "webhook" : "relay",
               "'s address is told", alert.as.login.empty() ? "" : ", and gets the password"));
  }
}

void check_login(const CrossCheck& check, const AlertDraft& alert) {
  if (alert.relay.empty()) return;
  const bool password = !alert.password_file.empty();
  if (!alert.as.login.empty() && !password && !check.faults.names(alert.path + ".password_file")) {
    fault_alone(check, alert.path + ".login", "password_file");
  }
  if (alert.as.login.empty() && password && !check.faults.names(alert.path + ".login")) {
    fault_alone(check, alert.path + ".password_file", "login");
  }
  if (!alert.as.login.empty() && !alert.under_tls()) {
    check.fault(alert.path + ".login",
                "the password would cross the network in plain text; set \"tls\" to \"starttls\" "
                "or \"implicit\"");
  }
}

}  // namespace

void check_alerts(const CrossCheck& check) {
  for (const AlertDraft& alert : check.draft.alerts) {
    check_resolver_name(check, alert.path + ".resolver", alert.resolver);
    check_kind(check, alert);
    check_tls(check, alert);
    check_login(check, alert);
  }
}

}  // namespace hapair::config
