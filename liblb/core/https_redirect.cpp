#include "liblb/core/https_redirect.hpp"

#include "common/base/text.hpp"
#include "common/http/target.hpp"

namespace hapair::lb {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

}  // namespace

std::optional<std::string> https_location(const http::RequestHead& head, std::uint16_t port) {
  const std::string_view authority = http::place_of(head);
  const std::string_view name = http::without_port(authority);
  if (name.empty() || !http::is_authority(authority)) return std::nullopt;
  if (head.form == http::TargetForm::kAuthority) return std::nullopt;
  std::string out = base::concat("https://", name);
  if (port != kHttpsPort) base::append(out, base::concat(':', port));
  if (head.path.starts_with('/')) return out += head.path;
  out += '/';
  if (head.path.starts_with('?')) out += head.path;
  return out;
}

int redirect_status(http::Method method) {
  constexpr int kMovedPermanently = 301;
  constexpr int kPermanentRedirect = 308;
  const bool reads = method == http::Method::kGet || method == http::Method::kHead;
  return reads ? kMovedPermanently : kPermanentRedirect;
}

}  // namespace hapair::lb
