// Replays tests/scenarios/lb/*.txt: what a backend makes of the health of its servers and of what
// their traffic shows.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <sstream>

#include "common/base/text.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/outlier_detector.hpp"
#include "tests/unit/scenario_replay.hpp"

namespace hapair::lb::test {
namespace {

using namespace std::chrono_literals;

std::string_view to_string(OutlierDetector::Phase phase) {
  switch (phase) {
    case OutlierDetector::Phase::kWithOthers:
      return "with the others";
    case OutlierDetector::Phase::kEjected:
      return "ejected";
    case OutlierDetector::Phase::kReturning:
      return "returning";
  }
  return {};
}

/// A backend, and a detector that is wired to it as the product does it.
class Scenario final : BackendWatch {
 public:
  std::string run(const std::string& line) {
    trace_.clear();
    std::istringstream words(line);
    std::string command;
    words >> command;
    if (command == "backend") {
      make(words);
    } else if (command == "at") {
      std::string time;
      words >> time;
      now_ = base::from_ns(base::parse_duration(time).value().count());
      act(words);
    } else {
      FAIL("no such command: " << command);
    }
    return std::move(trace_);
  }

 private:
  /// "backend SERVERS key=value ...": servers of weight 100, called a, b, ...
  void make(std::istream& words) {
    std::size_t servers = 0;
    words >> servers;
    BackendSettings settings;
    OutlierSettings outliers;
    bool compared = false;
    settings.observe = Observe::kLayer7;
    for (std::string word; words >> word;) {
      const std::string key = word.substr(0, word.find('='));
      const std::string value = word.substr(word.find('=') + 1);
      const auto number = [&] {
        return static_cast<std::uint32_t>(base::parse_unsigned(value).value());
      };
      const auto duration = [&] { return base::parse_duration(value).value(); };
      compared = compared || key.starts_with("o.");
      if (key == "slow_start") settings.slow_start = duration();
      if (key == "panic") settings.panic_threshold = number();
      if (key == "error_limit") settings.error_limit = number();
      if (key == "room") room_ = number();
      if (key == "o.window") outliers.window = duration();
      if (key == "o.min_requests") outliers.min_requests = number();
      if (key == "o.error_share") outliers.error_share = number();
      if (key == "o.latency_factor") outliers.latency_factor = number();
      if (key == "o.ejection") outliers.ejection_time = duration();
      if (key == "o.max_ejection") outliers.max_ejection_time = duration();
      if (key == "o.return") outliers.return_time = duration();
      if (key == "o.max_ejected") outliers.max_ejected = number();
    }
    settings.outlier = outliers;
    for (std::size_t i = 0; i < servers; ++i) {
      settings.servers.push_back({.name = std::string(1, static_cast<char>('a' + i)),
                                  .endpoint = {},
                                  .weight = 100,
                                  .max_connections = room_});
    }
    backend_ = std::make_unique<Backend>(settings, now_);
    backend_->set_watch(this);
    if (compared) detector_ = std::make_unique<OutlierDetector>(outliers, servers, now_);
  }

  void act(std::istream& words) {
    std::string word;
    words >> word;
    if (word == "shares") return shares();
    if (word == "room") return room();
    if (word == "time") return on_time();
    if (word == "met") return meet(words);
    const std::size_t server = index(word);
    words >> word;
    static const std::map<std::string, Standing> kStandings{
        {"up", Standing::kUp},           {"down", Standing::kDown},
        {"unknown", Standing::kUnknown}, {"last-resort", Standing::kLastResort},
        {"drains", Standing::kDraining}, {"out", Standing::kOut}};
    backend_->set_health(server, {.standing = kStandings.at(word)}, now_);
  }

  static std::size_t index(const std::string& name) {
    return static_cast<std::size_t>(name.at(0) - 'a');
  }

  /// Of 1000 picks.
  void shares() {
    backend_->advance(now_);
    std::map<std::size_t, int> picked;
    int none = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto chosen = backend_->pick();
      chosen ? ++picked[*chosen] : ++none;
    }
    std::string text;
    for (std::size_t i = 0; i < backend_->size(); ++i) {
      text += base::concat(i == 0 ? "" : ", ", backend_->server(i).name(), " ", picked[i]);
    }
    if (none > 0) text += base::concat(", nobody ", none);
    const auto step = backend_->next_step(now_);
    if (step) text += base::concat("; next step in ", base::format_duration(*step - now_));
    say(text);
  }

  void room() {
    backend_->advance(now_);
    std::string text = "room for";
    for (std::size_t i = 0; i < backend_->size(); ++i) {
      text += base::concat(" ", backend_->server(i).room_limit());
    }
    say(text);
  }

  /// "met SERVER COUNT what [took]".
  void meet(std::istream& words) {
    static const std::map<std::string, Met> kKinds{{"connection", Met::kConnection},
                                                   {"no-connection", Met::kNoConnection},
                                                   {"good", Met::kGoodResponse},
                                                   {"bad", Met::kBadStatus},
                                                   {"cut", Met::kNoResponse},
                                                   {"late", Met::kLateResponse},
                                                   {"junk", Met::kJunk}};
    std::string name;
    std::string kind;
    std::string took = "1ms";
    int count = 0;
    words >> name >> count >> kind >> took;
    for (int i = 0; i < count; ++i) {
      backend_->on_met(index(name), kKinds.at(kind), base::parse_duration(took).value());
    }
  }

  void on_time() {
    if (!detector_) return;
    const bool window = detector_->window_ends(now_);
    std::vector<WindowCounts> counts;
    std::vector<bool> open;
    for (std::size_t i = 0; i < backend_->size(); ++i) {
      counts.push_back(backend_->server(i).window);
      open.push_back(backend_->server(i).standing() == Standing::kUp);
    }
    const auto changes = detector_->on_time(counts, open, now_);
    for (std::size_t i = 0; window && i < backend_->size(); ++i) backend_->server(i).window = {};
    for (const auto& change : changes) {
      say(backend_->server(change.server).name(), ": ", to_string(change.phase), ": ",
          change.reason);
      ServerHealth health;
      if (change.phase == OutlierDetector::Phase::kEjected) health.standing = Standing::kLastResort;
      health.returning = change.phase == OutlierDetector::Phase::kReturning;
      backend_->set_health(change.server, health, now_);
    }
    say("next at ", base::format_duration(detector_->deadline().time_since_epoch()));
  }

  void on_error_limit(std::size_t server, Met last) override {
    say(backend_->server(server).name(), ": too many errors in a row, the last: ", phrase(last));
  }
  void on_panic(bool begins) override { say(begins ? "panic" : "no panic any more"); }
  void on_marked_down(std::size_t server) override {
    say(backend_->server(server).name(), ": marked down");
  }

  template <class... Parts>
  void say(const Parts&... parts) {
    trace_ += scenarios::trace_line(parts...);
  }

  base::Instant now_{};
  std::uint32_t room_ = 0;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<OutlierDetector> detector_;
  std::string trace_;
};

TEST_CASE("scenarios of slow start, panic, errors and outliers lead to their traces") {
  scenarios::replay<Scenario>("lb", 6);
}

}  // namespace
}  // namespace hapair::lb::test
