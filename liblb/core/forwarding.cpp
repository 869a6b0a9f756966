#include "liblb/core/forwarding.hpp"

#include <algorithm>
#include <array>

#include "common/base/text.hpp"
#include "common/http/forwarded.hpp"
#include "common/http/target.hpp"
#include "liblb/core/field_names.hpp"

namespace hapair::lb {
namespace {

constexpr std::string_view kFor = "X-Forwarded-For";
constexpr std::string_view kProto = "X-Forwarded-Proto";
constexpr std::string_view kHost = "X-Forwarded-Host";
constexpr std::string_view kPort = "X-Forwarded-Port";
constexpr std::string_view kForwarded = "Forwarded";
constexpr std::array kNames = {kFor, kProto, kHost, kPort, kForwarded};

std::string_view scheme_of(bool secure) { return secure ? "https" : "http"; }

}  // namespace

bool Forwarding::trusts(const base::IpAddress& peer) const {
  return std::ranges::any_of(settings_.trusted,
                             [&](const base::Prefix& each) { return each.contains(peer); });
}

bool Forwarding::covers(std::string_view name) const {
  const auto same = [name](std::string_view ours) { return seen_as(name, ours); };
  return std::ranges::any_of(kNames, same) || std::ranges::any_of(settings_.taken_off, same);
}

bool Forwarding::writes(std::string_view name) const {
  return (settings_.from && seen_as(name, kFor)) || (settings_.proto && seen_as(name, kProto)) ||
         (settings_.host && seen_as(name, kHost)) || (settings_.port && seen_as(name, kPort)) ||
         (settings_.forwarded && seen_as(name, kForwarded));
}

RequestOrigin Forwarding::apply(http::RequestHead& head, const ClientFacts& facts,
                                http::FieldEdits& edits) const {
  RequestOrigin origin{.client = facts.peer, .trusted = trusts(facts.peer), .secure = facts.tls};
  if (origin.trusted) {
    origin.client = client_of(head.fields, facts.peer);
    const http::Field* const proto = head.fields.find(kProto);
    if (proto != nullptr) origin.secure = base::equals_ignoring_case(proto->value, "https");
  } else {
    head.fields.remove_if([this](const http::Field& field) { return covers(field.name); });
  }
  note(head, facts, origin, edits);
  return origin;
}

void Forwarding::note(const http::RequestHead& head, const ClientFacts& facts,
                      const RequestOrigin& origin, http::FieldEdits& edits) const {
  const std::string_view proto = scheme_of(facts.tls);
  const auto unless_told = [&](std::string_view name, std::string_view value) {
    const bool told = origin.trusted && head.fields.find(name) != nullptr;
    if (!told && !value.empty()) edits.set(name, value);
  };
  if (settings_.from) edits.add(kFor, facts.peer.to_string());
  if (settings_.proto) unless_told(kProto, proto);
  if (settings_.host) unless_told(kHost, http::place_of(head));
  if (settings_.port && facts.local) unless_told(kPort, base::concat(facts.local->port));
  if (!settings_.forwarded) return;
  http::ForwardedElement element{.from = facts.peer, .host = http::place_of(head), .proto = proto};
  if (facts.local) element.by = facts.local->address;
  edits.add(kForwarded, http::to_string(element));
}

base::IpAddress Forwarding::client_of(const http::FieldList& fields,
                                      const base::IpAddress& peer) const {
  base::IpAddress client = peer;
  for (std::size_t i = fields.size(); i-- > 0;) {
    if (!base::equals_ignoring_case(fields[i].name, kFor)) continue;
    std::string_view list = fields[i].value;
    std::string_view element;
    while (http::take_last_element(list, element)) {
      const auto address = http::parse_forwarded_for(element);
      if (!address) return client;  // nothing before it can be believed either
      client = *address;
      if (!trusts(client)) return client;
    }
  }
  return client;
}

std::string Forwarding::purged(std::string_view lines) const {
  return lines_without(lines, [this](std::string_view name) { return covers(name); });
}

}  // namespace hapair::lb
