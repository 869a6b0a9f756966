#include <doctest/doctest.h>

#include <vector>

#include "apps/hapair/cli/command_line.hpp"
#include "common/base/text.hpp"

using namespace hapair;
using cli::CommandLine;
using cli::Verb;

namespace {

base::Result<CommandLine> parse(const std::vector<std::string>& words) {
  return cli::parse_command_line(words);
}

std::string error(const std::vector<std::string>& words) {
  const auto line = parse(words);
  return line ? "accepted" : line.error().message;
}

}  // namespace

TEST_CASE("options may come as two words, with an equals sign or in short form") {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"run", "--config", "/x.json", "--node", "lb1"},
                                             {"run", "--config=/x.json", "--node=lb1"},
                                             {"run", "-c", "/x.json", "--node", "lb1"}}) {
    const CommandLine line = parse(words).value();
    CHECK(line.verb == Verb::kRun);
    CHECK(line.config == "/x.json");
    CHECK(line.node == "lb1");
  }
}

TEST_CASE("what is not given has its default") {
  const CommandLine line = parse({"run"}).value();
  CHECK(line.config == "/etc/hapair/hapair.json");
  CHECK(line.node.empty());
  CHECK(line.control_socket() == "/run/hapair/control.sock");
  CHECK(parse({"status", "--runtime-dir", "/r"}).value().control_socket() == "/r/control.sock");
  CHECK(parse({"status", "--socket", "/s"}).value().control_socket() == "/s");
}

TEST_CASE("check takes the file as a plain word too") {
  CHECK(parse({"check", "/x.json", "--json"}).value().config == "/x.json");
  CHECK(parse({"check", "--json", "/x.json"}).value().json);
  CHECK(error({"check", "/x.json", "/y.json"}) ==
        "'/y.json' is one word too many; see 'hapair help check'");
  CHECK(error({"check", "-c", "/x.json", "/y.json"}) ==
        "'/y.json' is one word too many; see 'hapair help check'");
  CHECK(error({"check", "/x.json", "-c", "/y.json"}) ==
        "the config is given twice; see 'hapair help check'");
}

TEST_CASE("help is found wherever people look for it") {
  CHECK(parse({}).value().verb == Verb::kHelp);
  CHECK(parse({"--help"}).value().verb == Verb::kHelp);
  CHECK(parse({"help", "run"}).value().help_topic == "run");
  CHECK(parse({"run", "--help"}).value().help_topic == "run");
  CHECK(parse({"--version"}).value().verb == Verb::kVersion);
  for (const char* topic : {"", "run", "check", "status", "server", "version", "help"}) {
    CHECK(cli::help_text(topic).back() == '\n');
  }
}

TEST_CASE("a wrong word is named, with the remedy") {
  CHECK(error({"stauts"}) == "'stauts' is not a command; did you mean 'status'? See 'hapair help'");
  CHECK(error({"run", "--conf", "x"}) ==
        "'--conf' is no option of 'hapair run'; did you mean '--config'? See 'hapair help run'");
  CHECK(error({"run", "--json"}) == "'--json' is no option of 'hapair run'; see 'hapair help run'");
  CHECK(error({"run", "-c"}) == "option '-c' needs a value");
  CHECK(error({"run", "--node="}) == "option '--node' has an empty value");
  CHECK(error({"status", "--json=1"}) == "option '--json' takes no value");
  CHECK(error({"version", "now"}) == "'now' is one word too many; see 'hapair help version'");
}

TEST_CASE("tables are listed, shown, set and cleared") {
  CHECK(parse({"tables"})->table_action.empty());
  CHECK(parse({"tables", "show", "clients", "--json"})->table == "clients");
  const CommandLine set =
      parse({"tables", "set", "clients", "192.0.2.7", "requests=5", "errors=0"}).value();
  CHECK(set.table_action == "set");
  CHECK(set.client == "192.0.2.7");
  CHECK(set.values == std::vector<std::string>{"requests=5", "errors=0"});
  CHECK(parse({"tables", "clear", "clients"})->client.empty());
  CHECK(parse({"tables", "clear", "stick:app", "2001:db8::"})->client == "2001:db8::");
  CHECK(error({"tables", "drop", "clients"}) == "'drop' is neither 'show', 'set' nor 'clear'");
  CHECK(error({"tables", "show"}) ==
        "'hapair tables show' needs a table; see 'hapair help tables'");
  CHECK(error({"tables", "set", "clients", "192.0.2.7"}) ==
        "'hapair tables set' needs a client and what it is to have; see 'hapair help tables'");
  CHECK(error({"tables", "show", "clients", "x"}) ==
        "'x' is one word too many; see 'hapair help tables'");
  CHECK(error({"tables", "clear", "clients", "x", "y"}) ==
        "'y' is one word too many; see 'hapair help tables'");
}

