#include <doctest/doctest.h>

#include <string>

#include "liblb/core/access_log.hpp"

using namespace hapair;
using std::chrono::milliseconds;

namespace {

/// 2009-02-06 12:14:14.655 UTC
constexpr base::WallTime kAccepted{milliseconds(1233922454655)};

lb::AccessRecord finished_request() {
  lb::AccessRecord record;
  record.client = base::Endpoint::parse("10.0.1.2:33317").value();
  record.accepted = kAccepted;
  record.frontend = "http-in";
  record.backend = "static";
  record.server = "srv1";
  record.request_time = milliseconds(10);
  record.queue_time = milliseconds(0);
  record.connect_time = milliseconds(30);
  record.response_time = milliseconds(69);
  record.total_time = milliseconds(109);
  record.status = 200;
  record.bytes_to_client = 2750;
  record.active_connections = record.frontend_connections = 1;
  record.backend_connections = record.server_connections = 1;
  record.request_line = "GET /index.html HTTP/1.1";
  return record;
}

std::string http_line(const lb::AccessRecord& record) {
  std::string out;
  lb::append_http_log(out, record);
  return out;
}

}  // namespace

TEST_CASE("httplog is as HAProxy writes it, field for field") {
  CHECK(http_line(finished_request()) ==
        "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 "
        "- - ---- 1/1/1/1/0 0/0 \"GET /index.html HTTP/1.1\"");
}

TEST_CASE("httplog of a request that came to nothing") {
  lb::AccessRecord record;
  record.client = base::Endpoint::parse("[2001:db8::1]:9").value();
  record.accepted = kAccepted;
  record.frontend = "http-in";
  record.tls = true;
  record.total_time = std::chrono::seconds(10);
  record.status = 408;
  record.termination = {.cause = 'c', .phase = 'R'};
  CHECK(http_line(record) ==
        "2001:db8::1:9 [06/Feb/2009:12:14:14.655] http-in~ http-in/<NOSRV> -1/-1/-1/-1/10000 408 "
        "0 - - cR-- 0/0/0/0/0 0/0 \"<BADREQ>\"");
}

TEST_CASE("httplog says no status when nothing was sent, and marks a redispatch") {
  lb::AccessRecord record = finished_request();
  record.status = -1;
  record.retries = 3;
  record.redispatched = true;
  record.termination = {.cause = 'C', .phase = 'H', .cookie = 'V', .cookie_action = 'N'};
  CHECK(http_line(record) ==
        "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 -1 2750 "
        "- - CHVN 1/1/1/1/+3 0/0 \"GET /index.html HTTP/1.1\"");
}

TEST_CASE("what a client sends can neither end the line nor its quotes") {
  lb::AccessRecord record = finished_request();
  record.request_line = "GET /\"#\r\n\x1b\x7f\xe9 HTTP/1.1";
  const std::string line = http_line(record);
  CHECK(line.ends_with("\"GET /#22#23#0D#0A#1B#7F#E9 HTTP/1.1\""));
}

TEST_CASE("tcplog is as HAProxy writes it, field for field") {
  lb::AccessRecord record = finished_request();
  record.termination = {.cause = 's', .phase = 'D'};
  std::string out;
  lb::append_tcp_log(out, record);
  CHECK(out ==
        "10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 0/30/109 2750 sD "
        "1/1/1/1/0 0/0");
}

TEST_CASE("tcplog has the name that a client asks for, where it was looked for") {
  lb::AccessRecord record = finished_request();
  record.tcp = true;
  record.inspected = true;
  record.server_name = "www.example";
  std::string line;
  lb::append_tcp_log(line, record);
  CHECK(line.ends_with(" -- 1/1/1/1/0 0/0 {www.example}"));
  record.server_name = {};
  line.clear();
  lb::append_tcp_log(line, record);
  CHECK(line.ends_with(" 0/0 {}"));
}

TEST_CASE("JSON has what a client opens TLS with, where it was looked for") {
  lb::AccessRecord record = finished_request();
  record.tcp = true;
  record.inspected = true;
  record.server_name = "www.example";
  record.protocols = "h2,a\"b";
  record.tls_version = "TLS 1.3";
  std::string line;
  lb::append_json_log(line, record);
  CHECK(line.find(R"("sni":"www.example","alpn":"h2,a\"b","tls_version":"TLS 1.3","bytes_in":)") !=
        std::string::npos);
}

TEST_CASE("milliseconds of the date have three digits, part milliseconds of times are cut") {
  lb::AccessRecord record = finished_request();
  record.accepted = base::WallTime(milliseconds(1767225599007));
  record.total_time = std::chrono::microseconds(1999);
  const std::string line = http_line(record);
  CHECK(line.find("[31/Dec/2025:23:59:59.007]") != std::string::npos);
  CHECK(line.find("10/0/30/69/1 ") != std::string::npos);
}

