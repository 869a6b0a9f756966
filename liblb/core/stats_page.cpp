#include "liblb/core/stats_page.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
p { margin: .2rem 0 1rem; }
div { overflow-x: auto; margin-bottom: 1.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 1.1rem; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid #8886; padding: .15rem .5rem; text-align: right; white-space: nowrap; }
th { background: #8882; font-weight: 600; text-align: center; }
tbody th, td.text { text-align: left; }
tr.total { background: #8881; }
td.up { background: #2a72; }
td.going { background: #fb02; }
td.down { background: #e332; font-weight: 600; }
td.off { color: #888; }
)";

void append_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

/// "3d 4h", "2h 5m", "7m 1s", "9s".
void append_age(std::string& out, std::uint64_t seconds) {
  struct Unit {
    std::uint64_t seconds;
    char letter;
  };
  static constexpr std::array<Unit, 4> kUnits{{{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  std::size_t unit = 0;
  while (unit + 1 < kUnits.size() && seconds < kUnits[unit].seconds) ++unit;
  base::append(out, seconds / kUnits[unit].seconds);
  out += kUnits[unit].letter;
  if (unit + 1 == kUnits.size()) return;
  out += ' ';
  base::append(out, seconds % kUnits[unit].seconds / kUnits[unit + 1].seconds);
  out += kUnits[unit + 1].letter;
}

template <auto kMember>
void number(std::string& out, const StatsRow& row) {
  if (row.*kMember) base::append(out, *(row.*kMember));
}

template <auto kMember>
void age(std::string& out, const StatsRow& row) {
  if (row.*kMember) append_age(out, *(row.*kMember));
}

template <std::size_t kClass>
void answers(std::string& out, const StatsRow& row) {
  if (row.hrsp[kClass]) base::append(out, *row.hrsp[kClass]);
}

void last_session(std::string& out, const StatsRow& row) {
  if (row.lastsess && *row.lastsess >= 0)
    append_age(out, static_cast<std::uint64_t>(*row.lastsess));
}

struct PageColumn {
  std::string_view title;
  std::string_view meaning;
  void (*append)(std::string& out, const StatsRow& row);
};

struct Group {
  std::string_view title;
  std::span<const PageColumn> columns;
};

constexpr std::array<PageColumn, 3> kRate{
    {{"now", "new sessions a second", number<&StatsRow::rate>},
     {"max", "highest", number<&StatsRow::rate_max>},
     {"req/s", "HTTP requests a second", number<&StatsRow::req_rate>}}};
constexpr std::array<PageColumn, 7> kSessions{
    {{"now", "sessions now", number<&StatsRow::scur>},
     {"max", "highest", number<&StatsRow::smax>},
     {"limit", "limit", number<&StatsRow::slim>},
     {"held", "times that a limit made clients wait", number<&StatsRow::accept_pauses>},
     {"total", "sessions ever", number<&StatsRow::stot>},
     {"requests", "HTTP requests ever", number<&StatsRow::req_tot>},
     {"last", "time since the last session", last_session}}};
constexpr std::array<PageColumn, 2> kBytes{{{"in", "from clients", number<&StatsRow::bin>},
                                            {"out", "to clients", number<&StatsRow::bout>}}};
constexpr std::array<PageColumn, 6> kResponses{{{"1xx", "interim", answers<0>},
                                                {"2xx", "success", answers<1>},
                                                {"3xx", "redirection", answers<2>},
                                                {"4xx", "client error", answers<3>},
                                                {"5xx", "server error", answers<4>},
                                                {"other", "no response", answers<5>}}};
constexpr std::array<PageColumn, 8> kErrors{
    {{"req", "faulty requests", number<&StatsRow::ereq>},
     {"conn", "failed connections to servers", number<&StatsRow::econ>},
     {"resp", "faulty responses", number<&StatsRow::eresp>},
     {"own", "for want of something on this node", number<&StatsRow::eint>},
     {"retry", "retries", number<&StatsRow::wretr>},
     {"redisp", "requests sent to another server", number<&StatsRow::wredis>},
     {"client", "transfers the client gave up", number<&StatsRow::cli_abrt>},
     {"server", "transfers the server gave up", number<&StatsRow::srv_abrt>}}};
constexpr std::array<PageColumn, 3> kTimes{
    {{"connect", "mean time to connect, ms", number<&StatsRow::ctime>},
     {"response", "mean time to the response head, ms", number<&StatsRow::rtime>},
     {"total", "mean time of a session, ms", number<&StatsRow::ttime>}}};
constexpr std::array<PageColumn, 6> kHealth{
    {{"weight", "share of the load", number<&StatsRow::weight>},
     {"active", "usable servers", number<&StatsRow::act>},
     {"failed", "failed checks", number<&StatsRow::chkfail>},
     {"downs", "times it went down", number<&StatsRow::chkdown>},
     {"since", "time since the last change", age<&StatsRow::lastchg>},
     {"downtime", "time down in all", age<&StatsRow::downtime>}}};

constexpr std::array<Group, 7> kGroups{{{"Sessions/s", kRate},
                                        {"Sessions", kSessions},
                                        {"Bytes", kBytes},
                                        {"Responses", kResponses},
                                        {"Errors and retries", kErrors},
                                        {"Times, ms", kTimes},
                                        {"Health", kHealth}}};

/// The class of a status cell; the text says the same, so colour carries nothing alone.
std::string_view status_class(std::string_view status) {
  const bool changing = status.find('/') != std::string_view::npos;
  if (status.starts_with("UP")) return changing ? "going" : "up";
  if (status.starts_with("DOWN")) return changing ? "going" : "down";
  if (status == "OPEN") return "up";
  if (status == "FULL") return "going";
  return "off";
}

void append_check(std::string& out, const StatsRow& row) {
  append_html(out, row.check_status);
  if (row.check_code) out += base::concat("/", *row.check_code);
  if (row.check_duration) out += base::concat(" in ", *row.check_duration, " ms");
  if (row.last_chk.empty()) return;
  if (!row.check_status.empty()) out += ": ";
  append_html(out, row.last_chk);
}

void append_row(std::string& out, const StatsRow& row) {
  const bool total = row.type == StatsRowType::kFrontend || row.type == StatsRowType::kBackend;
  out += total ? "<tr class=\"total\"><th scope=\"row\">" : "<tr><th scope=\"row\">";
  append_html(out, row.svname);
  out += "</th><td class=\"text\">";
  append_html(out, row.addr);
  out += "</td><td class=\"text ";
  out += status_class(row.status);
  out += "\">";
  append_html(out, row.status);
  out += "</td><td class=\"text\">";
  append_check(out, row);
  out += "</td>";
  for (const Group& group : kGroups) {
    for (const PageColumn& column : group.columns) {
      out += "<td>";
      column.append(out, row);
      out += "</td>";
    }
  }
  out += "</tr>\n";
}

void append_table_head(std::string& out, const StatsRow& first) {
  out += "<div><table>\n<caption>";
  append_html(out, first.pxname);
  out += " <small>";
  append_html(out, first.mode);
  out += "</small></caption>\n<thead>\n<tr>";
  for (const std::string_view title : {"Name", "Address", "Status", "Last check"}) {
    out += base::concat("<th scope=\"col\" rowspan=\"2\">", title, "</th>");
  }
  for (const Group& group : kGroups) {
    out += base::concat("<th scope=\"colgroup\" colspan=\"", group.columns.size(), "\">",
                        group.title, "</th>");
  }
  out += "</tr>\n<tr>";
  for (const Group& group : kGroups) {
    for (const PageColumn& column : group.columns) {
      out +=
          base::concat("<th scope=\"col\" title=\"", column.meaning, "\">", column.title, "</th>");
    }
  }
  out += "</tr>\n</thead>\n<tbody>\n";
}

void append_title(std::string& out, const StatsSnapshot& snapshot) {
  out += "hapair ";
  append_html(out, snapshot.node);
  if (snapshot.role.empty()) return;
  out += " (";
  append_html(out, snapshot.role);
  out += ')';
}

}  // namespace

std::string render_stats_page(const StatsSnapshot& snapshot, const std::string& csv_uri) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";
  append_title(out, snapshot);
  out += "</title>\n<style>";
  out += kStyle;
  out += "</style>\n</head>\n<body>\n<h1>";
  append_title(out, snapshot);
  out += "</h1>\n<p>Version ";
  append_html(out, snapshot.version);
  out += ", up ";
  append_age(out, static_cast<std::uint64_t>(
                      std::chrono::floor<std::chrono::seconds>(snapshot.uptime).count()));
  out += ", taken at " + base::format_wall_time(snapshot.taken);
  if (!csv_uri.empty()) {
    out += ". <a href=\"";
    append_html(out, csv_uri);
    out += "\">As CSV</a>";
  }
  out += "</p>\n";
  const StatsRow* previous = nullptr;
  for (const StatsRow& row : snapshot.rows) {
    const bool new_proxy = previous == nullptr || previous->pxname != row.pxname;
    if (new_proxy && previous != nullptr) out += "</tbody>\n</table></div>\n";
    if (new_proxy) append_table_head(out, row);
    append_row(out, row);
    previous = &row;
  }
  if (previous != nullptr) out += "</tbody>\n</table></div>\n";
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace hapair::lb
