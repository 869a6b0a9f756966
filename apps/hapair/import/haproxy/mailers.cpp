// Mails about servers: `mailers` sections and `email-alert`.
#include <string>
#include <utility>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/translation.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

/// The relay of a section; empty where it has none.
std::string relay_of(Translation& all, const Section& section) {
  std::string relay;
  for (const Line& line : section.lines) {
    if (line.keyword() != "mailer") continue;
    const auto address = parse_address(line.word(2));
    if (!address || address->host.empty()) continue;
    if (!relay.empty()) {
      all.report.changed(line.at, "one relay takes the mails; they wait while it is away");
      continue;
    }
    relay = host_and_port(*address, address->port == 0 ? 25 : address->port);
    all.report.kept(line.at);
  }
  return relay;
}

}  // namespace

void translate_mailers(Translation& all) {
  for (const Section& section : all.model.file.sections) {
    if (section.kind != Kind::kMailers) continue;
    all.report.kept(section.head.at);
    (void)relay_of(all, section);
  }
}

void translate_alerts(Translation& all, const Proxy& proxy) {
  const Line* const mailers = proxy.setting({"email-alert", "mailers"});
  if (mailers == nullptr) return;
  const Section* const section = all.model.file.find(Kind::kMailers, mailers->word(2));
  const Line* const from = all.keep(proxy, {"email-alert", "from"});
  const Line* const to = all.keep(proxy, {"email-alert", "to"});
  if (section == nullptr || from == nullptr || to == nullptr) {
    return all.report.wrong(
        mailers->at, "alerts need a mailers section, `email-alert from` and `email-alert to`",
        "nobody is told");
  }
  const std::string relay = relay_of(all, *section);
  if (relay.empty()) return;
  all.report.changed(mailers->at,
                     concat("alert ", config_name(section->name),
                            " tells of all servers and backends, in one mail a minute at most"));
  (void)all.change(proxy, {"email-alert", "level"}, "changes of servers and backends are told");
  JsonTree alert;
  alert["relay"] = relay;
  alert["from"] = from->word(2);
  JsonTree receivers = JsonTree::list();
  for (const auto each : base::split(to->word(2), ',')) {
    if (!base::trim(each).empty()) receivers.add(base::trim(each));
  }
  alert["to"] = std::move(receivers);
  alert["about"] = JsonTree::list();
  alert["about"].add("servers");
  alert["about"].add("backends");
  for (const Line& line : section->lines) {
    if (!line.starts_with({"timeout", "mail"})) continue;
    const auto time = all.time_of(&line, 2, 100'000, 60'000'000);
    if (time && *time != 10'000'000) alert["timeout"] = duration_text(*time);
  }
  all.config()["alerts"][config_name(section->name)] = std::move(alert);
}

}  // namespace hapair::importing::haproxy
