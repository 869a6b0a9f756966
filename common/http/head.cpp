#include "common/http/head.hpp"

#include "common/base/text.hpp"

namespace hapair::http {

using base::equals_ignoring_case;

FieldId identify_field(std::string_view name) {
  // Few names of the same length begin alike, so most are told apart by their first letter.
  const auto either = [name](std::string_view known, FieldId id) {
    return base::ascii_lower(name[0]) == known[0] && equals_ignoring_case(name, known)
               ? id
               : FieldId::kOther;
  };
  switch (name.size()) {
    case 2:
      return either("te", FieldId::kTe);
    case 4:
      return either("host", FieldId::kHost);
    case 6:
      return either("expect", FieldId::kExpect);
    case 7:
      return either("upgrade", FieldId::kUpgrade);
    case 10: {
      const FieldId id = either("connection", FieldId::kConnection);
      return id != FieldId::kOther ? id : either("keep-alive", FieldId::kKeepAlive);
    }
    case 12:
      return either("max-forwards", FieldId::kMaxForwards);
    case 14: {
      const FieldId id = either("content-length", FieldId::kContentLength);
      return id != FieldId::kOther ? id : either("http2-settings", FieldId::kHttp2Settings);
    }
    case 16:
      return either("proxy-connection", FieldId::kProxyConnection);
    case 17:
      return either("transfer-encoding", FieldId::kTransferEncoding);
    default:
      return FieldId::kOther;
  }
}

const Field* FieldList::find(std::string_view name) const {
  for (const Field& field : *this) {
    if (equals_ignoring_case(field.name, name)) return &field;
  }
  return nullptr;
}

void RequestHead::clear() {
  method = Method::kOther;
  version = Version::kHttp11;
  form = TargetForm::kOrigin;
  framing = {};
  line = method_text = target = authority = path = host = upgrade = {};
  has_host = false;
  fields.clear();
}

void ResponseHead::clear() {
  version = Version::kHttp11;
  status = 0;
  framing = {};
  line = reason = upgrade = {};
  fields.clear();
}

}  // namespace hapair::http