TEST_CASE("log targets are listed, or one is to write more, less or nothing") {
  CHECK(parse({"log", "--json"})->log_target.empty());
  const CommandLine line = parse({"log", "syslog /dev/log", "debug"}).value();
  CHECK(line.log_target == "syslog /dev/log");
  CHECK(line.log_order == "debug");
  CHECK(parse({"log", "0", "off"})->log_order == "off");
  CHECK(error({"log", "0"}) ==
        "'hapair log' needs a target and what it is to do; see 'hapair help log'");
  CHECK(error({"log", "0", "loud"}) ==
        "'loud' is no level, and neither 'on' nor 'off'; see 'hapair help log'");
  CHECK(error({"log", "0", "on", "now"}) == "'now' is one word too many; see 'hapair help log'");
}

TEST_CASE("an empty word is not the same as none, which may mean all") {
  CHECK(error({"tables", "clear", "clients", ""}) ==
        "an empty word names nothing; see 'hapair help tables'");
  CHECK(error({"maintenance", "on", ""}) ==
        "an empty word names nothing; see 'hapair help maintenance'");
  CHECK(error({"step-down", ""}) == "an empty word names nothing; see 'hapair help step-down'");
}

TEST_CASE("explain and why-not take a VIP, events follow, maintenance wants on or off") {
  CHECK(parse({"explain"})->vip.empty());
  CHECK(parse({"why-not", "VI_1", "--json"})->vip == "VI_1");
  CHECK(parse({"events", "-f"})->follow);
  CHECK(parse({"maintenance", "on", "VI_1"})->maintenance == "on");
  CHECK(parse({"maintenance", "off", "VI_1"})->vip == "VI_1");
  CHECK(error({"maintenance"}) ==
        "'hapair maintenance' needs 'on' or 'off'; see 'hapair help maintenance'");
  CHECK(error({"maintenance", "maybe"}) == "'maybe' is neither 'on' nor 'off'");
  CHECK(parse({"step-down", "VI_1"})->vip == "VI_1");
  CHECK(parse({"step-down", "--drain"})->drain);
  CHECK(error({"step-down", "a", "b"}) == "'b' is one word too many; see 'hapair help step-down'");
  CHECK(parse({"server", "web/node1", "drain"})->server == "web/node1");
  CHECK(parse({"server", "web/node1", "force-up", "--json"})->state == "force-up");
  CHECK(error({"server", "web/node1"}) ==
        "'hapair server' needs a server and its state; see 'hapair help server'");
  CHECK(error({"server", "node1", "drain"}) == "'node1' is no BACKEND/SERVER");
  CHECK(error({"server", "web/node1", "up"}) ==
        "'up' is no state of a server; see 'hapair help server'");
  CHECK(error({"explain", "a", "b"}) == "'b' is one word too many; see 'hapair help explain'");
  CHECK(error({"explain", "-f"}).starts_with("'-f' is no option of 'hapair explain'"));
}

