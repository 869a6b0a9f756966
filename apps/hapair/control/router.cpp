#include "apps/hapair/control/router.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "apps/hapair/control/stats_line.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;

/// Both begin with a slash. What stands where the path has {parameters}; nullopt: it is another.
std::optional<Parameters> match(std::string_view path, std::string_view target) {
  if (std::ranges::count(path, '/') != std::ranges::count(target, '/')) return std::nullopt;
  Parameters parameters;
  std::size_t found = 0;
  while (!path.empty()) {
    const std::string_view wanted = base::take_part(path, '/');
    const std::string_view part = base::take_part(target, '/');
    if (!wanted.starts_with('{')) {
      if (wanted != part) return std::nullopt;
    } else if (part.empty()) {
      return std::nullopt;
    } else {
      parameters[found++] = part;
    }
  }
  if (!target.empty()) return std::nullopt;
  return parameters;
}

ControlAnswer unknown_path(std::string_view path) {
  std::string known;
  std::string_view last;
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.path == last) continue;
    last = endpoint.path;
    known += concat(known.empty() ? "" : ", ", endpoint.path);
  }
  return error_answer(404, "unknown_path", concat("there is nothing at ", base::printable(path)),
                      "use one of " + known);
}

/// The methods of the endpoints at a path, for the Allow field.
std::string methods_at(std::string_view path) {
  std::string allow;
  for (const Endpoint& endpoint : endpoints()) {
    const std::string_view name =
        endpoint.method == http::Method::kGet ? "GET, HEAD" : http::to_text(endpoint.method);
    if (!match(endpoint.path, path) || allow.find(name) != std::string::npos) continue;
    allow += concat(allow.empty() ? "" : ", ", name);
  }
  return allow;
}

}  // namespace

Router::Router(const StatusSource& status, ControlActions& actions,
               std::optional<WriteGroup> write_group)
    : status_(status), actions_(actions), write_group_(std::move(write_group)) {}

ControlAnswer Router::handle(const ControlRequest& request) const {
  const std::size_t query = request.target.find('?');
  const std::string_view path = request.target.substr(0, query);
  if (query != std::string_view::npos) {
    return error_answer(400, "query_not_taken", "no endpoint takes a query",
                        concat("ask for ", base::printable(path), " alone"));
  }
  if (!path.starts_with('/')) return unknown_path(path);
  const bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  const http::Method method = reads ? http::Method::kGet : request.method;
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.method != method) continue;
    const auto parameters = match(endpoint.path, path);
    if (!parameters) continue;
    if (!reads && !may_change(request.who, write_group_)) return forbid(request.who);
    return endpoint.handle({request, status_, actions_, *parameters});
  }
  const std::string allow = methods_at(path);
  if (allow.empty()) return unknown_path(path);
  ControlAnswer answer =
      error_answer(405, "wrong_method", concat(base::printable(path), " does not take this method"),
                   concat("use ", allow));
  answer.allow = allow;
  return answer;
}

std::unique_ptr<PiecedDocument> Router::answer_line(std::string_view line) const {
  return answer_stats_line(line, status_);
}

ControlAnswer Router::forbid(const net::PeerCredentials& who) const {
  const std::string rule = concat(describe(who), " may not change anything: that takes root");
  if (!write_group_) {
    return error_answer(403, "forbidden", rule,
                        "use root, or name a group in the config as process.write_group");
  }
  return error_answer(403, "forbidden",
                      concat(rule, " or group '", write_group_->name, "' (process.write_group)"),
                      concat("use root, or add the user with 'usermod -aG ", write_group_->name,
                             " USER' and log in anew"));
}

}  // namespace hapair::control
