// Requests, connections and surroundings that tests of rules make up.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "common/http/head_parser.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/judge.hpp"
#include "liblb/io/regex_pattern.hpp"

namespace hapair::lb::rules::test {

/// A request head with the text that it lies in.
struct Request {
  explicit Request(std::string head_text) : text(std::move(head_text)) {
    http::RequestParser parser;
    const http::ParseResult parsed = parser.parse(text, head);
    CAPTURE(text);
    REQUIRE(parsed.complete());
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  std::string text;
  http::RequestHead head;
};

inline std::unique_ptr<Request> get(std::string_view host, std::string_view target,
                                    std::string_view fields = {}) {
  return std::make_unique<Request>(
      base::concat("GET ", target, " HTTP/1.1\r\nHost: ", host, "\r\n", fields, "\r\n"));
}

struct World final : Surroundings {
  [[nodiscard]] base::WallTime wall_time() const override { return now; }
  [[nodiscard]] std::size_t usable_servers(std::size_t backend) const override {
    return usable.at(backend);
  }
  [[nodiscard]] std::uint64_t figure(const RateTest& test, const Facts& facts) const override {
    const bool known = facts.connection.client == base::IpAddress::v4(0xc0000201);
    return known && test.of == RateOf::kErrors ? errors.at(test.table) : 0;
  }

  base::WallTime now{};
  std::vector<std::size_t> usable{1, 1};
  std::vector<std::uint64_t> errors{0, 5};  ///< of 192.0.2.1, by table
};

inline ConnectionFacts from(std::string_view address) {
  return {.client = base::IpAddress::parse(address).value(), .client_text = std::string(address)};
}

/// A GET and what is known of it; the host and the path must outlive it.
struct Visit {
  Visit(std::string_view host, std::string_view path)
      : request(get(host, path)),
        facts{.head = request->head,
              .connection = client,
              .surroundings = world,
              .host = host,
              .path = path,
              .query = {}} {}

  World world;
  ConnectionFacts client = from("192.0.2.1");
  std::unique_ptr<Request> request;
  Facts facts;
};

}  // namespace hapair::lb::rules::test
