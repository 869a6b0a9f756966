#include "liblb/core/rules/facts.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "common/http/target.hpp"

namespace hapair::lb::rules {

void HostText::read(const http::RequestHead& head) {
  std::string_view host = http::without_port(http::place_of(head));
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > text_.size()) host = {};
  std::ranges::transform(host, text_.begin(), base::ascii_lower);
  size_ = host.size();
}

}  // namespace hapair::lb::rules
