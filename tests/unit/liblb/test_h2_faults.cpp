// Clients that break the rules of HTTP/2: each ends its stream or its connection with the right
// error, and nobody else is hurt.
#include "tests/unit/liblb/h2_client.hpp"

using namespace hapair;
using namespace hapair::lb;
using namespace hapair::lb::test;
using http::H2Error;

namespace {

/// What was kept of the frontend's last malformed request.
std::string_view last_fault(const Fixture& f) {
  for (const MalformedView& view : f.engine.malformed()) {
    if (!view.response && view.record->count() > 0) return http::info(view.record->fault()).id;
  }
  return "none";
}

FieldTexts without(FieldTexts fields, std::string_view name) {
  std::erase_if(fields, [name](const auto& field) { return field.first == name; });
  return fields;
}

FieldTexts instead(FieldTexts fields, std::string_view name, const std::string& value) {
  for (auto& field : fields) {
    if (field.first == name) field.second = value;
  }
  return fields;
}

struct BadHead {
  const char* fault;
  FieldTexts fields;
};

/// The raw bytes that come back on a connection until it is over.
std::string answer_to(H2Fixture& f, const std::string& bytes) {
  const auto peer = f.connect();
  std::size_t sent = 0;
  CHECK(f.run_until([&] {
    if (sent < bytes.size()) sent += peer->send(std::string_view(bytes).substr(sent));
    peer->receive();
    return peer->over();
  }));
  return peer->take();
}

/// The error of the last GOAWAY in raw bytes.
std::optional<H2Error> goaway_in(std::string_view bytes) {
  std::optional<H2Error> error;
  while (bytes.size() >= 9) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    const std::size_t size = byte(0) * 65536U + byte(1) * 256U + byte(2);
    if (bytes.size() < 9 + size) break;
    if (byte(3) == static_cast<std::uint8_t>(FrameType::kGoaway)) error = H2Error{byte(16)};
    bytes.remove_prefix(9 + size);
  }
  return error;
}

}  // namespace

TEST_CASE("a malformed head ends its stream with PROTOCOL_ERROR and nothing else") {
  const FieldTexts get = get_fields();
  const std::vector<BadHead> heads{
      {"bad-pseudo-field", without(get, ":method")},
      {"bad-pseudo-field", without(get, ":scheme")},
      {"bad-pseudo-field", without(get, ":path")},
      {"bad-pseudo-field", with(get, {{":path", "/two"}})},
      {"bad-pseudo-field", with(get, {{":status", "200"}})},
      {"bad-pseudo-field", with(get, {{":protocol", "websocket"}})},
      {"bad-pseudo-field", with({{"x-first", "1"}}, get)},
      {"bad-pseudo-field", with({{":method", "CONNECT"}}, without(get, ":method"))},
      {"missing-host", without(get, ":authority")},
      {"host-mismatch", with(get, {{"host", "other.example"}})},
      {"several-hosts", with(get, {{"host", "example.com"}, {"host", "example.com"}})},
      {"bad-host", with(get, {{"host", "a@b"}})},
      {"bad-authority", instead(get, ":authority", "user@example.com")},
      {"bad-authority", instead(get, ":authority", "")},
      {"bad-method", instead(get, ":method", "GE T")},
      {"bad-scheme", instead(get, ":scheme", "ftp")},
      {"bad-target-form", instead(get, ":path", "")},
      {"bad-target-form", instead(get, ":path", "x")},
      {"bad-target-form", instead(get, ":path", "http://example.com/")},
      {"bad-target-form", instead(get, ":path", "*")},
      {"bad-target", instead(get, ":path", "/a b")},
      {"bad-target", instead(get, ":path", "/#part")},
      {"bad-target", instead(get, ":path", "/\xc3\xa4")},
      {"bad-field-name", with(get, {{"x y", "1"}})},
      {"bad-field-name", with(get, {{"", "1"}})},
      {"control-character", with(get, {{"x-a", "a\r\nb: c"}})},
      {"control-character", with(get, {{"x-a", std::string("a\0b", 3)}})},
      {"blank-around-value", with(get, {{"x-a", " a"}})},
      {"blank-around-value", with(get, {{"x-a", "a\t"}})},
      {"connection-field", with(get, {{"connection", "close"}})},
      {"connection-field", with(get, {{"transfer-encoding", "chunked"}})},
      {"connection-field", with(get, {{"upgrade", "h2c"}})},
      {"connection-field", with(get, {{"keep-alive", "5"}})},
      {"connection-field", with(get, {{"proxy-connection", "close"}})},
      {"connection-field", with(get, {{"http2-settings", "AAMAAABk"}})},
      {"bad-te", with(get, {{"te", "gzip"}})},
      {"bad-content-length", with(get, {{"content-length", "1x"}})},
      {"several-content-lengths", with(get, {{"content-length", "0"}, {"content-length", "0"}})},
      {"length-mismatch", with(get, {{"content-length", "1"}})},
      {"bad-max-forwards", with(instead(get, ":method", "OPTIONS"), {{"max-forwards", "x"}})},
  };
  H2Fixture f;
  H2Client client = f.client();
  for (const BadHead& head : heads) {
    CAPTURE(std::string(head.fault));
    H2Call& call = client.request(head.fields);
    client.finish(call);
    CHECK(call.error == H2Error::kProtocolError);
    CHECK(call.statuses.empty());
    CHECK(last_fault(f) == std::string_view(head.fault));
  }
  CHECK(f.counters().stream_errors == heads.size());
  CHECK(f.servers.front().accept() == nullptr);
  f.check_works(client);
  CHECK(f.access.lines.size() == heads.size() + 1);
  CHECK(f.access.lines.front().find(" 400 ") != std::string::npos);
  CHECK(f.access.lines.front().find(" PR-- ") != std::string::npos);
  CHECK(f.access.lines.front().find("<BADREQ>") != std::string::npos);
}

