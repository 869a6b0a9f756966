// Replays tests/scenarios/check/*.txt: the state changes that commands lead to.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <sstream>

#include "common/base/text.hpp"
#include "libcheck/core/quorum.hpp"
#include "libcheck/core/registry.hpp"
#include "libcheck/core/schedule.hpp"
#include "tests/unit/scenario_replay.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using check::CheckCode;

namespace {

CheckCode code_named(std::string_view name) {
  for (const CheckCode code :
       {CheckCode::kSocketError, CheckCode::kL4Ok, CheckCode::kL4Timeout, CheckCode::kL4Refused,
        CheckCode::kL7Ok, CheckCode::kL7Timeout, CheckCode::kL7BadResponse,
        CheckCode::kL7WrongStatus, CheckCode::kL6Ok, CheckCode::kL6Timeout,
        CheckCode::kL6BadResponse}) {
    if (check::short_name(code) == name) return code;
  }
  FAIL("no such check code: " << name);
  return CheckCode::kSocketError;
}

class Scenario final : public check::HealthListener, public check::QuorumListener {
 public:
  Scenario() : subscription_(registry_.subscribe_all(*this)) {}

  /// Carries one command out; returns its trace.
  std::string run(const std::string& line) {
    trace_.clear();
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "target") {
      std::string name;
      words >> name;
      const unsigned rise = option(words, "rise=");
      const unsigned fall = option(words, "fall=");
      registry_.add(name, {rise, fall}, moment());
    } else if (command == "unchecked") {
      registry_.add_unchecked(rest(words), moment());
    } else if (command == "resolving") {
      registry_.add_resolving(rest(words), "not resolved yet", moment());
    } else if (command == "join" || command == "leave") {
      change_quorum(command == "join", words);
    } else if (command == "quorum") {
      add_quorum(words);
    } else if (command == "intervals") {
      add_intervals(words);
    } else if (command == "show") {
      show(rest(words));
    } else if (command == "standing") {
      standing(rest(words));
    } else if (command == "at") {
      std::string time;
      words >> time;
      now_ = base::parse_duration(time).value();
      act(words);
    } else {
      FAIL("no such command: " << command);
    }
    return std::move(trace_);
  }

 private:
  check::Moment moment() const { return {base::from_ns(now_.count()), base::WallTime(now_)}; }

  static std::string rest(std::istream& words) {
    std::string text;
    std::getline(words >> std::ws, text);
    return text;
  }

  static unsigned option(std::istream& words, std::string_view name) {
    std::string word;
    words >> word;
    REQUIRE(word.starts_with(name));
    return static_cast<unsigned>(base::parse_unsigned(word.substr(name.size())).value());
  }

  static base::Duration time_option(std::istream& words, std::string_view name) {
    std::string word;
    words >> word;
    REQUIRE(word.starts_with(name));
    return base::parse_duration(word.substr(name.size())).value();
  }

  check::TargetId id(const std::string& name) const { return registry_.find(name).value(); }

  void act(std::istream& words) {
    std::string word;
    words >> word;
    if (const auto order = check::parse_order(word)) {
      words >> word;
      return registry_.set_order(id(word), *order, rest(words), moment());
    }
    if (word == "follow") return follow(words);
    if (word == "agent") return hear(words);
    if (word == "errors") return observe(words);
    if (word == "traffic") return compare(words);
    if (word == "expire") return expire();
    if (word == "grace") {
      words >> word;
      return registry_.set_grace(id(word), base::from_ns(duration(words).count()));
    }
    std::string code;
    std::string extra;
    unsigned status = 0;
    words >> code >> status;
    words.clear();
    words >> extra;
    check::CheckResult result{.code = code_named(code),
                              .status = static_cast<std::uint16_t>(status),
                              .duration = 1ms,
                              .info = {}};
    result.warns = extra == "warns";
    if (extra == "says") result.agent = agent_word(words);
    registry_.report(id(word), std::move(result), moment());
    const auto intervals = intervals_.find(word);
    if (intervals == intervals_.end()) return;
    const auto next = check::interval_for(intervals->second, registry_.get(id(word)).counter);
    say(word, ": next check in ", base::format_duration(next));
  }

  void add_intervals(std::istream& words) {
    std::string name;
    words >> name;
    const auto normal = time_option(words, "normal=");
    const auto fast = time_option(words, "fast=");
    const auto down = time_option(words, "down=");
    intervals_[name] = {.normal = normal, .fast = fast, .down = down};
  }

  static base::Duration duration(std::istream& words) {
    std::string word;
    words >> word;
    return base::parse_duration(word).value();
  }

  void follow(std::istream& words) {
    std::string follower;
    std::string followed;
    words >> follower >> followed;
    registry_.follow(id(follower), id(followed), moment());
  }

