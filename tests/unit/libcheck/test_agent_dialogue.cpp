#include "libcheck/core/agent_dialogue.hpp"
#include "talk.hpp"

using namespace hapair::check;

namespace {

std::string told(std::string_view line) {
  const auto make = [] { return make_dialogue(AgentCheck{}); };
  const std::string without_end = outcome_of(make, line);
  CHECK(outcome_of(make, std::string(line) + "\n") == without_end);
  return without_end;
}

AgentWord word_of(std::string_view line) { return judge_agent_line(line).agent.value(); }

}  // namespace

TEST_CASE("agent: up and down, with a reason behind #") {
  CHECK(told("up") == "L7OK: up");
  CHECK(told("UP") == "L7OK: UP");
  CHECK(told("down") == "L7STS: down");
  CHECK(told("down # disk full ") == "L7STS: disk full");
  CHECK(told("stopped#by hand") == "L7STS: by hand");
  CHECK(told("failed") == "L7STS: failed");
  CHECK(told("fail") == "L7STS: fail");
  CHECK(told("up down") == "L7STS: down");
  CHECK(told("down up") == "L7STS: down");
}

TEST_CASE("agent: a weight alone passes the check, and says nothing of up or down") {
  CHECK(told("75%") == "L7OK: 75%");
  CHECK(word_of("75%").weight_percent == 75);
  CHECK(word_of("0%").weight_percent == 0);
  CHECK(word_of("999999%").weight_percent == kMaxAgentWeight);
  CHECK(word_of("down 50%").weight_percent == 50);
  CHECK(word_of("75%").health == AgentWord::Health::kNothing);
  CHECK(word_of("75%").admin == AgentWord::Admin::kNothing);
  CHECK(word_of("up").health == AgentWord::Health::kUp);
  CHECK(word_of("stopped 50%").health == AgentWord::Health::kDown);
  CHECK_FALSE(word_of("up").weight_percent);
}

TEST_CASE("agent: a limit of connections") {
  CHECK(told("maxconn:30") == "L7OK: maxconn:30");
  CHECK(word_of("MaxConn:30").max_connections == 30);
  CHECK(word_of("maxconn:0").max_connections == 0);
  CHECK(word_of("maxconn:99999999999").max_connections == AgentWord::kMaxConnections);
  CHECK_FALSE(word_of("up").max_connections);
  CHECK(told("maxconn:") == "L7RSP: no word of an agent's: maxconn:");
  CHECK(told("maxconn:5%") == "L7RSP: no word of an agent's: maxconn:5%");
}

TEST_CASE("agent: modes, beside anything else") {
  CHECK(word_of("drain").admin == AgentWord::Admin::kDrain);
  CHECK(word_of("MAINT").admin == AgentWord::Admin::kMaintenance);
  CHECK(word_of("ready").admin == AgentWord::Admin::kReady);
  const Finding all = judge_agent_line("up,ready\t50% maxconn:7 # fine");
  CHECK(all.code == CheckCode::kL7Ok);
  CHECK(all.agent->weight_percent == 50);
  CHECK(all.agent->admin == AgentWord::Admin::kReady);
  CHECK(all.agent->max_connections == 7);
  CHECK(all.agent->health == AgentWord::Health::kUp);
  CHECK(all.info == "fine");
}

TEST_CASE("agent: a line that is none") {
  CHECK(told("hello") == "L7RSP: no word of an agent's: hello");
  CHECK(told("up 5x%") == "L7RSP: no word of an agent's: 5x%");
  CHECK(told("maxconn:-1") == "L7RSP: no word of an agent's: maxconn:-1");
  CHECK(told(" , ") == "L7RSP: an agent's line without a word");
  CHECK(told("# why") == "L7RSP: an agent's line without a word");
  CHECK(Talk(make_dialogue(AgentCheck{})).close().outcome() ==
        "L7RSP: closed before the agent's line");
}

TEST_CASE("agent: it is asked with what the configuration says, and not waited for for ever") {
  Talk talk(make_dialogue(AgentCheck{.send = "web1\n"}));
  CHECK(talk.sent == "web1\n");
  CHECK(talk.timeout() == "L7TOUT: no agent's line in time");
}
