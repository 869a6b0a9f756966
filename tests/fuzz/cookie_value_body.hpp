// Any bytes for cookies, of a client and of a server: an answer without a read out of bounds, a
// request that loses nothing but what is ours, and a response whose cookie is taken when it comes
// back. The first byte says how cookies are made; \1 in the rest stands for one that is good.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/http/cookies.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/persistence.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/unit/liblb/toy_mac.hpp"

namespace hapair::fuzz {

class CookieWorld final : public lb::PersistenceHost {
 public:
  explicit CookieWorld(unsigned how)
      : terms{.is_signed = (how & 1) != 0,
              .max_idle = std::chrono::hours(how >> 1 & 1),
              .max_life = std::chrono::hours(how >> 2 & 1)},
        backend({.name = "pool", .servers = {{.name = "a"}, {.name = "b", .cookie = "b"}}}, {}) {
    lb::CookieSettings cookie{.name = "SRV", .indirect = true, .terms = terms};
    switch (how >> 3 & 3) {
      case 1:
        cookie.mode = lb::CookieMode::kPrefix;
        break;
      case 2:
        cookie.mode = lb::CookieMode::kRewrite;
        break;
      default:
        break;
    }
    backend.set_persistence(std::make_unique<lb::Persistence>(
        "pool", cookie, std::nullopt, static_cast<lb::PersistenceHost&>(*this), base::SipKey{}));
  }
  [[nodiscard]] base::WallTime wall_now() const override {
    return base::WallTime(std::chrono::seconds(1'767'225'600));
  }
  [[nodiscard]] const lb::Mac& mac() const override { return mac_; }
  [[nodiscard]] lb::Affinity look(const http::RequestHead& head) {
    return backend.persistence()->look(backend, &head, {}, {}, {});
  }
  [[nodiscard]] bool prefixes() const {
    return backend.persistence()->cookie()->mode == lb::CookieMode::kPrefix;
  }

 private:
  lb::test::ToyMac mac_;

 public:
  lb::CookieTerms terms;
  lb::Backend backend;
};

inline std::vector<http::Cookie> others_of(const http::RequestHead& head) {
  std::vector<http::Cookie> all;
  for (const http::Field& field : head.fields) {
    std::string_view rest = field.value;
    http::Cookie cookie;
    while (http::next_cookie(rest, cookie)) {
      if (cookie.name != "SRV") all.push_back(cookie);
    }
  }
  return all;
}

inline void check_request(CookieWorld& world, const http::RequestHead& request,
                          const lb::Affinity& affinity) {
  const http::RequestHead* changed =
      world.backend.persistence()->changed_for_server(request, affinity);
  const http::RequestHead& sent = changed != nullptr ? *changed : request;
  const auto before = others_of(request);
  const auto after = others_of(sent);
  require(before.size() == after.size(), "other cookies go on");
  for (std::size_t i = 0; i < before.size(); ++i) {
    require(before[i].name == after[i].name && before[i].value == after[i].value, "as they are");
  }
  if (world.backend.persistence()->cookie()->mode != lb::CookieMode::kInsert) return;
  require(!http::find_cookie(sent.fields, "SRV"), "ours does not");
}

inline void check_response(CookieWorld& world, std::string_view set_cookie, lb::Affinity affinity) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add({.name = "Set-Cookie", .value = set_cookie});
  world.backend.persistence()->edit_response(head, affinity, world.backend.server(1), 1, {});
  const char action = affinity.cookie_action;
  if (action != 'I' && action != 'U' && action != 'R') return;
  http::RequestHead next;
  const std::string_view line = head.fields.last().value;
  next.fields.add({.name = "Cookie", .value = line.substr(0, line.find(';'))});
  const lb::Affinity again = world.look(next);
  require(again.server == 1U && again.cookie == 'V', "a cookie that was set is taken");
}

inline void fuzz_cookie_value(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  CookieWorld world(bytes[0]);
  const lb::CookieCodec codec(world.terms, std::string("pool") + '\0' + "SRV", world.mac());
  std::string text;
  for (const char c : base::as_text(bytes.subspan(1))) {
    if (c == '\1') {
      text += codec.encode({.server = "b", .first = 1'767'225'000, .last = 1'767'225'000});
    } else {
      text += c;
    }
  }
  const std::string_view client = std::string_view(text).substr(0, text.find('\n'));
  const std::string_view server =
      std::string_view(text).substr(std::min(client.size() + 1, text.size()));
  if (const auto value = codec.decode(client, world.wall_now())) {
    require(lb::CookieCodec::valid_server(value->server), "a server's part is a name");
    require(codec.decode(codec.encode(*value), world.wall_now()).has_value(), "and is so again");
  }
  http::RequestHead request;
  request.fields.add({.name = "Cookie", .value = client});
  request.fields.add({.name = "Cookie", .value = "z=1"});
  const lb::Affinity affinity = world.look(request);
  require(!affinity.server || affinity.cookie == 'V', "only a good cookie names a server");
  check_request(world, request, affinity);
  check_response(world, server, affinity);
}

}  // namespace hapair::fuzz
