#include "libvrrp/core/group_settings.hpp"

namespace hapair::vrrp {

std::string_view to_string(SignatureMode mode) {
  switch (mode) {
    case SignatureMode::kOff:
      return "off";
    case SignatureMode::kReceiveOnly:
      return "receive-only";
    case SignatureMode::kPermissive:
      return "permissive";
    case SignatureMode::kEnforce:
      return "enforce";
  }
  return "unknown";
}

}  // namespace hapair::vrrp
