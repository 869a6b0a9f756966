#include "apps/hapair/config/sections_alerts.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kRecipients{1, 16};

}  // namespace

void describe_alert(Shape& shape, AlertDraft& draft) {
  Alert& alert = draft.as;
  shape.one_of({{"webhook", {}}, {"relay", {"from", "to"}}});
  shape.text({"webhook", "Where changes are sent to by POST, as JSON: an http or https URL."},
             rules::kUrl, draft.url);
  shape.text({"relay", "The mail server that takes mail for us: a name or address, and a port."},
             rules::kServerAddress, draft.relay);
  shape.text({"from", "The sender of the mail."}, rules::kMailAddress, alert.from);
  shape.texts({"to", "The recipients of the mail."}, kRecipients, rules::kMailAddress, draft.to);
  shape.text({"subject", "What the subjects of mail begin with."}, rules::kMailSubject,
             alert.subject);
  shape.texts({"about",
               "What is told: changes of \"servers\", \"backends\", \"targets\", \"vips\"; all of "
               "them by default."},
              CountRule{1, 4}, rules::kAlertAbout, draft.about);
  shape.flag({"verify",
              "An https receiver must show a certificate that is signed by one of ca, and for its "
              "name."},
             draft.verify);
  shape.text({"ca", "Whose signature counts: certificates (PEM); the system's by default."},
             rules::kAbsolutePath, draft.ca);
  shape.text({"resolver", "One of resolvers, for the receiver's name; \"default\" as for servers."},
             rules::kName, draft.resolver);
  shape.duration({"timeout", "For one attempt to deliver one message, from name to answer."},
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
