#include "apps/hapair/import/haproxy/server_group.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "apps/hapair/import/haproxy/addresses.hpp"
#include "apps/hapair/import/haproxy/bind_tls.hpp"
#include "apps/hapair/import/haproxy/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::int64_t kMillisecond = 1000;
constexpr std::int64_t kHour = 3'600'000'000;
constexpr std::int64_t kInterval = 2'000'000;  ///< of checks, in both

/// What one server says and others don't is said of the backend.
void say_for_all(Translation& all, const ReadWord& word, std::string_view name) {
  all.report.changed(word.at, concat("`", name, "`", word.value.empty() ? "" : " ", word.value,
                                     " counts for all servers of the backend, also for those that "
                                     "do not say it"));
}

/// Servers that don't say it have the same, or another word has told of them.
bool goes_without_saying(std::string_view name, std::string_view value) {
  static constexpr std::array<std::string_view, 7> kTold = {
      "agent-addr", "agent-inter", "agent-send", "ca-file", "crt", "error-limit", "on-error"};
  if (std::ranges::find(kTold, name) != kTold.end()) return true;
  return (name == "rise" && value == "2") || (name == "fall" && value == "3") ||
         (name == "inter" && parse_time(value) == kInterval) ||
         (name == "on-marked-down" && value == "none");
}

/// A time that servers say, in microseconds, between 10 ms and `highest`.
std::optional<std::int64_t> common_time(Translation& all, const std::vector<ServerLine>& servers,
                                        std::string_view name, std::int64_t lowest,
                                        std::int64_t highest) {
  const ReadWord* const word = common_word(all, servers, name);
  if (word == nullptr) return std::nullopt;
  const auto time = parse_time(word->value);
  if (!time) {
    all.report.wrong(
        word->at, concat("\"", base::printable(word->value, 40), "\" is no time for `", name, "`"),
        "the default counts");
    return std::nullopt;
  }
  if (*time < lowest || *time > highest) {
    all.report.changed(word->at,
                       *time < lowest
                           ? concat("`", name, "`: ", duration_text(lowest), " is the shortest")
                           : concat("`", name, "`: ", duration_text(highest), " is the longest"));
  }
  return std::clamp(*time, lowest, highest);
}

void set_number(Translation& all, const std::vector<ServerLine>& servers, std::string_view name,
                std::uint64_t highest, std::uint64_t standard, JsonTree& out) {
  const ReadWord* const word = common_word(all, servers, name);
  if (word == nullptr) return;
  const auto number = base::parse_unsigned(word->value);
  if (!number || *number == 0) {
    return all.report.wrong(word->at, concat("`", name, "` needs a number from 1 on"),
                            "the default counts");
  }
  if (*number > highest) {
    all.report.changed(word->at, concat("`", name, "`: ", highest, " is the most"));
  }
  if (*number != standard) out[name] = std::min(*number, highest);
}

void write_times(Translation& all, const Proxy& proxy, const std::vector<ServerLine>& servers,
                 JsonTree& check) {
  const auto inter = common_time(all, servers, "inter", 10 * kMillisecond, kHour);
  const std::int64_t interval = inter.value_or(kInterval);
  if (inter && *inter != kInterval) check["interval"] = duration_text(*inter);
  if (const auto fast = common_time(all, servers, "fastinter", 10 * kMillisecond, interval); fast) {
    check["fast_interval"] = duration_text(*fast);
  }
  if (const auto down = common_time(all, servers, "downinter", 10 * kMillisecond, kHour); down) {
    check["down_interval"] = duration_text(*down);
  }
  const Line* const limit = proxy.setting({"timeout", "check"});
  const auto timeout = all.time_of(limit, 2, 10 * kMillisecond, kHour);
  if (timeout && *timeout < interval) check["timeout"] = duration_text(*timeout);
  if (timeout && *timeout > interval) {
    all.report.changed(limit->at, concat("a check never takes longer than the time to the next "
                                         "one, ",
                                         duration_text(interval), " in ", proxy.backend));
  }
  set_number(all, servers, "rise", 100, 2, check);
  set_number(all, servers, "fall", 100, 3, check);
}

