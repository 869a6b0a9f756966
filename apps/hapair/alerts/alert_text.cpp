#include "apps/hapair/alerts/alert_text.hpp"

#include <array>
#include <chrono>
#include <string_view>

#include <nlohmann/json.hpp>

#include "common/base/text.hpp"

namespace hapair::alerts {
namespace {

using Json = nlohmann::ordered_json;
using base::concat;

constexpr std::size_t kMaxText = 512;     // bytes of a sentence in a mail; a line has 998
constexpr std::size_t kMaxSubject = 160;  // bytes of a subject

std::string two_digits(unsigned number) { return concat(number < 10 ? "0" : "", number); }

std::string summary_of(const std::vector<Alert>& alerts) {
  const Alert& newest = alerts.back();
  const std::string last = concat(newest.subject, " is ", newest.to);
  if (alerts.size() == 1) return last;
  return concat(alerts.size(), " changes, last: ", last);
}

}  // namespace

std::string sentence_of(const Alert& alert) {
  if (alert.to.empty()) return concat(alert.subject, ": ", alert.cause);
  std::string text = concat(alert.subject, " is ", alert.to);
  if (!alert.from.empty()) text += concat(" (was ", alert.from, ")");
  if (!alert.cause.empty()) text += concat(": ", alert.cause);
  return text;
}

std::string webhook_body(const Sender& sender, const std::vector<Alert>& alerts, std::uint64_t lost,
                         base::WallTime now) {
  Json events = Json::array();
  std::string text;
  for (const Alert& alert : alerts) {
    text += concat(text.empty() ? "" : "\n", "[", sender.node, "] ", sentence_of(alert));
    events.push_back({{"number", alert.number},
                      {"time", base::format_wall_time(alert.wall)},
                      {"id", alert.id},
                      {"subject", alert.subject},
                      {"from", alert.from},
                      {"to", alert.to},
                      {"cause", alert.cause}});
  }
  const Json body = {{"node", sender.node},        {"cluster", sender.cluster},
                     {"version", sender.version},  {"time", base::format_wall_time(now)},
                     {"text", std::move(text)},    {"lost", lost},
                     {"events", std::move(events)}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string mail_date(base::WallTime time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return concat(kDays[std::chrono::weekday(day).c_encoding()], ", ", unsigned{date.day()}, " ",
                kMonths[unsigned{date.month()} - 1], " ", int{date.year()}, " ",
                two_digits(static_cast<unsigned>(clock.hours().count())), ":",
                two_digits(static_cast<unsigned>(clock.minutes().count())), ":",
                two_digits(static_cast<unsigned>(clock.seconds().count())), " +0000");
}

std::string mail_text(const Sender& sender, const MailEnvelope& envelope,
                      const std::vector<Alert>& alerts, std::uint64_t lost, base::WallTime now) {
  std::string recipients;
  for (const std::string& each : envelope.to) {
    recipients += concat(recipients.empty() ? "" : ",\r\n ", each);
  }
  // What comes from elsewhere may hold anything; in a header a line break would be a hole.
  std::string text =
      concat("From: ", envelope.from, "\r\nTo: ", recipients, "\r\nSubject: ",
             base::printable(concat(envelope.subject, " ", sender.node, ": ", summary_of(alerts)),
                             kMaxSubject),
             "\r\nDate: ", mail_date(now), "\r\nMessage-ID: <", alerts.front().number, ".",
             now.time_since_epoch().count(), "@", sender.node,
             ".hapair>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
  for (const Alert& alert : alerts) {
    text += concat(base::format_wall_time(alert.wall), " ",
                   base::printable(sentence_of(alert), kMaxText), "\r\n");
  }
  if (lost > 0) {
    text += concat("\r\n", lost,
                   " changes in all could not be told since this node has started: `hapair events` "
                   "has them.\r\n");
  }
  return text + concat("\r\n-- \r\nhapair ", sender.version, ", node ", sender.node, " of cluster ",
                       sender.cluster, "\r\n");
}

}  // namespace hapair::alerts
