#include "liblb/io/local_answer.hpp"

#include <utility>

#include "common/base/text.hpp"
#include "liblb/core/https_redirect.hpp"
#include "liblb/core/request_policy.hpp"

namespace hapair::lb {
namespace {

constexpr int kUnavailable = 503;

LocalAnswer state_of_node(const Listener& listener, Frontend& frontend,
                          const MonitorSettings& monitor) {
  LocalAnswer answer{.body = "ok\n", .logged = monitor.log};
  if (listener.draining()) {
    answer.status = kUnavailable;
    answer.body = "this node is leaving\n";
  }
  for (const std::size_t index : monitor.fail_without) {
    const Backend& backend = frontend.owner().backend(index).backend();
    if (backend.usable_servers() > 0) continue;
    answer.status = kUnavailable;
    answer.body = base::concat(backend.name(), " has no usable server\n");
  }
  return answer;
}

}  // namespace

std::string LocalAnswer::render(http::ErrorTerms terms) const {
  if (body.empty() && location.empty()) return http::error_reply(status, terms);
  http::Reply reply{.status = status,
                    .content_type = "text/plain; charset=utf-8",
                    .body = body,
                    .fields = std::move(terms.fields),
                    .close = terms.close,
                    .head_only = terms.head_only,
                    .client = terms.client};
  if (!location.empty()) reply.fields.push_back({"Location", location});
  return http::render(reply);
}

std::optional<LocalAnswer> local_answer(const Listener& listener, Frontend& frontend,
                                        const http::RequestHead& head, const RequestNotes& notes,
                                        bool tunnels) {
  const RequestPolicy& policy = *frontend.settings().policy;
  const MonitorSettings* const monitor = tunnels ? nullptr : policy.asks_monitor(head);
  if (monitor != nullptr) return state_of_node(listener, frontend, *monitor);
  const auto port = policy.redirects(notes);
  if (!port) return std::nullopt;
  auto location = https_location(head, *port);
  if (!location) return LocalAnswer{.status = http::kBadRequestStatus};
  return LocalAnswer{.status = redirect_status(head.method), .location = *std::move(location)};
}

}  // namespace hapair::lb
