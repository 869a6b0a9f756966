#include "liblb/core/persistence.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/cookies.hpp"
#include "liblb/core/backend.hpp"

namespace hapair::lb {
namespace {

using base::equals_ignoring_case;

constexpr std::string_view kCookieField = "cookie";
constexpr std::string_view kSetCookieField = "set-cookie";
constexpr char kPrefixEnd = '~';
/// A cookie with a limit on idleness is renewed when so much of it has passed.
constexpr std::int64_t kRenewalShare = 16;

std::int64_t unix_seconds(base::WallTime time) { return base::to_seconds(time.time_since_epoch()); }

/// Of a server's identity as much as a table keeps.
std::uint32_t short_identity(const Server& server) {
  return static_cast<std::uint32_t>(server.identity());
}

/// The client is given a cookie, or its cookie another value.
bool sets_cookie(const Affinity& affinity) {
  const char action = affinity.cookie_action;
  return action == 'I' || action == 'U' || action == 'R';
}

/// A Set-Cookie field (RFC 6265, section 5.2); no name: it sets none.
struct SetCookie {
  http::Cookie cookie{};
  std::string_view attributes{};  ///< with the ';' before them; may be empty
};

SetCookie parse_set_cookie(std::string_view text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  std::string_view pair = text.substr(0, end);
  SetCookie set;
  if (http::next_cookie(pair, set.cookie)) set.attributes = text.substr(end);
  return set;
}

}  // namespace

Persistence::Persistence(std::string_view backend, std::optional<CookieSettings> cookie,
                         const std::optional<StickSettings>& stick, PersistenceHost& host,
                         const base::SipKey& hash, const Persistence* before)
    : cookie_(std::move(cookie)),
      host_(host),
      hash_(hash),
      stick_(stick),
      counted_(before ? before->counted_ : std::make_shared<PersistenceCounters>()),
      counters_(*counted_) {
  if (cookie_) {
    codec_.emplace(cookie_->terms, base::concat(backend, '\0', cookie_->name), host.mac());
  }
  if (!stick) return;
  on_ = stick->on;
  if (before != nullptr && before->stick_ == stick) {
    hash_ = before->hash_;
    table_ = before->table_;
  } else {
    table_ = std::make_shared<StickTable>(stick->size, stick->expire, hash);
  }
}

std::string Persistence::id_of(const Server& server) const {
  if (!codec_) return {};
  const ServerSettings& settings = server.settings();
  if (!settings.cookie.empty()) return settings.cookie;
  return codec_->id_of(settings.known_as());
}

std::optional<TableKey> Persistence::key_for(const http::RequestHead* request,
                                             const base::IpAddress& client,
                                             std::string_view server_name) const {
  switch (on_.source) {
    case KeySource::kAddress:
      return client.is_any() ? std::nullopt : std::optional(key_of(client, on_.ipv6_prefix));
    case KeySource::kHeader:
    case KeySource::kCookie:
      return request == nullptr ? std::nullopt : key_of(*request, on_, hash_);
    case KeySource::kServerName:
      if (server_name.empty()) return std::nullopt;
      return key_of(base::ascii_lowered(server_name), hash_);
  }
  return std::nullopt;
}

Affinity Persistence::look(const Backend& backend, const http::RequestHead* request,
                           const base::IpAddress& client, std::string_view server_name,
                           base::Instant now) {
  Affinity affinity;
  if (codec_ && request != nullptr) look_at_cookie(backend, *request, affinity);
  if (table_) {
    affinity.key = key_for(request, client, server_name);
    look_at_table(backend, affinity, now);
  }
  return affinity;
}

void Persistence::look_at_cookie(const Backend& backend, const http::RequestHead& request,
                                 Affinity& affinity) {
  affinity.cookie = affinity.cookie_action = 'N';
  auto text = http::find_cookie(request.fields, cookie_->name);
  if (!text) return;
  affinity.has_cookie = true;
  affinity.cookie = 'I';
  if (cookie_->mode == CookieMode::kPrefix) {
    const std::size_t end = text->find(kPrefixEnd);
    if (end == std::string_view::npos) {
      ++counters_.unreadable;
      return;
    }
    affinity.prefix = end + 1;
    text = text->substr(0, end);
  }
  const auto value = codec_->decode(*text, host_.wall_now());
  if (!value) {
    switch (value.error()) {
      case CookieFault::kForm:
        ++counters_.unreadable;
        affinity.prefix = 0;  // it is the server's own, with a '~' in it
        return;
      case CookieFault::kTag:
        ++counters_.forged;
        return;
      case CookieFault::kIdle:
      case CookieFault::kOld:
        ++counters_.expired;
        affinity.cookie = value.error() == CookieFault::kIdle ? 'E' : 'O';
        return;
    }
  }
  affinity.server = backend.server_of_cookie(value->server);
  if (!affinity.server) {
    ++counters_.unknown;
    return;
  }
  affinity.cookie = 'V';
  affinity.first = value->first;
  affinity.last = value->last;
}

void Persistence::look_at_table(const Backend& backend, Affinity& affinity, base::Instant now) {
  if (!affinity.key || affinity.server) return;
  const StickPlace* known = table_->find(*affinity.key, now);
  if (known != nullptr) affinity.server = server_at(backend, *known);
}

// In another generation of the backend, which has the table too, it may be at another place.
std::optional<std::size_t> Persistence::server_at(const Backend& backend, const StickPlace& known) {
  const auto is_it = [&](std::size_t place) {
    const Server& server = backend.server(place);
    return !server.removed() && short_identity(server) == known.identity;
  };
  if (known.place < backend.size() && is_it(known.place)) return known.place;
  for (std::size_t i = 0; i < backend.size(); ++i) {
    if (is_it(i)) return i;
  }
  return std::nullopt;
}

void Persistence::on_chosen(Affinity& affinity, std::size_t server) {
  if (!affinity.server) return;
  if (affinity.server == server) {
    ++counters_.kept;
    return;
  }
  ++counters_.moved;
  if (affinity.cookie == 'V') affinity.cookie = 'D';
}

void Persistence::on_served(const Affinity& affinity, const Server& server, std::size_t place,
                            base::Instant now) {
  if (!affinity.key) return;
  table_->use(*affinity.key, now) = {.place = static_cast<std::uint32_t>(place),
                                     .identity = short_identity(server)};
}

const http::RequestHead* Persistence::changed_for_server(const http::RequestHead& request,
                                                         const Affinity& affinity) {
  const bool drops =
      affinity.has_cookie && cookie_->mode == CookieMode::kInsert && cookie_->indirect;
  if (!drops && affinity.prefix == 0) return nullptr;
  const auto is_cookie = [](const http::Field& field) {
    return equals_ignoring_case(field.name, kCookieField);
  };
  request_ = request;
  request_.fields.remove_if(is_cookie);
  std::size_t size = 0;
  for (const http::Field& field : request.fields) {
    if (is_cookie(field)) size += field.value.size() + 2;
  }
  request_text_.clear();
  request_text_.reserve(size);  // views into it stay
  for (const http::Field& field : request.fields) {
    if (!is_cookie(field)) continue;
    const std::size_t begin = request_text_.size();
    std::string_view rest = field.value;
    while (!rest.empty()) {
      std::string_view part = http::without_blanks(base::take_part(rest, ';'));
      std::string_view pair = part;
      http::Cookie cookie;
      const bool ours = http::next_cookie(pair, cookie) && cookie.name == cookie_->name;
      if (part.empty() || (ours && drops)) continue;
      if (request_text_.size() > begin) request_text_ += "; ";
      if (ours && cookie.value.size() >= affinity.prefix) {
        request_text_ += cookie_->name;
        request_text_ += '=';
        part = cookie.value.substr(affinity.prefix);
      }
      request_text_ += part;
    }
    if (request_text_.size() == begin) continue;
    request_.fields.add({.name = field.name,
                         .value = std::string_view(request_text_).substr(begin),
                         .id = field.id});
  }
  return &request_;
}

bool Persistence::sets_ours(const http::Field& field) const {
  return equals_ignoring_case(field.name, kSetCookieField) &&
         parse_set_cookie(field.value).cookie.name == cookie_->name;
}

bool Persistence::due_for_renewal(const Affinity& affinity, std::int64_t today) const {
  const base::Duration idle = cookie_->terms.max_idle;
  if (idle == base::Duration(0)) return false;
  const std::int64_t share = base::to_seconds(idle) / kRenewalShare;
  return today - affinity.last >= std::max<std::int64_t>(share, 1);
}

std::string Persistence::whole_cookie(std::string_view value, bool secure) const {
  std::string text = base::concat(cookie_->name, '=', value);
  if (!cookie_->path.empty()) text += "; Path=" + cookie_->path;
  if (!cookie_->domain.empty()) text += "; Domain=" + cookie_->domain;
  if (cookie_->http_only) text += "; HttpOnly";
  const bool always = cookie_->secure == SecureCookie::kAlways;
  if (always || (cookie_->secure == SecureCookie::kAuto && secure)) text += "; Secure";
  if (!cookie_->same_site.empty()) text += "; SameSite=" + cookie_->same_site;
  return text;
}

void Persistence::add_field(http::ResponseHead& response, std::string_view name,
                            std::string_view value) const {
  response.fields.add({.name = name, .value = value, .id = http::FieldId::kMadeHere});
}

void Persistence::insert(http::ResponseHead& response, Affinity& affinity, const Server& server,
                         std::size_t place, const ResponseTerms& terms) {
  // The server knows nothing of this cookie: what it sets by its name would only confuse.
  const std::size_t before = response.fields.size();
  response.fields.remove_if([this](const http::Field& field) { return sets_ours(field); });
  if (response.fields.size() < before) affinity.cookie_action = 'D';
  const std::int64_t today = unix_seconds(host_.wall_now());
  const bool good = affinity.cookie == 'V' && affinity.server == place;
  if (good && !due_for_renewal(affinity, today)) return;
  if (!terms.room || !response.fields.has_room()) return;
  const std::int64_t first = good ? affinity.first : today;
  response_text_ = whole_cookie(
      codec_->encode({.server = server.cookie(), .first = first, .last = today}), terms.secure);
  add_field(response, "Set-Cookie", response_text_);
  affinity.cookie_action = good ? 'U' : 'I';
}

void Persistence::change(http::ResponseHead& response, Affinity& affinity, const Server& server) {
  const auto is_one = [this](const http::Field& field) { return sets_ours(field); };
  const std::int64_t today = unix_seconds(host_.wall_now());
  const bool prefixes = cookie_->mode == CookieMode::kPrefix;
  std::string value = codec_->encode({.server = server.cookie(), .first = today, .last = today});
  if (prefixes) value += kPrefixEnd;
  // A server has no reason to set it more than once: only its last one counts.
  const http::Field* last = nullptr;
  for (const http::Field& field : response.fields) {
    if (is_one(field)) last = &field;
  }
  if (last == nullptr) return;
  const SetCookie theirs = parse_set_cookie(last->value);
  response_text_ = base::concat(theirs.cookie.name, '=', value, prefixes ? theirs.cookie.value : "",
                                theirs.attributes);
  const std::string_view name = last->name;
  response.fields.remove_if(is_one);
  add_field(response, name, response_text_);
  affinity.cookie_action = 'R';
}

void Persistence::edit_response(http::ResponseHead& response, Affinity& affinity,
                                const Server& server, std::size_t place,
                                const ResponseTerms& terms) {
  if (table_ && on_.source == KeySource::kCookie) learn(response, server, place, terms.now);
  if (!cookie_) return;
  if (cookie_->mode == CookieMode::kInsert) {
    insert(response, affinity, server, place, terms);
  } else if (terms.room) {
    change(response, affinity, server);
  }
  if (sets_cookie(affinity) && cookie_->no_cache && response.fields.has_room()) {
    add_field(response, "Cache-Control", "private");
  }
}

void Persistence::on_response_sent(const Affinity& affinity) {
  if (sets_cookie(affinity)) ++counters_.set;
}

void Persistence::learn(const http::ResponseHead& response, const Server& server, std::size_t place,
                        base::Instant now) {
  for (const http::Field& field : response.fields) {
    if (!equals_ignoring_case(field.name, kSetCookieField)) continue;
    const http::Cookie theirs = parse_set_cookie(field.value).cookie;
    if (theirs.name != on_.name || theirs.value.empty()) continue;
    on_served({.key = key_of(theirs.value, hash_)}, server, place, now);
  }
}

}  // namespace hapair::lb