TEST_CASE("a name in upper case ends its stream too") {
  H2Fixture f;
  const auto peer = f.connect();
  peer->send(preface() + headers(1, with(get_fields(), {{"X-Upper", "1"}})));
  const std::string reset = frame(FrameType::kReset, 0, 1, number(1, 4));
  CHECK(f.run_until([&] {
    peer->receive();
    return peer->received.find(reset) != std::string::npos;
  }));
  CHECK(last_fault(f) == "upper-case-name");
}

TEST_CASE("what is well-formed and too large, or not done here, is answered") {
  FrontendSettings settings;
  settings.head_limits = {.max_start_line = 300, .max_head = 1000, .max_fields = 10};
  H2Fixture f(1, settings);
  H2Client client = f.client();
  const auto status_of = [&](const FieldTexts& fields) {
    H2Call& call = client.request(fields);
    client.finish(call);
    CHECK(call.complete());
    return call.status();
  };
  CHECK(status_of(get_fields("/" + std::string(300, 'a'))) == "414");
  CHECK(status_of(with(get_fields(), {{"x-a", std::string(1000, 'a')}})) == "431");
  FieldTexts many = get_fields();
  for (int i = 0; i < 11; ++i) many.emplace_back("x-" + std::to_string(i), "1");
  CHECK(status_of(many) == "431");
  CHECK(status_of(instead(get_fields(), ":method", "TRACE")) == "405");
  CHECK(status_of({{":method", "CONNECT"}, {":authority", "a.example:443"}}) == "405");
  CHECK(status_of({{":method", "CONNECT"},
                   {":protocol", "other"},
                   {":scheme", "http"},
                   {":authority", "a.example"},
                   {":path", "/"}}) == "501");
  f.check_works(client);
}

TEST_CASE("a body that is not as long as it says ends its stream and its server's request") {
  H2Fixture f;
  H2Client client = f.client();
  for (const std::string body : {"abc", "abcdef"}) {
    CAPTURE(body);
    H2Call& call = client.request(post_fields({{"content-length", "5"}}), false);
    const auto server = f.accept_request(client);
    call.send(body, true);
    client.finish(call);
    CHECK(call.error == H2Error::kProtocolError);
    CHECK(last_fault(f) == "length-mismatch");
    CHECK(client.run_until([&] {
      server->receive();
      return server->over();
    }));
    CHECK(server->received.find("abcde") == std::string::npos);
  }
  f.check_works(client);
}

TEST_CASE("trailers obey the rules of fields, and end their stream") {
  const std::vector<std::pair<FieldTexts, std::uint8_t>> sections{
      {{{":path", "/"}}, kEndStream | kEndHeaders},
      {{{"X-Upper", "1"}}, kEndStream | kEndHeaders},
      {{{"connection", "close"}}, kEndStream | kEndHeaders},
      {{{"x-sum", "1"}}, kEndHeaders},
  };
  for (const auto& [fields, flags] : sections) {
    H2Fixture f;
    const auto peer = f.connect();
    peer->send(preface() + headers(1, post_fields(), kEndHeaders) +
               frame(FrameType::kData, 0, 1, "abc") + headers(1, fields, flags));
    const std::string reset = frame(FrameType::kReset, 0, 1, number(1, 4));
    CHECK(f.run_until([&] {
      peer->receive();
      return peer->received.find(reset) != std::string::npos;
    }));
    CHECK_FALSE(peer->over());
  }
}

