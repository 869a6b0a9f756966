#include "apps/hapair/import/keepalived/server_checks.hpp"

#include <algorithm>
#include <array>

#include "apps/hapair/import/keepalived/users.hpp"
#include "apps/hapair/import/keepalived/values.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

constexpr std::array<std::string_view, 9> kRecords{"A",   "AAAA", "CNAME", "MX", "NS",
                                                   "PTR", "SOA",  "SRV",   "TXT"};

}  // namespace

CheckPlan::CheckPlan(Work& work, const Statement& virtual_server,
                     const std::vector<const Statement*>& servers)
    : work_(work), virtual_server_(virtual_server) {
  for (const Statement* const server : servers) {
    if (first_ != nullptr) break;
    server_ = server;
    first_ = check_of(*server);
  }
  if (first_ == nullptr) return;
  check_ = made_of(*first_);
  plain_ = check_.to_text();
  work_.carry(check_, *first_);
}

const Statement* CheckPlan::check_of(const Statement& server) {
  for (const Statement& line : server.block) {
    if (std::ranges::find(kChecks, line.name()) != kChecks.end()) return &line;
  }
  return nullptr;
}

/// By one of its names: of the check, else of the real server, else of the virtual server.
const Statement* CheckPlan::setting(const Statement& check,
                                    std::initializer_list<std::string_view> names) const {
  for (const Statement* const level : {&check, server_, &virtual_server_}) {
    for (const std::string_view name : names) {
      const Statement* const found = level == nullptr ? nullptr : level->last(name);
      if (found != nullptr) return found;
    }
  }
  return nullptr;
}

std::int64_t CheckPlan::time_of(const Statement* line, std::int64_t usual, std::int64_t least,
                                std::int64_t most) {
  if (line == nullptr) return usual;
  const auto given = microseconds_of(line->word(1));
  if (!given) {
    work_.account().wrong(line->at, concat(line->name(), " is a number of seconds"),
                          duration_text(usual));
    return usual;
  }
  const std::int64_t out = std::clamp(*given, least, most);
  if (out != *given) work_.account().changed(line->at, concat("is ", duration_text(out)));
  return out;
}

JsonTree CheckPlan::made_of(const Statement& check) {
  JsonTree out;
  const std::string_view kind = check.name();
  if (kind == "TCP_CHECK") {
    out["type"] = "tcp";
  } else if (kind == "HTTP_GET" || kind == "SSL_GET") {
    read_http(check, out);
  } else if (kind == "SMTP_CHECK") {
    out["type"] = "smtp";
    if (const Statement* const name = check.last("helo_name")) out["hello_name"] = name->word(1);
  } else if (kind == "DNS_CHECK") {
    read_dns(check, out);
  } else if (kind == "MISC_CHECK") {
    read_script(check, out);
  } else if (kind == "PING_CHECK") {
    out["type"] = "icmp";
  } else {
    work_.account().not_supported(
        check.at, kind == "UDP_CHECK"
                      ? "a UDP_CHECK beside TCP: a backend's check of type udp has `steps`; the "
                        "import takes a TCP connection instead"
                      : "a FILE_CHECK takes a file's number for a weight; use an `agent`, or "
                        "`hapair server`. The import takes a TCP connection instead");
    work_.settle(check);
    out["type"] = "tcp";
  }
  read_times(check, out);
  return out;
}

void CheckPlan::read_times(const Statement& check, JsonTree& out) {
  constexpr std::int64_t kLeast = kSecond / 100;
  constexpr std::int64_t kMost = 3600 * kSecond;
  const bool http = check.name() == "HTTP_GET" || check.name() == "SSL_GET";
  const bool misc = check.name() == "MISC_CHECK";
  const std::int64_t interval =
      time_of(setting(check, {"delay_loop"}), 60 * kSecond, kLeast, kMost);
  const Statement* const limit = setting(check, {misc ? "misc_timeout" : "connect_timeout"});
  std::int64_t timeout = time_of(limit, misc ? interval : 5 * kSecond, kLeast, kMost);
  const std::int64_t pause = time_of(setting(check, {"delay_before_retry"}),
                                     http ? 3 * kSecond : kSecond, kLeast, interval);
  const Statement* const retry = setting(check, {"retry", "nb_get_retry"});
  std::int64_t retries = misc ? 0 : http ? 3 : 1;
  if (check.name() == "DNS_CHECK") retries = 3;
  if (retry != nullptr) {
    constexpr std::int64_t kMostRetries = 99;
    const auto given = whole_number(retry->word(1), 0, kMostRetries);
    if (!given) work_.account().wrong(retry->at, "retry is 0 to 99", concat(retries));
    retries = given.value_or(retries);
  }
  if (timeout > interval) {
    timeout = interval;
    if (limit != nullptr) {
      work_.account().changed(limit->at, "is the interval: a check ends before the next begins");
    }
  }
  out["interval"] = duration_text(interval);
  if (retries > 0 && pause < interval) out["fast_interval"] = duration_text(pause);
  out["timeout"] = duration_text(timeout);
  out["rise"] = 1;
  out["fall"] = retries + 1;
}