TEST_CASE("import takes files of each program, explains a keyword, and knows no other option") {
  const CommandLine line =
      parse({"import", "--keepalived", "a.conf", "--keepalived=b.conf", "--haproxy", "h.cfg",
             "--address", "192.0.2.11", "-o", "/x.json", "--secrets", "/s", "--report-json",
             "--haproxy-version=2.8", "--keepalived-version", "2.0", "--force"})
          .value();
  CHECK(line.verb == Verb::kImport);
  CHECK(line.keepalived == std::vector<std::string>{"a.conf", "b.conf"});
  CHECK(line.haproxy == std::vector<std::string>{"h.cfg"});
  CHECK(line.addresses == std::vector<std::string>{"192.0.2.11"});
  CHECK(line.output == "/x.json");
  CHECK(line.secrets == "/s");
  CHECK(line.haproxy_version == "2.8");
  CHECK(line.keepalived_version == "2.0");
  CHECK(line.report_json);
  CHECK(line.force);
  CHECK_FALSE(parse({"import"})->force);
  CHECK(parse({"import", "--explain", "auth_pass"})->keyword == "auth_pass");
  CHECK(error({"import", "--explain"}) == "option '--explain' needs a value");
  CHECK(error({"import", "--keepalive", "a.conf"}) ==
        "'--keepalive' is no option of 'hapair import'; did you mean '--keepalived'? "
        "See 'hapair help import'");
  CHECK(error({"import", "a.conf"}) == "'a.conf' is one word too many; see 'hapair help import'");
  CHECK(error({"check", "--explain", "x"}).starts_with("'--explain' is no option of"));
}

TEST_CASE("diff takes a file against what runs, or two files") {
  const auto one = parse({"diff", "/x.json"}).value();
  CHECK(one.verb == Verb::kDiff);
  CHECK(one.config == "/x.json");
  CHECK(one.other.empty());
  CHECK(parse({"diff"}).value().config == "/etc/hapair/hapair.json");
  const auto two = parse({"diff", "--node", "lb2", "/a.json", "/b.json"}).value();
  CHECK(two.config == "/a.json");
  CHECK(two.other == "/b.json");
  CHECK(two.node == "lb2");
  CHECK(error({"diff", "a", "b", "c"}) == "'c' is one word too many; see 'hapair help diff'");
}

TEST_CASE("reload takes no file: the running node knows its own") {
  CHECK(parse({"reload", "--json"}).value().verb == Verb::kReload);
  CHECK(error({"reload", "/x.json"}) == "'/x.json' is one word too many; see 'hapair help reload'");
}

TEST_CASE("drift is shown, or written into a file and taken") {
  CHECK_FALSE(parse({"drift"}).value().write);
  const auto line = parse({"drift", "--write", "--reload", "-c", "/x.json", "--json"}).value();
  CHECK(line.verb == Verb::kDrift);
  CHECK(line.write);
  CHECK(line.reload);
  CHECK(line.json);
  CHECK(line.config == "/x.json");
  CHECK(error({"drift", "web"}) == "'web' is one word too many; see 'hapair help drift'");
  CHECK(error({"status", "--write"}).starts_with("'--write' is no option of 'hapair status'"));
}

TEST_CASE("servers takes a backend, drain and ready a server") {
  CHECK(parse({"servers"})->backend.empty());
  CHECK(parse({"servers", "web", "--json", "--no-color"})->backend == "web");
  CHECK(error({"servers", "a", "b"}) == "'b' is one word too many; see 'hapair help servers'");
  CHECK(parse({"drain", "web/node1"})->server == "web/node1");
  CHECK(parse({"ready", "web/node1", "--json"})->verb == Verb::kReady);
  CHECK(error({"drain"}) == "'hapair drain' needs a BACKEND/SERVER; see 'hapair help drain'");
  CHECK(error({"ready", "node1"}) == "'node1' is no BACKEND/SERVER");
  CHECK(error({"drain", "web/"}) == "'web/' is no BACKEND/SERVER");
  CHECK(error({"drain", "/node1"}) == "'/node1' is no BACKEND/SERVER");
}

TEST_CASE("sessions are listed or closed, chosen by one thing") {
  CHECK(parse({"sessions"})->session_action.empty());
  CHECK(parse({"sessions", "--client", "192.0.2.7"})->client == "192.0.2.7");
  CHECK(parse({"sessions", "--server", "web/node1", "--json"})->server == "web/node1");
  CHECK(parse({"sessions", "close", "12-3"})->session == "12-3");
  CHECK(parse({"sessions", "close", "--frontend", "front"})->frontend == "front");
  CHECK(error({"sessions", "12-3"}) == "'12-3' is not 'close'; see 'hapair help sessions'");
  CHECK(error({"sessions", "close"}).starts_with("'hapair sessions close' needs an ID, --front"));
  CHECK(error({"sessions", "--client", "::1", "--frontend", "f"})
            .starts_with("sessions are chosen by one thing"));
  CHECK(error({"sessions", "close", "1-1", "2-2"}) ==
        "'2-2' is one word too many; see 'hapair help sessions'");
  CHECK(error({"sessions", "--server", "node1"}) == "'node1' is no BACKEND/SERVER");
}