TEST_CASE("frames that make no sense end the connection with their error") {
  struct BadFrames {
    const char* what;
    std::string bytes;
    H2Error error;
  };
  const std::string get = headers(1, get_fields());
  const std::vector<BadFrames> all{
      {"no preface", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", H2Error::kProtocolError},
      {"no settings first", std::string(http::kH2Preface) + get, H2Error::kProtocolError},
      {"data on stream 0", preface() + frame(FrameType::kData, 0, 0, "a"), H2Error::kProtocolError},
      {"data on an idle stream", preface() + frame(FrameType::kData, 0, 5, "a"),
       H2Error::kProtocolError},
      {"headers on an even stream", preface() + headers(2, get_fields()), H2Error::kProtocolError},
      {"another frame within a head",
       preface() + headers(1, get_fields(), 0) + frame(FrameType::kPing, 0, 0, "12345678"),
       H2Error::kProtocolError},
      {"continuation of nothing", preface() + frame(FrameType::kContinuation, kEndHeaders, 1, ""),
       H2Error::kProtocolError},
      {"a head that is no HPACK",
       preface() + frame(FrameType::kHeaders, kEndStream | kEndHeaders, 1, "\xff\xff\xff\xff\xff"),
       H2Error::kCompressionError},
      {"a frame above the limit",
       preface() + frame(FrameType::kPing, 0, 0, std::string(20000, 'a')),
       H2Error::kFrameSizeError},
      {"a short ping", preface() + frame(FrameType::kPing, 0, 0, "1234"), H2Error::kFrameSizeError},
      {"settings of an odd length", preface() + frame(FrameType::kSettings, 0, 0, "12345"),
       H2Error::kFrameSizeError},
      {"push", preface() + frame(FrameType::kPushPromise, kEndHeaders, 1, number(2, 4)),
       H2Error::kProtocolError},
      {"a window of nothing more", preface() + frame(FrameType::kWindowUpdate, 0, 0, number(0, 4)),
       H2Error::kProtocolError},
      {"a window above 2^31-1",
       preface() + frame(FrameType::kWindowUpdate, 0, 0, number(0x7fffffff, 4)),
       H2Error::kFlowControlError},
  };
  H2Fixture f;
  H2Client other = f.client();
  std::uint64_t errors = 0;
  for (const BadFrames& bad : all) {
    CAPTURE(std::string(bad.what));
    CHECK(goaway_in(answer_to(f, bad.bytes)) == bad.error);
    CHECK(f.counters().connection_errors == ++errors);
    f.check_works(other);
    while (f.servers.front().accept()) {
    }
  }
}

TEST_CASE("more data than the window lets through ends the stream") {
  H2Fixture f(1, {.allow_connect = true});
  // No server takes any of it: its tunnel is never opened.
  std::string bytes =
      preface() + headers(1, {{":method", "CONNECT"}, {":authority", "a.example:1"}}, kEndHeaders);
  for (int i = 0; i < 5; ++i) bytes += frame(FrameType::kData, 0, 1, std::string(16384, 'a'));
  const auto peer = f.connect();
  const std::string reset = frame(FrameType::kReset, 0, 1, number(3, 4));
  std::size_t sent = 0;
  CHECK(f.run_until([&] {
    sent += peer->send(std::string_view(bytes).substr(sent));
    peer->receive();
    return peer->received.find(reset) != std::string::npos;
  }));
  CHECK_FALSE(peer->over());
}

TEST_CASE("floods end the connection with ENHANCE_YOUR_CALM, are counted and told") {
  struct Case {
    H2Flood flood;
    std::string begin;
    std::string again;
    std::size_t times;
  };
  const auto times_of = [](H2Flood flood) { return H2FloodGuard::limit_of(flood).at_once; };
  const std::vector<Case> cases{
      {H2Flood::kPings, {}, frame(FrameType::kPing, 0, 0, "12345678"), times_of(H2Flood::kPings)},
      {H2Flood::kSettings, {}, frame(FrameType::kSettings, 0, 0, ""), times_of(H2Flood::kSettings)},
      {H2Flood::kPriorities,
       {},
       frame(FrameType::kPriority, 0, 1, number(0, 4) + "a"),
       times_of(H2Flood::kPriorities)},
      {H2Flood::kEmptyData, headers(1, post_fields(), kEndHeaders),
       frame(FrameType::kData, 0, 1, ""), times_of(H2Flood::kEmptyData)},
      {H2Flood::kHeadPieces, headers(1, get_fields(), 0), frame(FrameType::kContinuation, 0, 1, ""),
       20000},
  };
  for (const Case& flood : cases) {
    CAPTURE(to_text(flood.flood));
    H2Fixture f;
    H2Client other = f.client();
    std::string bytes = preface() + flood.begin;
    for (std::size_t i = 0; i < flood.times + 10; ++i) bytes += flood.again;
    CHECK(goaway_in(answer_to(f, bytes)) == H2Error::kEnhanceYourCalm);
    CHECK(f.counters().floods[static_cast<std::size_t>(flood.flood)] == 1);
    CHECK(f.counters().connection_errors == 1);
    while (f.servers.front().accept()) {
    }
    f.check_works(other);
  }
}

TEST_CASE("a client that opens and resets without end is stopped") {
  H2Fixture f;
  std::string bytes = preface();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    bytes +=
        headers(2 * i + 1, get_fields()) + frame(FrameType::kReset, 0, 2 * i + 1, number(8, 4));
  }
  CHECK(goaway_in(answer_to(f, bytes)) == H2Error::kEnhanceYourCalm);
  CHECK(f.counters().floods[static_cast<std::size_t>(H2Flood::kResets)] == 1);
  CHECK(f.counters().streams_total <= H2FloodGuard::limit_of(H2Flood::kResets).at_once + 2);
}

