#include "liblb/core/request_policy.hpp"

#include <utility>

#include "liblb/core/field_names.hpp"

namespace hapair::lb {

RequestPolicy::RequestPolicy(RequestPolicySettings settings) : settings_(std::move(settings)) {
  if (settings_.forwarding) forwarding_.emplace(*settings_.forwarding);
  if (settings_.compression) compression_.emplace(*settings_.compression);
}

bool RequestPolicy::wants_local() const {
  return settings_.forwarding && (settings_.forwarding->port || settings_.forwarding->forwarded);
}

bool RequestPolicy::shape(http::RequestHead& head, const ClientFacts& facts, const Random& random,
                          RequestNotes& notes) const {
  notes.clear();
  if (forwarding_) {
    notes.origin = forwarding_->apply(head, facts, notes.edits);
  } else {
    notes.origin = {.client = facts.peer, .secure = facts.tls};
  }
  if (settings_.request_id) give_id(head, random, notes);
  return notes.edits.apply(head.fields);
}

void RequestPolicy::give_id(http::RequestHead& head, const Random& random,
                            RequestNotes& notes) const {
  const std::string& name = settings_.request_id->header;
  if (settings_.request_id->trust && notes.origin.trusted) {
    const http::Field* const given = head.fields.find(name);
    if (given != nullptr && is_request_id(given->value)) notes.id = given->value;
  }
  if (notes.id.empty()) notes.id = make_request_id(random.high, random.low);
  head.fields.remove_if([&name](const http::Field& field) { return seen_as(field.name, name); });
  notes.edits.add(name, notes.id);
}

std::vector<http::ReplyField> RequestPolicy::said(const RequestNotes& notes) const {
  std::vector<http::ReplyField> fields;
  if (settings_.request_id && settings_.request_id->respond && !notes.id.empty()) {
    fields.push_back({settings_.request_id->header, notes.id});
  }
  // RFC 6797, section 7.2: never where it did not come securely.
  if (!settings_.hsts.empty() && notes.origin.secure) {
    fields.push_back({"Strict-Transport-Security", settings_.hsts});
  }
  return fields;
}

void RequestPolicy::dress(const RequestNotes& notes, http::FieldEdits& response) const {
  for (const http::ReplyField& field : said(notes)) response.set(field.name, field.value);
}

const MonitorSettings* RequestPolicy::asks_monitor(const http::RequestHead& head) const {
  if (!settings_.monitor) return nullptr;
  if (head.method != http::Method::kGet && head.method != http::Method::kHead) return nullptr;
  const bool asked = head.path.substr(0, head.path.find('?')) == settings_.monitor->path;
  return asked ? &*settings_.monitor : nullptr;
}

}  // namespace hapair::lb