/// `port` and `addr`: of the backend where all servers say the same.
void write_where(Translation& all, const Proxy& proxy, const std::vector<ServerLine>& servers,
                 JsonTree& check) {
  for (const auto& [word, key] :
       {std::pair<std::string_view, std::string_view>{"port", "port"}, {"addr", "address"}}) {
    const auto value = [&](const ServerLine& each) { return each.words.value(word); };
    const std::string first = value(servers.front());
    const bool same =
        std::ranges::all_of(servers, [&](const ServerLine& each) { return value(each) == first; });
    for (const ServerLine& each : servers) {
      const std::string text = value(each);
      if (text.empty() || (same && &each != &servers.front())) continue;
      JsonTree& out = same ? check : all.backend(proxy)["servers"][each.name]["check"];
      const auto port = base::parse_unsigned(text);
      const auto ip = parse_ip(text);
      if (key == "port" && port && *port > 0 && *port <= 65535) {
        out[key] = *port;
      } else if (key == "address" && ip) {
        out[key] = ip->to_string();
      } else {
        all.report.wrong(each.words.find(word)->at,
                         concat("\"", base::printable(text, 60), "\" is no ", key, " to check"),
                         "the server's own is checked");
      }
    }
  }
}

/// Under what the checks go: TLS and PROXY headers are those of the traffic only where the same
/// port is checked.
void write_wrapping(Translation& all, const std::vector<ServerLine>& servers, JsonTree& check) {
  const ServerWords& words = servers.front().words;
  const bool elsewhere = words.has("port") || words.has("addr") || check.contains("port");
  const bool proxied = words.has("send-proxy") || words.has("send-proxy-v2") ||
                       words.has("send-proxy-v2-ssl") || words.has("send-proxy-v2-ssl-cn");
  if (proxied && (elsewhere || words.has("no-check-send-proxy")) &&
      !words.has("check-send-proxy")) {
    check["send_proxy"] = "off";
  }
  if (!proxied && words.has("check-send-proxy")) check["send_proxy"] = "v1";
  const bool under_tls = words.has("ssl");
  if (under_tls && (elsewhere || words.has("no-check-ssl")) && !words.has("check-ssl") &&
      !check.contains("tls")) {
    check["tls"] = false;
  }
  if (!under_tls && words.has("check-ssl") && !check.contains("tls")) {
    const bool verify =
        words.has("verify") ? words.value("verify") != "none" : all.tls.verify_servers;
    if (verify) {
      check["tls"] = true;
      if (const std::string ca = words.value("ca-file"); !ca.empty() && !ca.starts_with('@')) {
        check["tls"] = JsonTree();
        check["tls"]["ca"] = in_folder(all.tls.ca_base, ca);
      }
    } else {
      check["tls"]["verify"] = false;
    }
  }
  const bool has_tls = (under_tls || words.has("check-ssl")) &&
                       (check.find("tls") == nullptr || check.find("tls")->boolean() == nullptr ||
                        *check.find("tls")->boolean());
  if (has_tls && words.has("check-sni")) check["tls"]["name"] = words.value("check-sni");
  if (has_tls && words.has("check-alpn")) {
    check["tls"]["alpn"] = protocol_list(words.value("check-alpn"));
  }
  const std::string protocol = words.value("check-proto");
  if (protocol == "h2" && *check["type"].text() == "http") check["protocol"] = "h2";
}

/// Checks are those of the first server: what the others say of theirs, or do not say.
void tell_other_wrapping(Translation& all, const std::vector<ServerLine>& servers) {
  for (const std::string_view name :
       {"check-ssl", "no-check-ssl", "check-send-proxy", "no-check-send-proxy", "check-sni",
        "check-alpn", "check-proto"}) {
    const ReadWord* const first = servers.front().words.find(name);
    bool missing = false;
    for (const ServerLine& each : servers) {
      const ReadWord* const word = each.words.find(name);
      missing = missing || word == nullptr;
      if (word == nullptr || (first != nullptr && word->value == first->value)) continue;
      all.report.changed(word->at, concat("`", name,
                                          "`: checks of a backend are those of its first server, "
                                          "which says otherwise"));
    }
    if (first != nullptr && missing) say_for_all(all, *first, name);
  }
}

