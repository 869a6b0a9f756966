#include "apps/hapair/import/haproxy/rules/acl_test.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

struct Way {
  std::string_view name;
  Compared how;
};
constexpr auto kWays = std::to_array<Way>({
    {"found", Compared::kFound},
    {"bool", Compared::kBool},
    {"int", Compared::kInt},
    {"ip", Compared::kIp},
    {"str", Compared::kStr},
    {"beg", Compared::kBeg},
    {"end", Compared::kEnd},
    {"sub", Compared::kSub},
    {"dir", Compared::kDir},
    {"dom", Compared::kDom},
    {"reg", Compared::kReg},
    {"len", Compared::kLen},
    {"bin", Compared::kOther},
    {"epoch", Compared::kOther},
});

std::optional<Compared> way_named(std::string_view name) {
  const auto* const way = std::ranges::find(kWays, name, &Way::name);
  return way == kWays.end() ? std::nullopt : std::optional(way->how);
}

/// Of fetches that may have the comparison behind their name, as in path_beg.
constexpr auto kSuffixed = std::to_array<std::string_view>(
    {"path",       "pathq",          "url",         "base",        "hdr",        "req.hdr",
     "req.fhdr",   "fhdr",           "shdr",        "res.hdr",     "cook",       "req.cook",
     "urlp",       "url_param",      "req.ssl_sni", "req_ssl_sni", "ssl_fc_sni", "ssl_c_s_dn",
     "ssl_c_i_dn", "payload",        "req.payload", "scook",       "query",      "host",
     "src",        "http_auth_group"});

/// "path_beg(...)": takes the comparison off the name.
std::optional<Compared> take_suffix(std::string& name) {
  const std::size_t at = name.rfind('_');
  if (at == std::string::npos) return std::nullopt;
  const auto how = way_named(std::string_view(name).substr(at + 1));
  if (!how || *how == Compared::kBool || *how == Compared::kInt || *how == Compared::kIp) {
    return std::nullopt;
  }
  const std::string_view base_name = std::string_view(name).substr(0, at);
  if (std::ranges::find(kSuffixed, base_name) == kSuffixed.end()) return std::nullopt;
  name.resize(at);
  return how;
}

constexpr auto kTruths = std::to_array<std::string_view>(
    {"always_true", "always_false", "ssl_fc", "ssl_c_used", "ssl_fc_has_crt", "ssl_fc_has_sni",
     "ssl_fc_is_resumed", "req.proto_http", "wait_end", "http_auth", "srv_is_up", "bool",
     "http_first_req", "ssl_bc", "ssl_fc_has_early", "in_table", "stopping"});
constexpr auto kAddresses =
    std::to_array<std::string_view>({"src", "dst", "req.hdr_ip", "fc_dst", "hdr_ip"});
constexpr auto kNumbers =
    std::to_array<std::string_view>({"dst_port",      "src_port",
                                     "nbsrv",         "rand",
                                     "date",          "int",
                                     "req.hdr_cnt",   "req.hdr_val",
                                     "req.len",       "req.ssl_hello_type",
                                     "avg_queue",     "queue",
                                     "connslots",     "be_conn",
                                     "fe_conn",       "be_sess_rate",
                                     "fe_sess_rate",  "be_conn_free",
                                     "fe_req_rate",   "srv_conn",
                                     "srv_sess_rate", "ssl_c_verify",
                                     "ssl_c_err",     "ssl_fc_use_keysize",
                                     "status",        "res.hdr_cnt",
                                     "req.body_len",  "req.body_size",
                                     "req.cook_cnt",  "so_id",
                                     "fe_id",         "be_id",
                                     "hostname_len",  "url_port",
                                     "res.hdr_val",   "nbproc",
                                     "fc_rtt",        "distcc_param",
                                     "proc",          "cpu_calls",
                                     "act_conn",      "ssl_fc_protocol_hello_id",
                                     "req.ssl_ver",   "req.hdr_len"});

