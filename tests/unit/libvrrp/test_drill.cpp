// Replays tests/scenarios/drill/*.txt: one drill, seen by the node that leads it ("lead"), or by
// its partner. What is known of the peers before it: the cases below.
//
//   <time>                                 the clock; every command happens then
//   lead begin VIP... / partner ask VIP...
//   lead note STEP [reason=|addresses=|neighbour=|failed=|reset=]; of the first VIP
//   partner note STEP / partner objects WORDS
//   WHO role VIP master|backup / lead advert|farewell VIP [at=]
//   WHO addresses VIP / WHO neighbour VIP / WHO deadline / WHO break-off WORDS / lead silence
//   lead count [failed=|reset=] / lead result
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/base/text.hpp"
#include "libvrrp/core/drill.hpp"
#include "libvrrp/core/drill_checks.hpp"
#include "libvrrp/core/drill_partner.hpp"
#include "tests/unit/scenario_replay.hpp"

namespace hapair::vrrp {
namespace {

using namespace std::chrono_literals;
using scenarios::trace_line;

std::string_view to_string(DrillStep step) {
  static constexpr std::array<std::string_view, kDrillSteps> kNames = {
      "ask", "hand-over", "give-back", "over", "ready", "refused", "master", "gone"};
  return kNames[static_cast<std::size_t>(step)];
}

std::string shown(const std::optional<base::Duration>& time) {
  return time ? base::format_duration(*time) : "-";
}

class Scenario {
 public:
  std::string run(const std::string& line) {
    trace_.clear();
    std::istringstream in(line);
    std::string who;
    in >> who;
    if (const auto time = base::parse_duration(who)) {
      now_ = base::Instant(*time);
      return {};
    }
    std::string command;
    in >> command;
    words_.clear();
    keys_.clear();
    for (std::string word; in >> word;) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) {
        words_.push_back(word);
      } else {
        keys_[word.substr(0, equals)] = word.substr(equals + 1);
      }
    }
    show(who == "lead" ? lead(command) : partner(command));
    return trace_;
  }

 private:
  DrillEffects lead(const std::string& command) {
    if (command == "begin") {
      names_ = words_;
      return lead_.begin({.number = 7, .node = "lb1", .peer = "lb2", .vips = names_, .drain = 10s},
                         now_);
    }
    if (command == "note") return lead_.on_note(note(), now_);
    if (command == "silence") return lead_.on_silence(now_);
    if (command == "role") return lead_.on_role(vip(), words_[1] == "master", now_);
    if (command == "advert") return lead_.on_partner_advert(vip(), instant("at"), now_);
    if (command == "farewell") lead_.on_partner_farewell(vip(), instant("at"));
    if (command == "addresses") return lead_.on_addresses(vip(), now_);
    if (command == "neighbour") lead_.on_neighbour(vip(), now_);
    if (command == "deadline") return lead_.on_deadline(now_);
    if (command == "break-off") return lead_.break_off(base::join(words_, " "), now_);
    if (command == "count")
      lead_.count({.requests = 5, .failed = count("failed"), .reset = count("reset")});
    if (command == "result") show_result();
    return {};
  }

  DrillEffects partner(const std::string& command) {
    if (command == "objects") {
      objection_ = base::join(words_, " ");
      return {};
    }
    if (command == "ask") {
      names_ = words_;
      words_ = {"ask"};
      return partner_.on_note(note(), objection_, now_);
    }
    if (command == "note") return partner_.on_note(note(), objection_, now_);
    if (command == "role") {
      return partner_.on_role(vip(), words_[1] == "master", now_);
    }
    if (command == "addresses") return partner_.on_addresses(vip(), now_);
    if (command == "neighbour") return partner_.on_neighbour(vip(), now_);
    if (command == "deadline") return partner_.on_deadline(now_);
    if (command == "break-off") return partner_.break_off(base::join(words_, " "));
    FAIL("no such command: " << command);
    return {};
  }

  DrillNote note() {
    DrillNote note{.number = count("number") + (keys_.contains("number") ? 0 : 7),
                   .step = DrillStep::kAsk,
                   .reason = keys_["reason"],
                   .vips = {},
                   .tally = {.requests = 9, .failed = count("failed"), .reset = count("reset")}};
    while (to_string(note.step) != words_[0]) {
      note.step = static_cast<DrillStep>(static_cast<int>(note.step) + 1);
    }
    for (const std::string& name : names_) note.vips.push_back({.name = name});
    note.vips[0].addresses = duration("addresses");
    note.vips[0].neighbour = duration("neighbour");
    return note;
  }

  std::size_t vip() const {
    return static_cast<std::size_t>(std::ranges::find(names_, words_[0]) - names_.begin());
  }
  std::optional<base::Duration> duration(const std::string& key) {
    if (!keys_.contains(key)) return std::nullopt;
    return base::parse_duration(keys_[key]).value();
  }
  base::Instant instant(const std::string& key) {
    const auto time = duration(key);
    return time ? base::Instant(*time) : now_;
  }
  std::uint64_t count(const std::string& key) {
    return keys_.contains(key) ? base::parse_unsigned(keys_[key]).value() : 0;
  }

