// Any request and its key: what is found of cookies, parameters and paths lies within the request
// and is what it passes for, and the same request has the same key.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/http/chars.hpp"
#include "common/http/cookies.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/hash_key.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// Of a list with that separator the value really is an element's, behind its name.
inline void require_value(std::string_view list, std::string_view value, std::string_view name) {
  require(value.data() >= list.data() && value.data() + value.size() <= list.data() + list.size(),
          "a value lies within its list");
  const auto at = static_cast<std::size_t>(value.data() - list.data());
  std::string_view before = http::without_blanks(list.substr(0, at));  // of cookies only
  if (before.ends_with('=')) before.remove_suffix(1);
  require(http::without_blanks(before).ends_with(name), "a value stands behind its name");
}

inline void fuzz_hash_key(std::span<const std::uint8_t> bytes) {
  using Kind = lb::HashPart::Kind;
  http::RequestParser parser;
  http::RequestHead head;
  if (!parser.parse(base::as_text(bytes), head).complete()) return;
  lb::BalanceSettings balance;
  for (const Kind kind : {Kind::kHeader, Kind::kCookie, Kind::kQuery}) {
    balance.on = {{.kind = kind, .name = "id"}};
    const auto key = lb::hash_key(balance, head, "192.0.2.1");
    require(key == lb::hash_key(balance, head, "192.0.2.2"), "one request has one key");
    if (kind == Kind::kCookie)
      require(key.has_value() == http::find_cookie(head.fields, "id").has_value(),
              "a cookie that is there makes a key");
  }
  if (const auto cookie = http::find_cookie(head.fields, "id")) {
    for (const http::Field& field : head.fields) {
      const std::string_view value = field.value;
      if (cookie->data() < value.data() || cookie->data() > value.data() + value.size()) continue;
      require_value(value, *cookie, "id");
      require(cookie->find(';') == std::string_view::npos, "a cookie ends before the next");
    }
  }
  if (const auto parameter = lb::parameter_of(head.path, "id")) {
    require_value(head.path, *parameter, "id");
    require(parameter->find('&') == std::string_view::npos, "a parameter ends before the next");
  }
  std::size_t longest = 0;
  for (unsigned depth = 1; depth <= 4; ++depth) {
    const std::string_view path = lb::path_of(head.path, depth);
    require(lb::path_of(head.path, 0).starts_with(path), "a path is cut at its end");
    require(path.size() >= longest, "a greater depth is no shorter path");
    require(path.find('?') == std::string_view::npos, "a path has no query");
    longest = path.size();
  }
  balance.on = {{Kind::kSource}, {Kind::kHost}, {Kind::kPath}, {Kind::kUri}};
  balance.depth = 2;
  require(lb::hash_key(balance, head, "192.0.2.1").has_value(), "a client always has an address");
}

}  // namespace hapair::fuzz