bool names(std::span<const std::string_view> list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_counter(std::string_view name) {
  const auto ends = [name](std::string_view end) { return name.ends_with(end); };
  return (name.starts_with("sc_") || name.starts_with("src_") || name.starts_with("table_")) &&
         (ends("_rate") || ends("_cnt") || ends("_cur") || ends("gpc0") || ends("gpc1") ||
          ends("gpt0") || ends("gpc") || ends("gpt") || ends("_kbytes_in") || ends("_kbytes_out") ||
          ends("_avl"));
}

/// How samples are compared where nothing says so: by what the last converter, or the fetch, gives.
Compared usual(const Sample& sample) {
  for (std::size_t i = sample.converters.size(); i-- > 0;) {
    const std::string& name = sample.converters[i].name;
    if (is_counter(name) || name == "length" || name == "strcmp" || name == "hour" ||
        name == "mod" || name == "map_int" || name == "map_str_int" || name == "add") {
      return Compared::kInt;
    }
    if (name == "bool" || name == "not" || name == "in_table" || name == "and") {
      return Compared::kBool;
    }
    if (name == "ipmask" || name == "map_ip_ip") return Compared::kIp;
    return Compared::kStr;
  }
  const std::string& name = sample.fetch.name;
  if (names(kTruths, name)) return Compared::kBool;
  if (names(kAddresses, name)) return Compared::kIp;
  if (names(kNumbers, name) || is_counter(name)) return Compared::kInt;
  return Compared::kStr;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "5", "1:3", ":3", "1:".
std::optional<Range> range_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto number = number_of(text);
    return number ? std::optional(Range{*number, *number}) : std::nullopt;
  }
  Range range;
  const std::string_view low = text.substr(0, colon);
  const std::string_view high = text.substr(colon + 1);
  if (!low.empty()) {
    const auto number = number_of(low);
    if (!number) return std::nullopt;
    range.low = *number;
  }
  if (!high.empty()) {
    const auto number = number_of(high);
    if (!number) return std::nullopt;
    range.high = *number;
  }
  return range;
}

std::optional<Range> range_by(std::string_view operation, std::string_view text) {
  auto range = range_of(text);
  if (!range || operation.empty() || operation == "eq") return range;
  if (range->low != range->high) return std::nullopt;
  const std::int64_t number = range->low;
  if (operation == "ge") return Range{.low = number};
  if (operation == "gt") return Range{.low = number + 1};
  if (operation == "le") return Range{.high = number};
  return Range{.high = number - 1};
}

bool is_operation(std::string_view word) {
  return word == "eq" || word == "ge" || word == "gt" || word == "le" || word == "lt";
}

base::Result<void> read_numbers(AclTest& test, std::span<const Word> words) {
  std::string_view operation;
  for (const Word& word : words) {
    if (is_operation(word.text)) {
      operation = word.text;
      continue;
    }
    const auto range = range_by(operation, word.text);
    if (!range) {
      return base::fail(concat("\"", base::printable(word.text, 64),
                               "\" is no number or range; write one such as 10 or 10:20"));
    }
    test.ranges.push_back(*range);
    test.patterns.push_back(word.text);
  }
  return {};
}

base::Result<void> read_truths(AclTest& test, std::span<const Word> words) {
  for (const Word& word : words) {
    const std::string text = base::ascii_lowered(word.text);
    const bool yes = text == "1" || text == "true" || text == "on" || text == "yes";
    if (is_operation(text)) continue;
    if (!yes && text != "0" && text != "false" && text != "off" && text != "no") {
      return base::fail(concat("\"", base::printable(word.text, 64),
                               "\" is neither true nor false; write 1 or 0"));
    }
    test.ranges.push_back(Range{yes ? 1 : 0, yes ? 1 : 0});
    test.patterns.push_back(word.text);
  }
  return {};
}

