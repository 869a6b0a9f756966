#include "apps/hapair/config/sections_alerts.hpp"

#include <chrono>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_services.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kRecipients{1, 16};
constexpr CountRule kWords{1, 32};

void describe_mail(Shape& shape, AlertDraft& draft) {
  Alert& alert = draft.as;
  shape.text({"relay", "The mail server that takes mail for us: a name or address, and a port."},
             rules::kServerAddress, draft.relay);
  shape.text({"from", "The sender of the mail."}, rules::kMailAddress, alert.from);
  shape.texts({"to", "The recipients of the mail."}, kRecipients, rules::kMailAddress, draft.to);
  shape.text({"subject", "What the subjects of mail begin with."}, rules::kMailSubject,
             alert.subject);
  using enum MailSecurity;
  shape.choice({"tls",
                "How the relay is spoken to: in plain text, under TLS after STARTTLS (port 587 or "
                "25), or under TLS from the first byte on (port 465)."},
               {"none", "starttls", "implicit"}, {kNone, kStartTls, kImplicit}, alert.security);
  shape.text({"login", "Who logs in to the relay; nobody by default."}, rules::kAccountName,
             alert.login);
  shape.text({"password_file", "A file with the password, readable by root only, on every node."},
             rules::kAbsolutePath, draft.password_file);
}

void describe_command(Shape& shape, AlertDraft& draft) {
  draft.command.path = join_path(shape.path(), "command");
  shape.texts({"command",
               "The program and its arguments, behind which come what has changed, its name, the "
               "state before, the state now and the reason."},
              kWords, rules::kScriptWord, draft.command.words);
  shape.text({"user", "Who the command runs as."}, rules::kAccount, draft.user);
  shape.number({"parallel", "So many run at once; those of one subject never do."},
               NumberRule{1, 16, ""}, draft.as.parallel);
  shape.number({"per_minute", "So many begin within any minute; more wait."},
               NumberRule{1, 6000, ""}, draft.as.per_minute);
}

}  // namespace

void describe_alert(Shape& shape, AlertDraft& draft) {
  Alert& alert = draft.as;
  shape.one_of({{"webhook", {}}, {"relay", {"from", "to"}}, {"command", {}}});
  shape.text({"webhook", "Where changes are sent to by POST, as JSON: an http or https URL."},
             rules::kUrl, draft.url);
  describe_mail(shape, draft);
  describe_command(shape, draft);
  shape.texts({"about",
               "What is told: changes of \"servers\", \"backends\", \"targets\", \"vips\"; all of "
               "them by default."},
              CountRule{1, 4}, rules::kAlertAbout, draft.about);
  shape.flag({"verify",
              "A receiver under TLS must show a certificate that is signed by one of ca, and for "
              "its name."},
             draft.verify);
  shape.text({"ca", "Whose signature counts: certificates (PEM); the system's by default."},
             rules::kAbsolutePath, draft.ca);
  shape.text({"resolver", "One of resolvers, for the receiver's name; \"default\" as for servers."},
             rules::kName, draft.resolver);
  shape.duration(
      {"timeout",
       "For one attempt to deliver one message, from name to answer; for a run of a command."},
      DurationRule{100ms, 1min}, alert.timeout);
  shape.number({"tries", "Attempts for one message; then what it tells is lost."},
               NumberRule{1, 20, ""}, alert.tries);
  shape.duration({"retry", "Before the second attempt; doubles with each, up to 5m."},
                 DurationRule{100ms, 5min}, alert.retry);
  shape.duration({"group",
                  "Between two messages: what changes meanwhile comes in one. None by default for "
                  "webhooks, 1m for mail."},
                 DurationRule{0s, 1h}, draft.group);
  shape.number({"queue", "So many changes wait; the oldest make room."}, NumberRule{1, 10000, ""},
               alert.queue);
}

}  // namespace hapair::config
