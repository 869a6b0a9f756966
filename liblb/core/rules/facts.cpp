#include "liblb/core/rules/facts.hpp"

#include "common/base/text.hpp"

namespace hapair::lb::rules {
namespace {

/// What is before the port: an IPv6 address has colons too, but in brackets.
std::string_view without_port(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos) return authority;
  if (authority.find(']', colon) != std::string_view::npos) return authority;
  return authority.substr(0, colon);
}

}  // namespace

void HostText::read(const http::RequestHead& head) {
  std::string_view host = without_port(head.authority.empty() ? head.host : head.authority);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > text_.size()) host = {};
  size_ = 0;
  for (const char c : host) text_[size_++] = base::ascii_lower(c);
}

}  // namespace hapair::lb::rules
