#include "tests/unit/libvrrp/election_script.hpp"

#include <map>
#include <stdexcept>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::vrrp::test {

/// The `key=value` words of a command; each must be asked for, so that a misspelt one is noticed.
class Arguments {
 public:
  explicit Arguments(const std::vector<std::string_view>& words) {
    for (std::string_view word : words) {
      const std::size_t equals = word.find('=');
      if (equals == std::string_view::npos) {
        throw std::runtime_error(base::concat("expected key=value, not '", word, "'"));
      }
      values_[std::string(word.substr(0, equals))] = std::string(word.substr(equals + 1));
    }
  }

  [[nodiscard]] std::string text(const std::string& key, std::string_view otherwise) const {
    asked_.insert_or_assign(key, true);
    const auto found = values_.find(key);
    return found == values_.end() ? std::string(otherwise) : found->second;
  }
  [[nodiscard]] std::uint8_t number(const std::string& key, std::uint8_t otherwise) const {
    const std::string value = text(key, std::to_string(otherwise));
    const auto number = base::parse_unsigned(value);
    if (!number || *number > 255) throw std::runtime_error(value + " is not in 0 to 255");
    return static_cast<std::uint8_t>(*number);
  }
  [[nodiscard]] base::Duration duration(const std::string& key, std::string_view otherwise) const {
    const auto parsed = base::parse_duration(text(key, otherwise));
    if (!parsed) throw std::runtime_error(parsed.error().message);
    return *parsed;
  }
  [[nodiscard]] std::vector<base::IpAddress> addresses(const std::string& key,
                                                       std::string_view otherwise) const {
    std::vector<base::IpAddress> all;
    const std::string list = text(key, otherwise);
    for (std::string_view item : base::split(list, ',')) {
      all.push_back(base::IpAddress::parse(item).value());
    }
    return all;
  }
  void check_all_asked() const {
    for (const auto& [key, value] : values_) {
      if (!asked_.contains(key)) throw std::runtime_error(base::concat("unknown key '", key, "'"));
    }
  }

 private:
  std::map<std::string, std::string> values_;
  mutable std::map<std::string, bool> asked_;
};

namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::string_view word : base::split(line, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

Failback failback(const Arguments& arguments) {
  if (arguments.text("failback", "immediate") == "immediate") return {};
  if (arguments.text("failback", "") == "never") return {.kind = Failback::Kind::kNever};
  return {.kind = Failback::Kind::kAfter, .stable = arguments.duration("failback", "")};
}

/// "fit=no" is short for "verdict=unfit".
Verdict verdict(const Arguments& arguments) {
  if (arguments.text("fit", "yes") != "yes") return Verdict::kUnfit;
  const std::string name = arguments.text("verdict", "serves");
  if (name == "serves") return Verdict::kServes;
  if (name == "backends-short") return Verdict::kBackendsShort;
  if (name == "backends-elsewhere") return Verdict::kBackendsElsewhere;
  if (name == "gateway-lost") return Verdict::kGatewayLost;
  throw std::runtime_error(base::concat("there is no verdict '", name, "'"));
}

GroupSettings group_settings(const Arguments& arguments) {
  GroupSettings settings;
  settings.name = "VI_1";
  settings.vrid = 51;
  settings.version = arguments.number("version", 3) == 2 ? Version::kV2 : Version::kV3;
  settings.priority = arguments.number("priority", 100);
  settings.advert_interval = arguments.duration("interval", "1s");
  settings.own_address = arguments.addresses("own", "10.0.0.1").front();
  settings.addresses = arguments.addresses("addresses", "10.0.0.100");
  settings.failback = failback(arguments);
  settings.startup_delay = arguments.duration("startup_delay", "0");
  settings.scale = {.lowest = arguments.number("lowest", 0),
                    .nodes = arguments.number("nodes", 0),
                    .rank = arguments.number("rank", 0)};
  settings.synced = arguments.text("synced", "no") == "yes";
  return settings;
}

struct Describer {
  std::string operator()(const Advertise& e) const {
    return base::concat("advertise priority ", e.priority, " every ",
                        base::format_duration(e.interval));
  }
  std::string operator()(const StopAdvertising& e) const {
    return e.resign ? "stop advertising, resign" : "stop advertising";
  }
  std::string operator()(const AcquireVips&) const { return "acquire"; }
  std::string operator()(const ReleaseVips&) const { return "release"; }
  std::string operator()(const Announce&) const { return "announce"; }
  std::string operator()(const ArmDeadline& e) const {
    return base::concat("deadline ", base::format_duration(e.at.time_since_epoch()));
  }
  std::string operator()(const DisarmDeadline&) const { return "no deadline"; }
  std::string operator()(const Claim&) const { return "claim"; }
  std::string operator()(const Transition& e) const {
    return base::concat(to_string(e.from), " -> ", to_string(e.to), ": ", e.reason);
  }
  std::string operator()(const Alarm& e) const {
    return base::concat("alarm ", to_string(e.kind), ": ", e.message);
  }
};

}  // namespace