  void show(const DrillEffects& effects) {
    for (const DrillEffect& effect : effects) {
      if (const auto* say = std::get_if<DrillSay>(&effect)) {
        show_letter(say->note);
      } else if (std::holds_alternative<DrillHandOver>(effect)) {
        trace_ += trace_line("hand over");
      } else if (const auto* look = std::get_if<DrillLook>(&effect)) {
        trace_ += trace_line(
            "look for ",
            look->what == DrillLook::For::kAddresses ? "the addresses of " : "the neighbour with ",
            names_[look->vip]);
      } else if (const auto* tell = std::get_if<DrillTell>(&effect)) {
        trace_ += trace_line(tell->warning ? "warn " : "tell ", tell->state, ": ", tell->message);
      } else {
        trace_ += trace_line("ended");
      }
    }
  }

  void show_letter(const std::optional<DrillNote>& letter) {
    if (!letter) {
      trace_ += trace_line("say nothing more");
      return;
    }
    std::string vips;
    for (const DrillVipFigures& each : letter->vips) {
      vips += base::concat(" ", each.name);
      if (each.addresses) vips += base::concat(" addresses ", shown(each.addresses));
      if (each.neighbour) vips += base::concat(" neighbour ", shown(each.neighbour));
    }
    trace_ += trace_line("say ", to_string(letter->step), letter->reason.empty() ? "" : ": ",
                         letter->reason, ";", vips);
  }

  void show_result() {
    const DrillResult& result = lead_.result();
    trace_ += trace_line(to_string(lead_.stage()), lead_.runs() ? ", runs" : "");
    for (const DrillVip& each : result.vips) {
      for (const auto& [way, leg] : {std::pair{"out", each.out}, std::pair{"back", each.back}}) {
        trace_ += trace_line(each.name, " ", way, ": gap ", shown(leg.gap), ", addresses ",
                             shown(leg.addresses), ", neighbour ", shown(leg.neighbour));
      }
    }
    trace_ += trace_line("lb1 ", result.here.requests, "/", result.here.failed, "/",
                         result.here.reset, ", lb2 ", result.there.requests, "/",
                         result.there.failed, "/", result.there.reset);
    for (const std::string& fault : result.faults) trace_ += trace_line("fault: ", fault);
    for (const std::string& remark : result.remarks) trace_ += trace_line("remark: ", remark);
  }

  base::Instant now_{};
  Drill lead_;
  DrillPartner partner_;
  std::string objection_;
  std::vector<std::string> names_;
  std::vector<std::string> words_;
  std::map<std::string, std::string> keys_;
  std::string trace_;
};

HelloPeer peer(std::string name, std::uint8_t priority) {
  return {.name = std::move(name),
          .present = true,
          .report = {.version = "1",
                     .config_hash = "h",
                     .vips = {{"VI_1", State::kBackup, Verdict::kServes, priority}},
                     .backends = {{"web", 2}}}};
}

}  // namespace

TEST_CASE("drills go as their scenario files say") { scenarios::replay<Scenario>("drill", 10); }

TEST_CASE("the partner is the node that would be master next") {
  std::vector<HelloPeer> peers = {peer("lb2", 90), peer("lb3", 95), peer("lb4", 80)};
  CHECK(partner_for(peers, "VI_1") == 1);
  peers[1].present = false;
  CHECK(partner_for(peers, "VI_1") == 0);
  peers[0].report.vips[0].verdict = Verdict::kUnfit;
  CHECK(partner_for(peers, "VI_1") == 2);
  CHECK(partner_for(peers, "VI_2") == std::nullopt);
}

TEST_CASE("what speaks against a partner is told in words") {
  NodeReport own{.version = "1", .config_hash = "h", .vips = {}, .backends = {{"web", 2}}};
  HelloPeer lb2 = peer("lb2", 90);
  CHECK(objections_to(lb2, own, {"VI_1"}).empty());
  CHECK(objections_to(lb2, own, {"VI_2"}) == std::vector<std::string>{"lb2 says nothing of VI_2"});
  lb2.report.backends[0].usable = 1;
  CHECK(objections_to(lb2, own, {"VI_1"}) ==
        std::vector<std::string>{"lb2 reaches 1 servers of backend web, this node 2"});
  lb2.report.backends.clear();  // too many for a hello: nothing is known
  lb2.report.vips[0].verdict = Verdict::kBackendsShort;
  CHECK(objections_to(lb2, own, {"VI_1"}) ==
        std::vector<std::string>{"lb2 is no good master of VI_1: backends short"});
  lb2.report.vips[0] = {"VI_1", State::kMaster, Verdict::kServes, 90};
  lb2.report.config_hash = "i";
  CHECK(objections_to(lb2, own, {"VI_1"}) ==
        std::vector<std::string>{
            "lb2 runs another config than this node: use the same file on all nodes",
            "lb2 is not a backup of VI_1 but master"});
  lb2.present = false;
  CHECK(objections_to(lb2, own, {"VI_1"}) ==
        std::vector<std::string>{"lb2 says no hello: see whether it runs"});
}

}  // namespace hapair::vrrp
