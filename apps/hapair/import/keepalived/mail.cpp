// `alerts`: the mail that keepalived sends where smtp_alert is on.
#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/stages.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::array<std::string_view, 5> kMailWords{"notification_email",
                                                     "notification_email_from", "smtp_server",
                                                     "smtp_connect_timeout", "smtp_helo_name"};
constexpr std::size_t kMaxRecipients = 16;

class Mail {
 public:
  explicit Mail(Work& work) : work_(work) {}

  void run() {
    const Statement* const to = work_.global("notification_email");
    const Statement* const from = work_.global("notification_email_from");
    const Statement* const server = work_.global("smtp_server");
    if (!is_wanted() || to == nullptr || from == nullptr || to->block.empty()) return leave_out();
    std::vector<std::string> about;
    if (vrrp_) about.emplace_back("vips");
    if (servers_) about.insert(about.end(), {"servers", "backends"});
    JsonTree& out = work_.config()["alerts"]["mail"];
    out["relay"] = relay(server);
    out["from"] = from->word(1);
    write_recipients(out, *to);
    out["about"] = JsonTree::list();
    for (const std::string& each : about) out["about"].add(each);
    if (const Statement* const timeout = work_.global("smtp_connect_timeout")) {
      constexpr std::int64_t kLongest = 60'000'000;
      const auto time = microseconds_of(timeout->word(1));
      if (time && *time >= 100'000) out["timeout"] = duration_text(std::min(*time, kLongest));
    }
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) carry_of(node, out);
  }

 private:
  /// smtp_alert anywhere that is not switched off.
  bool is_wanted() {
    const auto is_on = [](const Statement& line) {
      return truth_of(line.word(1), true).value_or(true);
    };
    for (const NodeInput& node : work_.nodes) {
      for (const Statement& block : node.root.block) {
        for (const Statement& line : block.block) {
          if (line.name() == "smtp_alert" && is_on(line)) {
            if (block.name() != "virtual_server") vrrp_ = true;
            if (block.name() == "virtual_server" || block.name() == "global_defs") servers_ = true;
          }
          if (line.name() == "smtp_alert_vrrp" && is_on(line)) vrrp_ = true;
          if (line.name() == "smtp_alert_checker" && is_on(line)) servers_ = true;
        }
      }
      // keepalived mails about real servers wherever there are recipients.
      if (!node.root.all("virtual_server").empty()) servers_ = true;
    }
    return vrrp_ || servers_;
  }

  std::string relay(const Statement* server) {
    if (server == nullptr || server->word(1).empty()) return "127.0.0.1:25";
    const std::string host(server->word(1));
    const auto port = whole_number(server->word(2).empty() ? "25" : server->word(2), 1, 65535);
    const bool v6 = host.contains(':') && base::IpAddress::parse(host);
    if (!port) {
      work_.account().wrong(server->at, "smtp_server takes an address and a port", "port 25");
    }
    return v6 ? concat('[', host, "]:", port.value_or(25)) : concat(host, ":", port.value_or(25));
  }

  void write_recipients(JsonTree& out, const Statement& to) {
    JsonTree& list = out["to"];
    list = JsonTree::list();
    for (const Statement& line : to.block) {
      for (const Word& word : line.words) {
        if (list.items().size() == kMaxRecipients) {
          work_.account().not_supported(
              line.at, concat("hapair mails up to ", kMaxRecipients, "; use a list address"));
          continue;
        }
        list.add(word.text);
      }
    }
  }

  void leave_out() {
    for (std::size_t node = 0; node < work_.nodes.size(); ++node) {
      for (const std::string_view word : kMailWords) {
        const Statement* const line = work_.global(node, word);
        if (line == nullptr) continue;
        work_.account().not_needed(
            line->at,
            vrrp_ || servers_
                ? "mail needs notification_email and notification_email_from as well, and so none "
                  "is sent; see `alerts`"
                : "nothing asks for mail (smtp_alert is nowhere); `alerts` has mail, webhooks and "
                  "commands");
        work_.settle(*line);
      }
      for (const Statement& block : work_.nodes[node].root.block) {
        for (const Statement& line : block.block) {
          if (line.name().starts_with("smtp_alert")) {
            work_.account().not_needed(line.at,
                                       "nobody is named who would get the mail, or it is "
                                       "switched off; see `alerts`");
          }
        }
      }
    }
  }

  void carry_of(std::size_t node, JsonTree& out) {
    for (const std::string_view word : kMailWords) {
      if (const Statement* const line = work_.global(node, word)) work_.carry_all(out, *line);
    }
  }

  Work& work_;
  bool vrrp_ = false;
  bool servers_ = false;
};

}  // namespace

void write_mail(Work& work) { Mail(work).run(); }

}  // namespace hapair::importing::keepalived
