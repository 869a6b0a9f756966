#include "apps/hapair/config/sections_services.hpp"

#include <chrono>

#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_services.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kSteps{1, 32};
constexpr DurationRule kTimes{10ms, 1h};

void describe_step(Shape& shape, StepDraft& step) {
  shape.one_of({{"send", {}},
                {"send_hex", {}},
                {"expect", {}},
                {"expect_prefix", {}},
                {"expect_line", {}},
                {"expect_regex", {}},
                {"expect_hex", {}}});
  shape.text({"send", "What is said, as it goes over the wire: \"PING\\r\\n\"."}, rules::kWireText,
             step.send);
  shape.text({"send_hex", "The same as bytes in hex."}, rules::kWireHex, step.send_hex);
  shape.text({"expect", "This must come, whatever comes before it."}, rules::kWireText,
             step.expect);
  shape.text({"expect_prefix", "What comes must begin with this."}, rules::kWireText,
             step.expect_prefix);
  shape.text({"expect_line", "The next line must be this."}, rules::kWireLine, step.expect_line);
  shape.text({"expect_regex", "A match of this expression (PCRE2) must come."}, rules::kExpression,
             step.expect_regex);
  shape.text({"expect_hex", "These bytes must come, whatever comes before them."}, rules::kWireHex,
             step.expect_hex);
  shape.flag({"not",
              "true: it must not. Judged by the next line, or for a prefix by as many bytes as it "
              "has."},
             step.negated);
  shape.text({"comment", "What the step is for, as the reason of a failure has it."},
             rules::kComment, step.comment);
}

void describe_script(Shape& shape, ServiceDraft& draft) {
  shape.list(
      {"steps",
       "What is said and what must come back, in turn. Over UDP at most one datagram to send "
       "and one expectation."},
      kSteps, [&](Shape& step) {
        draft.steps.push_back({});
        draft.steps.back().path = step.path();
        describe_step(step, draft.steps.back());
      });
  shape.flag({"silence_is_good",
              "true: a server that does not answer is up, unless its host refuses the port."},
             draft.silence_is_good);
  shape.text({"send", "What the agent is asked with, as it goes over the wire."}, rules::kWireText,
             draft.send);
}

void describe_account(Shape& shape, ServiceDraft& draft) {
  shape.text({"user",
              "Who logs in; MySQL: without, the server's handshake is enough. script: who runs the "
              "program, \"nobody\" by default."},
             rules::kAccountName, draft.user);
  shape.text({"password_file", "A file with the password, readable by root only, on every node."},
             rules::kAbsolutePath, draft.password_file);
  shape.text({"database", "The database that must be there."}, rules::kAccountName, draft.database);
  using enum ServiceRole;
  shape.choice({"role", "What the server must be among those that hold the same data."},
               {"any", "primary", "replica"}, {kAny, kPrimary, kReplica}, draft.role);
  shape.text({"bind_dn", "Who binds; anonymous by default."}, rules::kDn, draft.bind_dn);
  shape.text({"hello_name", "How the check introduces itself (EHLO)."}, rules::kHelloName,
             draft.hello_name);
  shape.flag({"starttls",
              "With tls: the check begins in plain text and changes over, by STARTTLS (smtp) or as "
              "PostgreSQL's clients do."},
             draft.starttls);
}

void describe_dns(Shape& shape, ServiceDraft& draft) {
  shape.text({"query", "The name that is asked for; \".\" is the root."}, rules::kDnsName,
             draft.query);
  using enum check::DnsType;
  shape.choice({"record", "The type of record; at least one must be in the answer."},
               {"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"},
               {kA, kAaaa, kCname, kMx, kNs, kPtr, kSoa, kSrv, kTxt}, draft.record);
  shape.parsed({"answer", "An address that must be among the answers (A, AAAA)."}, rules::kGateway,
               draft.answer);
  shape.choice({"transport", "How the question is asked."}, {"udp", "tcp"}, {false, true},
               draft.over_tcp);
}

}  // namespace

void describe_service_check(Shape& shape, ServiceDraft& draft) {
  describe_script(shape, draft);
  describe_account(shape, draft);
  describe_dns(shape, draft);
  shape.only_where("type", {"tcp", "tls", "udp"}, {"steps"});
  shape.only_where("type", {"udp"}, {"silence_is_good"});
  shape.only_where("type", {"agent"}, {"send"});
  shape.only_where("type", {"mysql", "postgresql", "redis", "script"}, {"user"});
  shape.only_where("type", {"mysql", "redis", "ldap"}, {"password_file"});
  shape.only_where("type", {"mysql", "postgresql"}, {"database"});
  shape.only_where("type", {"postgresql", "redis"}, {"role"});
  shape.only_where("type", {"ldap"}, {"bind_dn"});
  shape.only_where("type", {"smtp"}, {"hello_name"});
  shape.only_where("type", {"smtp", "postgresql"}, {"starttls"});
  shape.only_where("type", {"dns"}, {"query", "record", "answer", "transport"});
}

void describe_agent(Shape& backend, BackendDraft& draft) {
  backend.object(
      {"agent",
       "A small server beside each server that says how that is and how much it wants to have; its "
       "word is laid over the checks."},
      [&](Shape& shape) {
        AgentDraft& agent = draft.agent.emplace();
        agent.path = shape.path();
        shape.number({"port", "Where the agents listen.", true}, NumberRule{1, 65535, ""},
                     agent.agent.place.port);
        shape.parsed({"address", "Where they listen in place of the servers' own addresses."},
                     rules::kGateway, agent.agent.place.address);
        shape.duration({"interval", "Time between two questions to one agent."}, kTimes,
                       agent.agent.interval);
        shape.duration({"timeout",
                        "An agent that takes longer says nothing; the interval by "
                        "default."},
                       kTimes, agent.timeout);
        shape.text({"send", "What the agents are asked with, as it goes over the wire."},
                   rules::kWireText, agent.agent.send);
      });
}

}  // namespace hapair::config