TEST_CASE("top has an interval within limits") {
  CHECK(parse({"top"})->interval == std::chrono::seconds(1));
  CHECK(parse({"top", "--interval", "250ms", "--once"})->interval ==
        std::chrono::milliseconds(250));
  CHECK(parse({"top", "--interval", "100ms"}));
  CHECK(parse({"top", "--interval", "1h"}));
  for (const char* bad : {"99ms", "2h", "2", "fast", "0"}) {
    CAPTURE(bad);
    CHECK(error({"top", "--interval", bad}) ==
          std::string("option '--interval' takes a time from 100ms to 1h such as '2s', not '") +
              bad + "'");
  }
  CHECK(error({"top", "--drain"}) ==
        "'--drain' is no option of 'hapair top'; see 'hapair help top'");
  CHECK(parse({"version", "--json"})->json);
}

TEST_CASE("what is to go into the path of a request is a name, or is refused as none") {
  for (const char* bad :
       {"a b", "a?b", "a#b", "a/b", "../x", "a%20b", "a\nb", "a\r\n\r\nb", "\xc3\xa4"}) {
    CAPTURE(bad);
    const std::string quoted = "'" + base::printable(bad, 40) + "'";
    CHECK(error({"explain", bad}) == quoted + " is no name; see 'hapair help explain'");
    CHECK(error({"maintenance", "on", bad}) ==
          quoted + " is no name; see 'hapair help maintenance'");
    CHECK(error({"servers", bad}) == quoted + " is no name; see 'hapair help servers'");
    CHECK(error({"sessions", "--frontend", bad}) ==
          quoted + " is no name; see 'hapair help sessions'");
    CHECK(error({"sessions", "close", bad}) == quoted + " is no name; see 'hapair help sessions'");
    const std::string server = std::string("web/") + bad;
    CHECK(error({"drain", server}) ==
          "'" + base::printable(server, 140) + "' is no BACKEND/SERVER");
  }
  CHECK(error({"sessions", "close", "--client", "10.0.0.0/8"}) ==
        "'10.0.0.0/8' is no address of a client; see 'hapair help sessions'");
  CHECK(parse({"sessions", "--client", "2001:db8::1"}));
  CHECK(parse({"tables", "clear", "stick:web", "a b/c"})->client == "a b/c");
  CHECK(parse({"drain", "web_1/node-1.example"})->server == "web_1/node-1.example");
}

TEST_CASE("behind -- there are words only") {
  CHECK(parse({"check", "--", "-odd.json"})->config == "-odd.json");
  CHECK(parse({"check", "--json", "--", "x.json"})->json);
  CHECK(parse({"maintenance", "on", "--", "--json"})->vip == "--json");
  CHECK(parse({"status", "--"})->verb == Verb::kStatus);
  CHECK(error({"version", "--", "--"}) == "'--' is one word too many; see 'hapair help version'");
}

TEST_CASE("top prints so many lines of JSON, and counts nothing else") {
  CHECK(parse({"top", "--json"})->json);
  CHECK(parse({"top", "--json"})->count == 0);
  CHECK(parse({"top", "--json", "--once"})->once);
  CHECK(parse({"top", "-n", "3", "--json"})->count == 3);
  CHECK(parse({"top", "--json", "--count=1000000000"})->count == 1'000'000'000);
  for (const char* bad : {"0", "-1", "1000000001", "many", "1.5"}) {
    CAPTURE(bad);
    CHECK(error({"top", "--json", "-n", bad}) ==
          std::string("option '--count' takes a whole number from 1 to 1000000000, not '") + bad +
              "'");
  }
  for (const auto& words : {std::vector<std::string>{"top", "-n", "3"},
                            std::vector<std::string>{"top", "--json", "--once", "-n", "3"}}) {
    CHECK(error(words) ==
          "'--count' goes with '--json' and without '--once'; see 'hapair help top'");
  }
}