std::string describe(const Effect& effect) { return std::visit(Describer{}, effect); }

std::string ElectionScript::run(std::string_view command) {
  std::vector<std::string_view> words = words_of(command);
  if (words.empty()) throw std::runtime_error("empty command");
  const std::string_view first = words.front();
  words.erase(words.begin());
  if (first == "group") {
    const Arguments arguments(words);
    settings_ = group_settings(arguments);
    const Verdict at_first = verdict(arguments);
    const std::string reason = at_first == Verdict::kServes ? "" : "tracking";
    election_.emplace(settings_, Fitness{at_first, settings_.priority, reason});
    arguments.check_all_asked();
    return base::concat("master down interval ",
                        base::format_duration(election_->master_down_interval()), "\n");
  }
  const auto at = base::parse_duration(first);
  if (!at || words.empty() || !election_) {
    throw std::runtime_error(base::concat("expected 'group ...' or '<time> <command>': ", command));
  }
  const std::string_view verb = words.front();
  words.erase(words.begin());
  const Arguments arguments(words);
  std::string trace;
  for (const Effect& effect : perform(verb, arguments, base::Instant(*at))) {
    trace += describe(effect) + "\n";
  }
  arguments.check_all_asked();
  return trace.empty() ? "nothing\n" : trace;
}

Effects ElectionScript::perform(std::string_view verb, const Arguments& arguments,
                                base::Instant now) {
  if (verb == "start") return election_->on_start(now);
  if (verb == "shutdown") return election_->on_shutdown("asked to stop");
  if (verb == "deadline") return election_->on_deadline(now);
  if (verb == "grant") return election_->on_grant(now);
  if (verb == "step-down") return election_->on_step_down("asked to step down", now);
  if (verb == "give-way") return election_->on_give_way("the sync group moves", now);
  if (verb == "advert") {
    Advert advert;
    advert.version = settings_.version;
    advert.vrid = settings_.vrid;
    advert.priority = arguments.number("priority", 100);
    advert.interval =
        arguments.duration("interval", base::format_duration(settings_.advert_interval));
    advert.addresses = settings_.addresses;
    if (const std::string other = arguments.text("addresses", ""); !other.empty()) {
      advert.addresses = arguments.addresses("addresses", "");
    }
    return election_->on_advert(advert, arguments.addresses("from", "10.0.0.2").front(), now);
  }
  if (verb == "sending") {
    election_->on_sending({.since = base::Instant(arguments.duration("since", "0")),
                           .until = base::Instant(arguments.duration("until", "0"))});
    return {};
  }
  if (verb == "fitness") {
    Fitness fitness;
    fitness.verdict = verdict(arguments);
    fitness.priority = arguments.number("priority", settings_.priority);
    fitness.reason = arguments.text("reason", "");
    fitness.cut_off = arguments.text("cut_off", "no") == "yes";
    return election_->on_fitness(fitness, now);
  }
  throw std::runtime_error(base::concat("unknown command '", verb, "'"));
}

}  // namespace hapair::vrrp::test