TEST_CASE("a request that is reset as it comes costs no server anything") {
  H2Fixture f;
  std::string bytes = preface();
  for (std::uint32_t i = 0; i < 100; ++i) {
    bytes +=
        headers(2 * i + 1, get_fields()) + frame(FrameType::kReset, 0, 2 * i + 1, number(8, 4));
  }
  const auto peer = f.connect();
  f.send_and_settle(*peer, bytes);
  CHECK(f.counters().streams_total == 100);
  CHECK(f.counters().streams.current() == 0);
  CHECK(row_of(f.engine.stats(), "BACKEND").lbtot == 0);
  CHECK(f.access.lines.size() == 100);
  CHECK(f.access.lines.front().find(" pool/<NOSRV> ") == std::string::npos);
  CHECK(f.access.lines.front().find(" CC-- ") != std::string::npos);
}

TEST_CASE("a request that breaks a rule as it comes costs no server anything") {
  H2Fixture f;
  std::string bytes = preface();
  for (std::uint32_t i = 0; i < 100; ++i) {
    bytes += headers(2 * i + 1, post_fields({{"content-length", "2"}}), kEndHeaders) +
             frame(FrameType::kData, kEndStream, 2 * i + 1, "abc");
  }
  const auto peer = f.connect();
  f.send_and_settle(*peer, bytes);
  CHECK(f.counters().streams_total == 100);
  CHECK(f.counters().streams.current() == 0);
  CHECK(row_of(f.engine.stats(), "BACKEND").lbtot == 0);
  CHECK(last_fault(f) == "length-mismatch");
  REQUIRE(f.access.lines.size() == 100);
  CHECK(f.access.lines.front().find(" 400 ") != std::string::npos);
  CHECK(f.access.lines.front().find(" PD-- ") != std::string::npos);
  peer->receive();
  CHECK(peer->received.find(frame(FrameType::kReset, 0, 1, number(1, 4))) != std::string::npos);
}

TEST_CASE("requests that come at once begin a few at a time, bodies and all") {
  H2Fixture f;
  std::string bytes = preface();
  constexpr std::uint32_t kCount = 50;
  for (std::uint32_t i = 0; i < kCount; ++i) {
    bytes += headers(2 * i + 1, post_fields(), kEndHeaders) +
             frame(FrameType::kData, kEndStream, 2 * i + 1, "body" + std::to_string(i));
  }
  const auto client = f.connect();
  f.send_and_settle(*client, bytes);
  std::vector<std::unique_ptr<Peer>> servers;
  CHECK(f.run_until([&] {
    if (auto peer = f.servers.front().accept()) servers.push_back(std::move(peer));
    return servers.size() == kCount;
  }));
  for (std::uint32_t i = 0; i < servers.size(); ++i) {
    CHECK(f.Fixture::receive_until(*servers[i], "0\r\n\r\n").find("body") != std::string::npos);
  }
  CHECK(row_of(f.engine.stats(), "BACKEND").lbtot == kCount);
}

TEST_CASE("a client that makes us reset without end is stopped too") {
  H2Fixture f;
  std::string bytes = preface();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    bytes += headers(2 * i + 1, with(get_fields(), {{"X-Upper", "1"}}));
  }
  CHECK(goaway_in(answer_to(f, bytes)) == H2Error::kEnhanceYourCalm);
  CHECK(f.counters().floods[static_cast<std::size_t>(H2Flood::kResets)] == 1);
}

TEST_CASE("more streams than agreed are refused and may be tried again") {
  H2Fixture f(1, {.http2 = {.max_streams = 2}});
  const auto peer = f.connect();
  peer->send(preface() + headers(1, get_fields()) + headers(3, get_fields()) +
             headers(5, get_fields()));
  const std::string refused = frame(FrameType::kReset, 0, 5, number(7, 4));
  CHECK(f.run_until([&] {
    peer->receive();
    return peer->received.find(refused) != std::string::npos;
  }));
  CHECK(f.counters().streams.current() == 2);
  CHECK(f.counters().refused_streams == 1);
}
