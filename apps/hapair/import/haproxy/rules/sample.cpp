#include "apps/hapair/import/haproxy/rules/sample.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxCalls = 64;
constexpr std::size_t kMaxArguments = 16;

struct Alias {
  std::string_view old;
  std::string_view present;
};
constexpr auto kAliases = std::to_array<Alias>({
    {"hdr", "req.hdr"},
    {"req_hdr", "req.hdr"},
    {"fhdr", "req.fhdr"},
    {"hdr_cnt", "req.hdr_cnt"},
    {"hdr_val", "req.hdr_val"},
    {"hdr_ip", "req.hdr_ip"},
    {"req.hdrs", "req.hdrs"},
    {"shdr", "res.hdr"},
    {"cook", "req.cook"},
    {"cookie", "req.cook"},
    {"req_cook", "req.cook"},
    {"urlp", "url_param"},
    {"req_ssl_sni", "req.ssl_sni"},
    {"req_ssl_hello_type", "req.ssl_hello_type"},
    {"req_ssl_ver", "req.ssl_ver"},
    {"req_len", "req.len"},
    {"req_proto_http", "req.proto_http"},
    {"req_ver", "req.ver"},
    {"meth", "method"},
    {"capture.req.uri", "url"},
    {"capture.req.method", "method"},
    {"fc_src", "src"},
    {"fc_dst_port", "dst_port"},
});

/// "sc1_conn_cur" is "sc_conn_cur" with the number as its first argument.
bool take_counter_number(Call& call) {
  if (call.name.size() < 5 || !call.name.starts_with("sc") || call.name[3] != '_' ||
      call.name[2] < '0' || call.name[2] > '2') {
    return false;
  }
  call.arguments.insert(call.arguments.begin(), std::string(1, call.name[2]));
  call.name.erase(2, 1);
  return true;
}

/// Reads the calls of an expression one behind the other.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  [[nodiscard]] base::Result<Call> call() {
    Call call;
    const std::size_t end = std::min(rest_.find_first_of("(,"), rest_.size());
    call.name = std::string(base::trim(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    if (call.name.empty()) return base::fail("a name is missing; write one such as src");
    if (rest_.starts_with('(')) {
      rest_.remove_prefix(1);
      if (!read_arguments(call)) {
        return base::fail(concat("the parenthesis behind ", base::printable(call.name, 64),
                                 " is never closed, or has too much in it"));
      }
    }
    if (!rest_.empty() && !rest_.starts_with(',')) {
      return base::fail(concat("\"", base::printable(rest_, 32), "\" stands behind ",
                               base::printable(call.name, 64), "; a comma should"));
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return call;
  }

 private:
  /// Up to the closing parenthesis, quotes and escapes resolved.
  bool read_arguments(Call& call) {
    std::string argument;
    bool some = false;
    unsigned depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == ')' && depth == 0) {
        if (some || !argument.empty()) call.arguments.push_back(std::move(argument));
        return call.arguments.size() <= kMaxArguments;
      }
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (c == ',' && depth == 0) {
        call.arguments.push_back(std::move(argument));
        argument.clear();
        some = true;
      } else if (c == '\'' || c == '"') {
        if (!read_quoted(c, argument)) return false;
        some = true;
      } else if (c == '\\' && !rest_.empty()) {
        argument += rest_.front();
        rest_.remove_prefix(1);
      } else {
        argument += c;
      }
    }
    return false;
  }

  bool read_quoted(char quote, std::string& into) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == quote) return true;
      if (c == '\\' && quote == '"' && !rest_.empty()) {
        into += rest_.front();
        rest_.remove_prefix(1);
      } else {
        into += c;
      }
    }
    return false;
  }

  std::string_view rest_;
};

}  // namespace

Call present_name(Call call) {
  const auto* const alias = std::ranges::find(kAliases, call.name, &Alias::old);
  if (alias != kAliases.end()) call.name = std::string(alias->present);
  (void)take_counter_number(call);
  return call;
}

base::Result<Sample> parse_sample(std::string_view text) {
  Reader reader(text);
  auto fetch = reader.call();
  if (!fetch) return std::unexpected(fetch.error());
  Sample sample{.fetch = present_name(*std::move(fetch))};
  while (!reader.at_end()) {
    auto converter = reader.call();
    if (!converter) return std::unexpected(converter.error());
    sample.converters.push_back(*std::move(converter));
    if (sample.converters.size() > kMaxCalls) {
      return base::fail(concat("more than ", kMaxCalls, " converters; write fewer"));
    }
  }
  return sample;
}

std::string to_string(const Sample& sample) {
  std::string out;
  const auto add = [&out](const Call& call) {
    out += call.name;
    if (!call.arguments.empty()) out += concat("(", base::join(call.arguments, ","), ")");
  };
  add(sample.fetch);
  for (const Call& each : sample.converters) {
    out += ',';
    add(each);
  }
  return base::printable(out);
}

}  // namespace hapair::importing::haproxy