void CheckPlan::read_http(const Statement& check, JsonTree& out) {
  out["type"] = "http";
  if (check.name() == "SSL_GET") out["tls"]["verify"] = false;
  const auto urls = check.all("url");
  if (urls.empty()) {
    work_.account().wrong(check.at, "the check has no url", "the path \"/\"");
    return;
  }
  read_url(check, *urls.front(), out);
  for (std::size_t i = 1; i < urls.size(); ++i) {
    work_.account().not_supported(urls[i]->at,
                                  "a check asks for one path; let the server's health page look "
                                  "after the others");
    work_.settle(*urls[i]);
  }
}

void CheckPlan::read_url(const Statement& check, const Statement& url, JsonTree& out) {
  if (const Statement* const path = url.last("path")) {
    const std::string text(path->word(1));
    out["path"] = text.starts_with('/') ? text : "/" + text;
  }
  const Statement* host = url.last("virtualhost");
  if (host == nullptr) host = setting(check, {"virtualhost"});
  if (host != nullptr) out["host"] = host->word(1);
  if (const Statement* const status = url.last("status_code")) {
    read_status(*status, out);
  } else {
    out["expect_status"] = "200-299";
  }
  if (const Statement* const expression = url.last("regex")) {
    out["expect_body"]["regex"] = expression->word(1);
    if (url.last("regex_no_match") != nullptr) out["expect_body"]["not"] = true;
  }
}

/// "200 204 300-399" and "200-299": as they are, with commas.
void CheckPlan::read_status(const Statement& line, JsonTree& out) {
  std::string text;
  for (std::size_t i = 1; i < line.words.size(); ++i) {
    text += concat(text.empty() ? "" : ",", line.word(i));
  }
  out["expect_status"] = text;
}

void CheckPlan::read_dns(const Statement& check, JsonTree& out) {
  out["type"] = "dns";
  const Statement* const type = check.last("type");
  std::string record = type == nullptr ? "SOA" : std::string(type->word(1));
  if (type != nullptr && std::ranges::find(kRecords, record) == kRecords.end()) {
    work_.account().changed(type->at,
                            "is SOA: hapair asks for A, AAAA, CNAME, MX, NS, PTR, SOA, "
                            "SRV and TXT");
    record = "SOA";
  }
  out["record"] = record;
  if (const Statement* const name = check.last("name")) out["query"] = name->word(1);
}

void CheckPlan::read_script(const Statement& check, JsonTree& out) {
  const Statement* const path = check.last("misc_path");
  if (path == nullptr || path->words.size() < 2) {
    work_.account().undecided(check.at, "MISC_CHECK without misc_path", "name the script");
    out["type"] = "tcp";
    return;
  }
  std::vector<std::string> words;
  for (std::size_t i = 1; i < path->words.size(); ++i) words.push_back(path->words[i].text);
  out["type"] = "script";
  JsonTree& command = out["command"];
  command = JsonTree::list();
  for (const std::string& word : command_words(base::join(words, " "))) command.add(word);
  out["user"] = user_of(work_, 0, check.last("user"));
  work_.account().changed(path->at,
                          "the script gets three more arguments: server, address, port; it is the "
                          "same for all servers of the backend");
}

void CheckPlan::add_server(const Statement& server, JsonTree& out) {
  const Statement* const check = check_of(server);
  if (check == nullptr) {
    if (first_ != nullptr) {
      work_.account().changed(server.at, "has no check of its own; the backend's counts for it");
    }
    return;
  }
  if (const Statement* const port = check->last("connect_port")) {
    const auto number = whole_number(port->word(1), 1, 65535);
    if (!number) {
      work_.account().wrong(port->at, "connect_port is 1 to 65535", "the server's port");
    } else if (concat(*number) != server.word(2)) {
      out["check"]["port"] = *number;
    }
  }
  if (const Statement* const address = check->last("connect_ip")) {
    if (base::IpAddress::parse(address->word(1)) && address->word(1) != server.word(1)) {
      out["check"]["address"] = address->word(1);
    }
  }
  if (check == first_) return;
  server_ = &server;
  const JsonTree other = made_of(*check);
  if (other.to_text() != plain_) {
    work_.account().changed(
        check->at, concat("all servers of a backend have one check: that of line ", first_->at.line,
                          " counts for this one, too"));
  }
}

void CheckPlan::write(JsonTree& backend) {
  if (first_ != nullptr) backend["check"] = check_;
}

}  // namespace hapair::importing::keepalived
