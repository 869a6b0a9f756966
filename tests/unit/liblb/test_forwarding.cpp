// Whose word about a request's client counts, what servers are told, and the ids of requests.
#include "liblb/core/forwarding.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "liblb/core/request_policy.hpp"

namespace hapair::lb {
namespace {

constexpr ForwardingSettings kAll{
    .from = true, .proto = true, .host = true, .port = true, .forwarded = true};

base::IpAddress address(const char* text) { return base::IpAddress::parse(text).value(); }

ForwardingSettings trusting(std::vector<std::string> networks) {
  ForwardingSettings settings = kAll;
  for (const std::string& network : networks) {
    settings.trusted.push_back(base::Prefix::parse(network).value());
  }
  return settings;
}

ClientFacts from(const char* peer, bool tls = false) {
  return {
      .peer = address(peer), .local = base::Endpoint{address("198.51.100.1"), 8443}, .tls = tls};
}

struct Request {
  Request(std::initializer_list<std::pair<const char*, const char*>> fields) {
    head.host = "www.example:8443";
    for (const auto& [name, value] : fields) head.fields.add({.name = name, .value = value});
  }
  std::string text() const {
    std::string out;
    for (const http::Field& field : head.fields) {
      out += std::string(field.name) + "=" + std::string(field.value) + "\n";
    }
    return out;
  }
  /// What the request has become.
  std::string through(const Forwarding& forwarding, const ClientFacts& facts) {
    origin = forwarding.apply(head, facts, edits);
    CHECK(edits.apply(head.fields));
    return text();
  }

