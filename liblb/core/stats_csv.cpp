#include "liblb/core/stats_csv.hpp"

#include <array>
#include <cstddef>
#include <string_view>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

void append_cell(std::string& out, const StatsNumber& number) {
  if (number) base::append(out, *number);
}

void append_cell(std::string& out, const std::optional<std::int64_t>& number) {
  if (number) base::append(out, *number);
}

/// RFC 4180, section 2: quoted when needed, quotes doubled.
void append_cell(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

template <auto kMember>
void member(std::string& out, const StatsRow& row) {
  append_cell(out, row.*kMember);
}

template <std::size_t kClass>
void responses(std::string& out, const StatsRow& row) {
  append_cell(out, row.hrsp[kClass]);
}

void row_type(std::string& out, const StatsRow& row) {
  base::append(out, static_cast<unsigned>(row.type));
}

/// HAProxy's number of the process among its own; there is one here.
void process(std::string& out, const StatsRow& /*row*/) { out += '1'; }

void nothing(std::string&, const StatsRow&) {}

struct Column {
  std::string_view name;
  void (*append)(std::string& out, const StatsRow& row);
};

// The order is HAProxy's, which collectors rely on by position; nothing() where there is no such
// thing here.
constexpr auto kColumns = std::to_array<Column>({
    {"pxname", member<&StatsRow::pxname>},
    {"svname", member<&StatsRow::svname>},
    {"qcur", member<&StatsRow::qcur>},
    {"qmax", member<&StatsRow::qmax>},
    {"scur", member<&StatsRow::scur>},
    {"smax", member<&StatsRow::smax>},
    {"slim", member<&StatsRow::slim>},
    {"stot", member<&StatsRow::stot>},
    {"bin", member<&StatsRow::bin>},
    {"bout", member<&StatsRow::bout>},
    {"dreq", member<&StatsRow::dreq>},
    {"dresp", member<&StatsRow::dresp>},
    {"ereq", member<&StatsRow::ereq>},
    {"econ", member<&StatsRow::econ>},
    {"eresp", member<&StatsRow::eresp>},
    {"wretr", member<&StatsRow::wretr>},
    {"wredis", member<&StatsRow::wredis>},
    {"status", member<&StatsRow::status>},
    {"weight", member<&StatsRow::weight>},
    {"act", member<&StatsRow::act>},
    {"bck", member<&StatsRow::bck>},
    {"chkfail", member<&StatsRow::chkfail>},
    {"chkdown", member<&StatsRow::chkdown>},
    {"lastchg", member<&StatsRow::lastchg>},
    {"downtime", member<&StatsRow::downtime>},
    {"qlimit", member<&StatsRow::qlimit>},
    {"pid", process},
    {"iid", member<&StatsRow::iid>},
    {"sid", member<&StatsRow::sid>},
    {"throttle", member<&StatsRow::throttle>},
    {"lbtot", member<&StatsRow::lbtot>},
    {"tracked", member<&StatsRow::tracked>},
    {"type", row_type},
    {"rate", member<&StatsRow::rate>},
    {"rate_lim", member<&StatsRow::rate_lim>},
    {"rate_max", member<&StatsRow::rate_max>},
    {"check_status", member<&StatsRow::check_status>},
    {"check_code", member<&StatsRow::check_code>},
    {"check_duration", member<&StatsRow::check_duration>},
    {"hrsp_1xx", responses<0>},
    {"hrsp_2xx", responses<1>},
    {"hrsp_3xx", responses<2>},
    {"hrsp_4xx", responses<3>},
    {"hrsp_5xx", responses<4>},
    {"hrsp_other", responses<5>},
    {"hanafail", member<&StatsRow::hanafail>},
    {"req_rate", member<&StatsRow::req_rate>},
    {"req_rate_max", member<&StatsRow::req_rate_max>},
    {"req_tot", member<&StatsRow::req_tot>},
    {"cli_abrt", member<&StatsRow::cli_abrt>},
    {"srv_abrt", member<&StatsRow::srv_abrt>},
    {"comp_in", nothing},
    {"comp_out", nothing},
    {"comp_byp", nothing},
    {"comp_rsp", nothing},
    {"lastsess", member<&StatsRow::lastsess>},
    {"last_chk", member<&StatsRow::last_chk>},
    {"last_agt", nothing},
    {"qtime", member<&StatsRow::qtime>},
    {"ctime", member<&StatsRow::ctime>},
    {"rtime", member<&StatsRow::rtime>},
    {"ttime", member<&StatsRow::ttime>},
    {"agent_status", nothing},
    {"agent_code", nothing},
    {"agent_duration", nothing},
    {"check_desc", member<&StatsRow::check_desc>},
    {"agent_desc", nothing},
    {"check_rise", member<&StatsRow::check_rise>},
    {"check_fall", member<&StatsRow::check_fall>},
    {"check_health", member<&StatsRow::check_health>},
    {"agent_rise", nothing},
    {"agent_fall", nothing},
    {"agent_health", nothing},
    {"addr", member<&StatsRow::addr>},
    {"cookie", nothing},
    {"mode", member<&StatsRow::mode>},
    {"algo", member<&StatsRow::algo>},
    {"conn_rate", member<&StatsRow::conn_rate>},
    {"conn_rate_max", member<&StatsRow::conn_rate_max>},
    {"conn_tot", member<&StatsRow::conn_tot>},
    {"intercepted", member<&StatsRow::intercepted>},
    {"dcon", member<&StatsRow::dcon>},
    {"dses", member<&StatsRow::dses>},
    {"wrew", member<&StatsRow::wrew>},
    {"connect", member<&StatsRow::connect>},
    {"reuse", member<&StatsRow::reuse>},
    {"cache_lookups", nothing},
    {"cache_hits", nothing},
    {"srv_icur", member<&StatsRow::srv_icur>},
    {"src_ilim", member<&StatsRow::src_ilim>},
    {"qtime_max", member<&StatsRow::qtime_max>},
    {"ctime_max", member<&StatsRow::ctime_max>},
    {"rtime_max", member<&StatsRow::rtime_max>},
    {"ttime_max", member<&StatsRow::ttime_max>},
    {"eint", member<&StatsRow::eint>},
    {"idle_conn_cur", member<&StatsRow::idle_conn_cur>},
    {"safe_conn_cur", member<&StatsRow::safe_conn_cur>},
    {"used_conn_cur", member<&StatsRow::used_conn_cur>},
    {"need_conn_est", nothing},
});

}  // namespace

std::string render_stats_csv(const StatsSnapshot& snapshot) {
  std::string out = "# ";
  for (const Column& column : kColumns) {
    out += column.name;
    out += ',';
  }
  out += '\n';
  for (const StatsRow& row : snapshot.rows) {
    for (const Column& column : kColumns) {
      column.append(out, row);
      out += ',';
    }
    out += '\n';
  }
  return out;
}

}  // namespace hapair::lb