TEST_CASE("lines are appended to what is there") {
  std::string out = "<134>hapair: ";
  lb::append_http_log(out, finished_request());
  CHECK(out.starts_with("<134>hapair: 10.0.1.2:33317 ["));
}

TEST_CASE("dates without a zone are local ones") {
  lb::AccessRecord record = finished_request();
  record.utc_offset = std::chrono::hours(-11);
  CHECK(http_line(record).find("[06/Feb/2009:01:14:14.655]") != std::string::npos);
}

TEST_CASE("captured fields stand between braces and can't end them") {
  lb::AccessRecord record = finished_request();
  const lb::CapturedField request[] = {{"Host", "1wt.eu"}, {"Referer", ""}, {"X", "a|b}\n"}};
  record.request_fields = request;
  CHECK(http_line(record).find(" 0/0 {1wt.eu||a#7Cb#7D#0A} \"GET ") != std::string::npos);
  const lb::CapturedField response[] = {{"Server", "nginx"}};
  record.response_fields = response;
  CHECK(http_line(record).find("#0A} {nginx} \"GET ") != std::string::npos);
}

TEST_CASE("what rules capture stands behind captured fields, or in braces of its own") {
  lb::AccessRecord record = finished_request();
  const lb::CapturedField captures[] = {{"tenant", "a}b"}, {"why", ""}};
  record.request_captures = captures;
  CHECK(http_line(record).find(" 0/0 {a#7Db|} \"GET ") != std::string::npos);
  const lb::CapturedField fields[] = {{"Host", "1wt.eu"}};
  record.request_fields = record.response_fields = fields;
  CHECK(http_line(record).find(" 0/0 {1wt.eu|a#7Db|} {1wt.eu} \"GET ") != std::string::npos);
  record.response_captures = fields;
  std::string out;
  lb::append_json_log(out, record);
  CHECK(out.ends_with(R"("response_fields":{"Host":"1wt.eu"},)"
                      R"("captures":{"tenant":"a}b","why":"","Host":"1wt.eu"}})"));
}

TEST_CASE("of a long request line 1024 bytes are written") {
  lb::AccessRecord record = finished_request();
  const std::string line = "GET /" + std::string(5000, 'x') + " HTTP/1.1";
  record.request_line = line;
  CHECK(http_line(record).ends_with(" 0/0 \"" + line.substr(0, 1024) + "\""));
}

TEST_CASE("JSON: one object with every key, and null for what was not reached") {
  lb::AccessRecord record = finished_request();
  record.method = "GET";
  record.target = "/a\"b\\\xe9\n";
  record.host = "1wt.eu";
  record.bytes_from_client = 120;
  record.response_time = lb::kPhaseNotReached;
  record.total_time = std::chrono::microseconds(109007);
  record.utc_offset = std::chrono::hours(2);  // the time is UTC all the same
  const lb::CapturedField fields[] = {{"User-Agent", "x"}, {"Referer", ""}};
  record.request_fields = fields;
  std::string out;
  lb::append_json_log(out, record);
  CHECK(out ==
        R"({"time":"2009-02-06T12:14:14.655Z","client":"10.0.1.2","client_port":33317,)"
        R"("frontend":"http-in","mode":"http","tls":false,"backend":"static","server":"srv1",)"
        R"("method":"GET","target":"/a\"b\\\u00e9\u000a","host":"1wt.eu","status":200,)"
        R"("bytes_in":120,"bytes_out":2750,"request_ms":10.000,"queue_ms":0.000,)"
        R"("connect_ms":30.000,"response_ms":null,"total_ms":109.007,"termination":"----",)"
        R"("retries":0,"redispatched":false,"active_connections":1,"frontend_connections":1,)"
        R"("backend_connections":1,"server_connections":1,"server_queue":0,"backend_queue":0,)"
        R"("request_fields":{"User-Agent":"x","Referer":""}})");
}

TEST_CASE("JSON: of TCP there is no request to tell, and of nothing no status") {
  lb::AccessRecord record = finished_request();
  record.tcp = true;
  record.termination = {.cause = 's', .phase = 'D'};
  std::string out;
  lb::append_json_log(out, record);
  CHECK(out.find("status") == std::string::npos);
  CHECK(out.find("request_ms") == std::string::npos);
  CHECK(out.find(R"("termination":"sD")") != std::string::npos);
  record.tcp = false;
  record.status = -1;
  record.server = {};
  out.clear();
  lb::append_json_log(out, record);
  CHECK(out.find(R"("server":null,"method":null,"target":null,"host":null,"status":null)") !=
        std::string::npos);
}