  /// Of "50%", "maxconn:9", "up", "down", "ready", "drain" and "maint", in any order, up to the
  /// end.
  static check::AgentWord agent_word(std::istream& words) {
    check::AgentWord said;
    for (std::string word; words >> word && word != ":";) {
      constexpr std::string_view kLimit = "maxconn:";
      if (word.starts_with(kLimit)) {
        said.max_connections =
            static_cast<std::uint32_t>(base::parse_unsigned(word.substr(kLimit.size())).value());
      }
      if (word == "up") said.health = check::AgentWord::Health::kUp;
      if (word == "down") said.health = check::AgentWord::Health::kDown;
      if (word == "ready") said.admin = check::AgentWord::Admin::kReady;
      if (word == "drain") said.admin = check::AgentWord::Admin::kDrain;
      if (word == "maint") said.admin = check::AgentWord::Admin::kMaintenance;
      if (word.ends_with('%')) {
        said.weight_percent = static_cast<std::uint16_t>(
            base::parse_unsigned(word.substr(0, word.size() - 1)).value());
      }
    }
    return said;
  }

  void hear(std::istream& words) {
    std::string name;
    words >> name;
    const check::AgentWord said = agent_word(words);
    registry_.hear(id(name), said, rest(words), moment());
  }

  void observe(std::istream& words) {
    static const std::map<std::string, check::OnError> kPolicies{
        {"fastinter", check::OnError::kFastCheck},
        {"fail-check", check::OnError::kFailCheck},
        {"sudden-death", check::OnError::kSuddenDeath},
        {"mark-down", check::OnError::kMarkDown}};
    std::string name;
    std::string policy;
    words >> name >> policy;
    registry_.observe_errors(id(name), kPolicies.at(policy), rest(words), moment());
  }

  void compare(std::istream& words) {
    static const std::map<std::string, check::Outlier> kKinds{
        {"ejected", check::Outlier::kEjected},
        {"returning", check::Outlier::kReturning},
        {"like-others", check::Outlier::kNone}};
    std::string name;
    std::string kind;
    words >> name >> kind;
    registry_.set_outlier(id(name), kKinds.at(kind), rest(words), moment());
  }

  void expire() {
    const auto next = registry_.expire_grace(moment());
    say("next grace ends ",
        next ? base::concat("at ", base::format_duration(next->time_since_epoch())) : "never");
  }

  void add_quorum(std::istream& words) {
    std::string name;
    words >> name;
    const unsigned min_up = option(words, "min_up=");
    std::vector<check::TargetId> members;
    for (std::string member; words >> member;) members.push_back(id(member));
    const auto& quorum = quorums_[name] =
        std::make_unique<check::Quorum>(registry_, members, min_up, this);
    say("quorum ", name, ": ", check::to_string(quorum->state()), " (", quorum->describe(), ")");
  }

  void change_quorum(bool join, std::istream& words) {
    std::string name;
    words >> name;
    const check::TargetId member = id(rest(words));
    if (join) return quorums_.at(name)->add(member);
    quorums_.at(name)->remove(member);
    registry_.remove(member);
  }

  void show(const std::string& name) {
    const check::Target& target = registry_.get(id(name));
    const auto limits = target.counter.limits();
    say(name, ": ", check::to_string(target.state), " since ",
        base::format_duration(target.since.at.time_since_epoch()), ", ", target.counter.against(),
        " against (rise ", limits.rise, ", fall ", limits.fall, "), ", target.checks, " checks, ",
        target.failures, " failed, ", target.times_down, " times down, reason: ", target.reason);
  }

  /// Beside the state: what the balancer makes of it.
  void standing(const std::string& name) {
    const check::Target& target = registry_.get(id(name));
    say(name, ": ", check::to_string(target.state), target.last_resort ? ", last resort" : "",
        ", weight ", target.weight_percent, " %, ",
        target.max_connections ? base::concat("at most ", *target.max_connections, ", ") : "",
        target.counter.against(), " against, ", target.observed_failures,
        " observed, reason: ", target.reason);
  }

  void on_health_change(check::TargetId, const check::Target& target,
                        check::State previous) noexcept override {
    say(target.name, ": ", check::to_string(previous), " -> ", check::to_string(target.state), ": ",
        target.reason);
  }

  void on_quorum_change(const check::Quorum& quorum, check::State previous) noexcept override {
    for (const auto& [name, known] : quorums_) {
      if (known.get() != &quorum) continue;
      say("quorum ", name, ": ", check::to_string(previous), " -> ",
          check::to_string(quorum.state()), " (", quorum.describe(), ")");
    }
  }

  template <class... Parts>
  void say(const Parts&... parts) {
    trace_ += scenarios::trace_line(parts...);
  }

  base::Duration now_{0};
  check::Registry registry_;
  std::map<std::string, check::Intervals> intervals_;
  std::map<std::string, std::unique_ptr<check::Quorum>> quorums_;
  std::string trace_;
  check::Subscription subscription_;
};

}  // namespace

TEST_CASE("scenarios of rise and fall, maintenance and quorums lead to their traces") {
  scenarios::replay<Scenario>("check", 7);
}