void write_agent(Translation& all, const Proxy& proxy, const std::vector<ServerLine>& servers) {
  const auto asked = std::ranges::find_if(
      servers, [](const ServerLine& each) { return each.words.has("agent-check"); });
  if (asked == servers.end()) return;
  const ReadWord* const port = common_word(all, servers, "agent-port");
  const auto number = port == nullptr ? std::nullopt : base::parse_unsigned(port->value);
  if (!number || *number == 0 || *number > 65535) {
    return all.report.undecided(asked->line->at, "`agent-check` stands there without `agent-port`",
                                "write `agent.port` of the backend");
  }
  JsonTree agent;
  agent["port"] = *number;
  if (const ReadWord* const where = common_word(all, servers, "agent-addr"); where != nullptr) {
    agent["address"] = where->value;
  }
  if (const auto inter = common_time(all, servers, "agent-inter", 10 * kMillisecond, kHour);
      inter && *inter != kInterval) {
    agent["interval"] = duration_text(*inter);
  }
  if (const ReadWord* const send = common_word(all, servers, "agent-send"); send != nullptr) {
    agent["send"] = send->value;
  }
  all.backend(proxy)["agent"] = std::move(agent);
}

}  // namespace

const ReadWord* common_word(Translation& all, const std::vector<ServerLine>& servers,
                            std::string_view name) {
  const ReadWord* first = nullptr;
  bool missing = false;
  for (const ServerLine& each : servers) {
    const ReadWord* const word = each.words.find(name);
    missing = missing || word == nullptr;
    if (word == nullptr) continue;
    if (first == nullptr) first = word;
    if (word->value != first->value) {
      all.report.changed(word->at, concat("`", name, "` is the same for all servers of a backend: ",
                                          first->value, ", as the first one says"));
    }
  }
  if (first != nullptr && missing && !goes_without_saying(name, first->value)) {
    say_for_all(all, *first, name);
  }
  return first;
}

void write_server_checks(Translation& all, const Proxy& proxy,
                         const std::vector<ServerLine>& servers) {
  std::vector<ServerLine> checked;
  for (const ServerLine& each : servers) {
    if (each.words.has("check") && !each.words.has("track")) checked.push_back(each);
  }
  translate_check(all, proxy, !checked.empty());
  write_agent(all, proxy, servers);
  if (checked.empty()) return;
  for (const ServerLine& each : servers) {
    if (!each.words.has("check") && !each.words.has("track")) {
      all.report.changed(each.line->at, "it is checked as all servers of its backend are");
    }
  }
  JsonTree& check = all.backend(proxy)["check"];
  write_where(all, proxy, checked, check);
  write_wrapping(all, checked, check);
  tell_other_wrapping(all, checked);
  write_times(all, proxy, checked, check);
}

void write_server_policies(Translation& all, const Proxy& proxy,
                           const std::vector<ServerLine>& servers) {
  JsonTree& tree = all.backend(proxy);
  if (const auto time = common_time(all, servers, "slowstart", 0, kHour); time && *time > 0) {
    tree["slow_start"] = duration_text(*time);
  }
  const ReadWord* const observe = common_word(all, servers, "observe");
  if (observe != nullptr && tree.contains("check")) {
    tree["observe"] = observe->value;
    set_number(all, servers, "error-limit", 1000, 10, tree);
    if (JsonTree* const limit = tree.find("error-limit"); limit != nullptr) {
      tree["error_limit"] = *limit->number();
      tree.remove("error-limit");
    }
    if (const ReadWord* const error = common_word(all, servers, "on-error"); error != nullptr) {
      tree["on_error"] = error->value;
    }
  }
  if (const ReadWord* const down = common_word(all, servers, "on-marked-down");
      down != nullptr && down->value == "shutdown-sessions") {
    tree["on_marked_down"] = "close_sessions";
  }
  std::uint64_t queue = 0;
  bool limited = false;
  for (const ServerLine& each : servers) {
    queue += base::parse_unsigned(each.words.value("maxqueue")).value_or(0);
    limited = limited || each.words.has("maxconn");
  }
  if (queue > 0) {
    tree["max_queue"] = std::min<std::uint64_t>(queue, 1'000'000);
  } else if (limited) {
    // Queues have no end in HAProxy but the number of clients.
    const JsonTree* const process = all.config().find("process");
    const JsonTree* const most = process == nullptr ? nullptr : process->find("max_connections");
    const std::int64_t clients = most == nullptr ? 4000 : *most->number();
    if (clients > 1024) tree["max_queue"] = clients;
  }
}

}  // namespace hapair::importing::haproxy