  http::RequestHead head;
  http::FieldEdits edits;
  RequestOrigin origin;
};

constexpr RequestPolicy::Random kRandom{.high = 0x0123456789abcdef, .low = 0xfedcba9876543210};

TEST_CASE("servers are told where a request came from") {
  Request request{{"Accept", "*/*"}};
  CHECK(request.through(Forwarding(kAll), from("192.0.2.7", true)) ==
        "Accept=*/*\nX-Forwarded-For=192.0.2.7\nX-Forwarded-Proto=https\n"
        "X-Forwarded-Host=www.example:8443\nX-Forwarded-Port=8443\n"
        "Forwarded=for=192.0.2.7;by=198.51.100.1;host=\"www.example:8443\";proto=https\n");
  CHECK(request.origin.client == address("192.0.2.7"));
  CHECK(request.origin.secure);
}

TEST_CASE("what a client that nobody trusts says of itself is taken off, however it is spelt") {
  ForwardingSettings settings = trusting({"10.0.0.0/8"});
  settings.taken_off = {"X-Real-IP"};
  settings.proto = settings.host = settings.port = settings.forwarded = false;
  Request request{{"X-Forwarded-For", "10.1.1.1"}, {"x_forwarded_for", "10.1.1.1"},
                  {"X-FORWARDED_PROTO", "https"},  {"X-Forwarded-Host", "bank.example"},
                  {"X-Forwarded-Port", "443"},     {"Forwarded", "for=10.1.1.1"},
                  {"x-real-ip", "10.1.1.1"},       {"X-Forwarded", "kept"}};
  CHECK(request.through(Forwarding(settings), from("192.0.2.7")) ==
        "X-Forwarded=kept\nX-Forwarded-For=192.0.2.7\n");
  CHECK(request.origin.client == address("192.0.2.7"));
  CHECK_FALSE(request.origin.secure);
}

TEST_CASE("the word of a proxy that is trusted is kept, and ours comes behind it") {
  Request request{{"X-Forwarded-For", "203.0.113.9, 10.2.2.2"},
                  {"X-Forwarded-Proto", "https"},
                  {"Forwarded", "for=203.0.113.9"}};
  CHECK(request.through(Forwarding(trusting({"10.0.0.0/8"})), from("10.1.1.1")) ==
        "X-Forwarded-For=203.0.113.9, 10.2.2.2\nX-Forwarded-Proto=https\n"
        "Forwarded=for=203.0.113.9\nX-Forwarded-For=10.1.1.1\n"
        "X-Forwarded-Host=www.example:8443\nX-Forwarded-Port=8443\n"
        "Forwarded=for=10.1.1.1;by=198.51.100.1;host=\"www.example:8443\";proto=http\n");
  CHECK(request.origin.client == address("203.0.113.9"));
  CHECK(request.origin.secure);
}

TEST_CASE("the client is the last in the chain that is no trusted proxy") {
  const Forwarding forwarding(trusting({"10.0.0.0/8", "2001:db8::/32"}));
  const std::vector<std::pair<const char*, const char*>> chains = {
      {"203.0.113.9", "203.0.113.9"},
      {"1.1.1.1, 203.0.113.9", "203.0.113.9"},  // what it says of others is hearsay
      {"203.0.113.9, 10.2.2.2", "203.0.113.9"},
      {"203.0.113.9, 10.2.2.2, [2001:db8::5]:80", "203.0.113.9"},
      {"203.0.113.9, garbage, 10.2.2.2", "10.2.2.2"},  // nobody knows who comes before it
      {"10.3.3.3, 10.2.2.2", "10.3.3.3"},
      {"", "10.1.1.1"},
  };
  for (const auto& [chain, client] : chains) {
    CAPTURE(chain);
    Request request{{"X-Forwarded-For", chain}};
    (void)request.through(forwarding, from("10.1.1.1"));
    CHECK(request.origin.client == address(client));
  }
  Request lines{{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "10.2.2.2"}};
  (void)lines.through(forwarding, from("10.1.1.1"));
  CHECK(lines.origin.client == address("203.0.113.9"));
}

TEST_CASE("trailers tell nothing by these names") {
  CHECK(Forwarding(kAll).purged("X-Sum: 1\r\nx_forwarded_for: 10.0.0.1\r\nForwarded: a\r\n") ==
        "X-Sum: 1\r\n");
}

TEST_CASE("an id is a UUID of random bits") {
  CHECK(make_request_id(kRandom.high, kRandom.low) == "01234567-89ab-4def-bedc-ba9876543210");
  CHECK(make_request_id(0, 0) == "00000000-0000-4000-8000-000000000000");
  CHECK(make_request_id(~0ULL, ~0ULL) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST_CASE("an id from outside is short and harmless") {
  for (const char* good : {"a", "01234567-89ab-4def-bedc-ba9876543210", "Root=1-67/a:b+c@d.~_"}) {
    CAPTURE(good);
    CHECK(is_request_id(good));
  }
  CHECK(is_request_id(std::string(128, 'a')));
  CHECK_FALSE(is_request_id(std::string(129, 'a')));
  for (const char* bad : {"", "a b", "a\tb", "a\"b", "a;b", "<a>", "\xc3\xa4", "a\x01"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_request_id(bad));
  }
}

TEST_CASE("a request's id is ours, unless a proxy that is trusted gave a good one") {
  RequestPolicySettings settings{.forwarding = trusting({"10.0.0.0/8"}),
                                 .request_id = RequestIdSettings{.trust = true, .respond = true}};
  settings.forwarding->from = settings.forwarding->proto = settings.forwarding->host = false;
  settings.forwarding->port = settings.forwarding->forwarded = false;
  const RequestPolicy policy(settings);
  const std::string fresh = make_request_id(kRandom.high, kRandom.low);
  const auto id_of = [&](const char* peer, const char* given) {
    Request request{{"X-Request-ID", given}, {"x_request_id", "forged"}};
    RequestNotes notes;
    CHECK(policy.shape(request.head, from(peer), kRandom, notes));
    CHECK(request.text() == "X-Request-ID=" + notes.id + "\n");
    http::FieldEdits response;
    policy.dress(notes, response);
    CHECK_FALSE(response.empty());
    return notes.id;
  };
  CHECK(id_of("10.1.1.1", "abc-1") == "abc-1");
  CHECK(id_of("10.1.1.1", "two words") == fresh);
  CHECK(id_of("192.0.2.7", "abc-1") == fresh);
}

}  // namespace
}  // namespace hapair::lb
