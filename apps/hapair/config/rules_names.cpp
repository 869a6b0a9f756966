// Names of the DNS in the configuration: RFC 1123, section 2.1 (hosts), RFC 2782 (services).
#include <algorithm>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_text.hpp"
#include "common/base/text.hpp"

namespace hapair::config::rules {
namespace {

using base::concat;
using base::fail;
using base::Result;

constexpr std::size_t kMaxHostName = 253;
constexpr std::size_t kMaxLabel = 63;
constexpr std::uint16_t kDnsPort = 53;

bool is_label(std::string_view label) {
  const auto fits = [](char c) { return is_alnum(c) || c == '-'; };
  return !label.empty() && label.size() <= kMaxLabel && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, fits);
}

/// One that ends with a number would be taken for an address with a slip in it.
Result<void> check_host_name(std::string_view name) {
  const std::vector<std::string_view> labels = base::split(name, '.');
  if (name.size() <= kMaxHostName && std::ranges::all_of(labels, is_label) &&
      !std::ranges::all_of(labels.back(), is_digit)) {
    return {};
  }
  return fail(concat(quoted(name),
                     " is neither an address nor the name of a host; a name has labels of 1 to 63 "
                     "letters, digits and inner - with dots between, the last one not a number"));
}

Result<void> check_service_name(std::string_view text) {
  const std::vector<std::string_view> labels = base::split(text, '.');
  const auto marked = [&](std::size_t i) {
    return labels.size() > i && labels[i].starts_with('_') && is_label(labels[i].substr(1));
  };
  const auto host =
      labels.size() > 2 ? text.substr(labels[0].size() + labels[1].size() + 2) : std::string_view();
  if (text.size() <= kMaxHostName && marked(0) && marked(1) && check_host_name(host)) return {};
  return fail(
      concat(quoted(text), " is no name of a service; write it like \"_http._tcp.web.internal\""));
}

}  // namespace

const TextRule kServerAddress{
    "^([0-9.]{7,15}|\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252})):[0-9]{1,5}$",
    check_by<parse_server_address>, "192.0.2.21:80"};
const TextRule kServiceName{"^_[A-Za-z0-9-]{1,62}\\._[A-Za-z0-9-]{1,62}\\.[A-Za-z0-9.-]{1,253}$",
                            check_service_name, "_http._tcp.web.internal"};
const TextRule kNameserver{
    "^([0-9.]{7,15}|[0-9A-Fa-f:.]{2,45}|\\[[0-9A-Fa-f:.]{2,45}\\])"
    "(:[0-9]{1,5})?$",
    check_by<parse_nameserver>, "192.0.2.53"};

Result<ServerAddress> parse_server_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const std::string_view host = text.substr(0, colon);
  const bool is_name = colon != std::string_view::npos && host.find(':') == host.npos &&
                       std::ranges::any_of(host, [](char c) { return c != '.' && !is_digit(c); });
  if (!is_name) {
    const auto endpoint = base::Endpoint::parse(text);
    if (!endpoint) return std::unexpected(endpoint.error());
    if (auto checked = kEndpoint.check(text); !checked) return std::unexpected(checked.error());
    return ServerAddress{.endpoint = *endpoint, .host = {}, .port = 0};
  }
  if (auto checked = check_host_name(host); !checked) return std::unexpected(checked.error());
  const auto port = base::parse_unsigned(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535) {
    return fail(
        concat(quoted(text), " has no port from 1 to 65535; write it like \"", host, ":80\""));
  }
  return ServerAddress{.endpoint = std::nullopt,
                       .host = std::string(host),
                       .port = static_cast<std::uint16_t>(*port)};
}

Result<base::Endpoint> parse_nameserver(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  const auto endpoint = address ? base::Endpoint{*address, kDnsPort} : base::Endpoint::parse(text);
  if (!endpoint) {
    return fail(concat(quoted(text),
                       " is no nameserver; write its address, and its port if that is not 53: "
                       "\"192.0.2.53\", \"192.0.2.53:5353\""));
  }
  const auto checked = kEndpoint.check(endpoint->to_string());
  if (!checked) return std::unexpected(checked.error());
  return *endpoint;
}

}  // namespace hapair::config::rules
