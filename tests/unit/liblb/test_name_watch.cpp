// Replays tests/scenarios/names/*.txt: the effects that answers and the time lead to.
#include <doctest/doctest.h>

#include <optional>
#include <sstream>

#include "common/base/text.hpp"
#include "liblb/core/name_watch.hpp"
#include "tests/unit/scenario_replay.hpp"

using namespace hapair;
using namespace std::chrono_literals;
using base::concat;

namespace {

base::Duration duration_of(std::string_view text) { return base::parse_duration(text).value(); }

lb::AddressChoice choice_named(std::string_view name) {
  if (name == "ipv4") return lb::AddressChoice::kPreferIpv4;
  if (name == "ipv6") return lb::AddressChoice::kPreferIpv6;
  if (name == "only_ipv4") return lb::AddressChoice::kOnlyIpv4;
  if (name == "only_ipv6") return lb::AddressChoice::kOnlyIpv6;
  REQUIRE(name == "both");
  return lb::AddressChoice::kBoth;
}

class Scenario {
 public:
  /// Carries one command out; returns its trace.
  std::string run(const std::string& line) {
    trace_.clear();
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "name" || command == "service") {
      start(command == "service", words);
    } else if (command == "show") {
      show();
    } else {
      REQUIRE_MESSAGE(command == "at", "no such command: " << command);
      std::string time;
      words >> time;
      now_ = duration_of(time);
      act(words);
    }
    return std::move(trace_);
  }

 private:
  base::Instant now() const { return base::from_ns(now_.count()); }
  std::uint64_t number(std::string_view text) { return base::parse_unsigned(text).value(); }

  void start(bool service, std::istream& words) {
    lb::NameSettings settings;
    settings.service = service;
    words >> settings.name;
    const std::size_t colon = settings.name.find(':');
    if (colon != std::string::npos) {
      settings.port = static_cast<std::uint16_t>(number(settings.name.substr(colon + 1)));
      settings.name.resize(colon);
    }
    for (std::string word; words >> word;) {
      const std::string key = word.substr(0, word.find('='));
      const std::string value = word.substr(key.size() + 1);
      if (key == "slots") settings.slots = number(value);
      if (key == "weight") settings.weight = static_cast<std::uint32_t>(number(value));
      if (key == "prefer") settings.choice = choice_named(value);
      if (key == "min_ttl") settings.min_ttl = duration_of(value);
      if (key == "max_ttl") settings.max_ttl = duration_of(value);
      if (key == "retry") settings.retry = duration_of(value);
      if (key == "failed") settings.hold_failed = duration_of(value);
      if (key == "none") settings.hold_none = duration_of(value);
      if (key == "gone") settings.hold_gone = duration_of(value);
      if (key == "handover") settings.handover = duration_of(value);
      if (key == "refused") settings.refused.push_back(base::IpAddress::parse(value).value());
    }
    now_ = 0s;
    watch_.emplace(std::move(settings));
    say(watch_->on_start(now()));
  }

  void act(std::istream& words) {
    std::string word;
    words >> word;
    if (word == "time") return say(watch_->on_time(now()));
    if (word == "up" || word == "down") {
      std::string slot;
      words >> slot;
      return say(watch_->on_usable(static_cast<unsigned>(number(slot)), word == "up", now()));
    }
    // NAME TYPE ttl=T VALUES..., NAME TYPE none [ttl=T], or NAME TYPE failed
    lb::NameQuestion question{word, lb::NameRecord::kIpv4};
    words >> word;
    if (word == "AAAA") question.record = lb::NameRecord::kIpv6;
    if (word == "SRV") question.record = lb::NameRecord::kService;
    lb::NameAnswer answer{.kind = lb::NameAnswer::Kind::kData};
    while (words >> word) {
      if (word == "none") {
        answer.kind = lb::NameAnswer::Kind::kNone;
        answer.text = "no such name";
      } else if (word == "failed") {
        answer.kind = lb::NameAnswer::Kind::kFailed;
        answer.text = "no nameserver answers";
      } else if (word.starts_with("ttl=")) {
        answer.ttl = duration_of(word.substr(4));
      } else if (question.record == lb::NameRecord::kService) {
        answer.services.push_back(host_of(word));
      } else {
        answer.addresses.push_back(base::IpAddress::parse(word).value());
      }
    }
    say(watch_->on_answer(question, std::move(answer), now()));
  }

  /// PRIORITY/WEIGHT/HOST:PORT; a host "." offers nothing.
  lb::ServiceHost host_of(const std::string& text) {
    const auto parts = base::split(text, '/');
    const auto ends = base::split(parts.at(2), ':');
    return {.name = ends.at(0) == "." ? std::string() : std::string(ends.at(0)),
            .port = static_cast<std::uint16_t>(number(ends.at(1))),
            .priority = static_cast<std::uint16_t>(number(parts.at(0))),
            .weight = static_cast<std::uint16_t>(number(parts.at(1)))};
  }

  void show() {
    line(lb::to_string(watch_->state()), ", ", watch_->servers(), " servers", due_text());
  }
  std::string due_text() const {
    const auto due = watch_->due();
    if (!due) return ", nothing due";
    return concat(", due at ", base::format_duration(due->time_since_epoch()));
  }

  void say(const lb::NameEffects& effects) {
    for (const lb::NameEffect& effect : effects) {
      std::visit([this](const auto& each) { tell(each); }, effect);
    }
  }
  void tell(const lb::AskName& e) {
    line("ask ", e.question.name, " ", lb::to_string(e.question.record));
  }
  void tell(const lb::AddNamed& e) {
    line("add ", e.slot, ": ", e.endpoint.to_string(), " weight ", e.weight, " tier ", e.tier);
  }
  void tell(const lb::WeighNamed& e) {
    line("weigh ", e.slot, ": weight ", e.weight, " tier ", e.tier);
  }
  void tell(const lb::RemoveNamed& e) { line("remove ", e.slot, ": ", e.why); }
  void tell(const lb::TellName& e) {
    line(lb::to_string(e.state), e.why.empty() ? "" : ": ", e.why);
  }
  void tell(const lb::TellOverflow& e) { line("overflow ", e.addresses); }

  template <class... Parts>
  void line(const Parts&... parts) {
    trace_ += scenarios::trace_line(parts...);
  }

  base::Duration now_{0};
  std::optional<lb::NameWatch> watch_;
  std::string trace_;
};

}  // namespace

TEST_CASE("scenarios of names lead to their traces") { scenarios::replay<Scenario>("names", 9); }

TEST_CASE("an answer that nobody waits for changes nothing") {
  lb::NameWatch watch({.name = "web", .port = 80});
  CHECK(watch.on_answer({"web", lb::NameRecord::kIpv4}, {}, {}).empty());
  CHECK(watch.on_usable(1, true, {}).empty());
  CHECK_FALSE(watch.due());
  CHECK(watch.on_start({}).size() == 2);
  CHECK(watch.on_answer({"web", lb::NameRecord::kService}, {}, {}).empty());
  CHECK(watch.on_start({}).empty());  // the round is under way
}