/// The flags before the patterns; the rest is what follows them.
base::Result<std::span<const Word>> read_flags(AclTest& test, std::optional<Compared>& how,
                                               std::span<const Word> words) {
  while (!words.empty() && words[0].text.size() >= 2 && words[0].text[0] == '-') {
    const std::string_view flag = words[0].text;
    const bool takes = flag == "-f" || flag == "-m" || flag == "-u";
    if (takes && words.size() < 2) return base::fail(concat(flag, " is followed by nothing"));
    if (flag == "--") return words.subspan(1);
    if (flag == "-i") {
      test.ignore_case = true;
    } else if (flag == "-M") {
      test.map_file = true;
    } else if (flag == "-f") {
      test.files.push_back(words[1].text);
    } else if (flag == "-m") {
      how = way_named(words[1].text);
      if (!how) {
        return base::fail(concat("-m ", base::printable(words[1].text, 32),
                                 " is no way to compare; use str, beg, end, sub, dir, dom, reg, "
                                 "found, int, ip, bool or len"));
      }
    } else if (flag != "-n" && flag != "-u") {
      if (number_of(flag)) return words;
      return base::fail(concat(base::printable(flag, 32), " is no flag of an ACL"));
    }
    words = words.subspan(takes ? 2 : 1);
  }
  return words;
}

}  // namespace

base::Result<AclTest> parse_test(std::span<const Word> words) {
  if (words.empty()) return base::fail("nothing is tested; write a fetch such as path_beg");
  auto sample = parse_sample(words[0].text);
  if (!sample) return std::unexpected(sample.error());
  AclTest test{.sample = *std::move(sample)};
  std::optional<Compared> how;
  if (test.sample.converters.empty()) how = take_suffix(test.sample.fetch.name);
  test.sample.fetch = present_name(std::move(test.sample.fetch));
  const auto rest = read_flags(test, how, words.subspan(1));
  if (!rest) return std::unexpected(rest.error());
  test.how = how.value_or(usual(test.sample));
  base::Result<void> read;
  if (test.how == Compared::kInt || test.how == Compared::kLen) {
    read = read_numbers(test, *rest);
  } else if (test.how == Compared::kBool) {
    read = read_truths(test, *rest);
  } else {
    for (const Word& word : *rest) test.patterns.push_back(word.text);
  }
  if (!read) return std::unexpected(read.error());
  return test;
}

std::string_view predefined_acl(std::string_view name) {
  static constexpr auto kPredefined = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"TRUE", "always_true"},
      {"FALSE", "always_false"},
      {"LOCALHOST", "src 127.0.0.0/8 ::1"},
      {"HTTP", "req.proto_http"},
      {"HTTP_1.0", "req.ver 1.0"},
      {"HTTP_1.1", "req.ver 1.1"},
      {"HTTP_2.0", "req.ver 2.0"},
      {"HTTP_3.0", "req.ver 3.0"},
      {"HTTP_CONTENT", "req.hdr_val(content-length) gt 0"},
      {"HTTP_URL_ABS", "url_reg ^[^/:]*://"},
      {"HTTP_URL_SLASH", "url_beg /"},
      {"HTTP_URL_STAR", "url *"},
      {"METH_CONNECT", "method CONNECT"},
      {"METH_DELETE", "method DELETE"},
      {"METH_GET", "method GET HEAD"},
      {"METH_HEAD", "method HEAD"},
      {"METH_OPTIONS", "method OPTIONS"},
      {"METH_POST", "method POST"},
      {"METH_PUT", "method PUT"},
      {"METH_TRACE", "method TRACE"},
      {"RDP_COOKIE", "req.rdp_cookie_cnt gt 0"},
      {"REQ_CONTENT", "req.len gt 0"},
      {"WAIT_END", "wait_end"},
  });
  const auto* const found =
      std::ranges::find(kPredefined, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kPredefined.end() ? std::string_view() : found->second;
}

}  // namespace hapair::importing::haproxy
