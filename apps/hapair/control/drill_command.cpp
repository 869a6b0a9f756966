#include "apps/hapair/control/drill_command.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <thread>
#include <vector>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::string_view kVerb = "drill";
constexpr std::string_view kPath = "/v1/drill";
constexpr std::chrono::milliseconds kLookEvery(200);
constexpr std::size_t kLongestReport = 1000;

std::string member_text(const Json& object, const char* key) {
  return base::printable(text_at(object, {key}), kLongestReport);
}

std::vector<std::string> texts(const Json& object, const char* key) {
  std::vector<std::string> all;
  for (const Json& each : list_at(object, {key})) {
    all.push_back(base::printable(text_at(each, {}), kLongestReport));
  }
  return all;
}

/// "12 ms", "0.4 ms", or that it was not seen.
std::string time_of(const Json& leg, const char* key) {
  const Json* value = value_at(leg, {key});
  if (value == nullptr || !value->is_number()) return "(not seen)";
  const auto tenths = static_cast<std::uint64_t>(std::llround(value->get<double>() * 10));
  const std::string whole = concat(tenths / 10);
  return tenths >= 1000 ? concat(whole, " ms") : concat(whole, ".", tenths % 10, " ms");
}

bool agreed(const DrillCommand& command, std::istream& in, std::ostream& out) {
  out << "This moves " << (command.vip.empty() ? "every VIP of this node" : command.vip)
      << " to the peer and back: clients see a short pause each time. Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(in, answer);
  return answer == "y" || answer == "yes";
}

void tell_leg(std::string_view name, const Json& vip, const char* way, std::string_view to,
              std::ostream& out) {
  const Json* leg = value_at(vip, {way});
  if (leg == nullptr) return;
  out << name << " to " << to << ": no master for " << time_of(*leg, "gap_ms")
      << ", addresses there " << time_of(*leg, "addresses_ms") << " later; the network knew after "
      << time_of(*leg, "neighbour_ms") << '\n';
}

void tell_result(const Json& result, std::ostream& out) {
  for (const Json& vip : list_at(result, {"vips"})) {
    tell_leg(member_text(vip, "name"), vip, "out", member_text(result, "peer"), out);
    tell_leg(member_text(vip, "name"), vip, "back", member_text(result, "node"), out);
  }
  for (const Json& node : list_at(result, {"nodes"})) {
    out << member_text(node, "name") << ": " << number_at(node, {"requests"}) << " requests, "
        << number_at(node, {"failed"}) << " failed, " << number_at(node, {"reset"})
        << " connections reset\n";
  }
  for (const std::string& remark : texts(result, "remarks")) out << "note: " << remark << '\n';
  for (const std::string& fault : texts(result, "faults")) out << "fault: " << fault << '\n';
  out << (flag_at(result, {"right"}) ? "All was right.\n" : "Not all was right.\n");
}

/// What is told while it goes on; empty: nothing new.
std::string_view words_for(std::string_view stage) {
  if (stage == "leaving") return "running requests are finished, then the VIPs go to the peer";
  if (stage == "away") return "the peer takes over";
  if (stage == "staying") return "the peer is master";
  if (stage == "returning") return "the peer finishes its requests and gives the VIPs back";
  if (stage == "settling") return "this node is master again";
  return {};
}

}  // namespace

int run_drill(const DrillCommand& command, std::istream& in, std::ostream& out, std::ostream& err) {
  if (!command.yes && !command.terminal) {
    err << "hapair drill: nobody is there to agree to it; use --yes\n";
    return cli::kExitUsage;
  }
  if (!command.yes && !agreed(command, in, out)) {
    err << "hapair drill: nothing has been moved\n";
    return cli::kExitFailed;
  }
  const std::string path =
      command.vip.empty() ? std::string(kPath) : concat("/v1/vips/", command.vip, "/drill");
  const auto begun = talk({.command = kVerb,
                           .socket = command.socket,
                           .path = path,
                           .body = Json{{"drill", "begin"}}.dump()},
                          err);
  if (!begun) return begun.error();
  const std::uint64_t drill = number_at(*begun, {"number"});
  if (!command.json) {
    out << "drill of " << base::join(texts(*begun, "vips"), ", ") << " with "
        << member_text(*begun, "peer") << std::endl;
  }
  std::string told;
  for (;;) {
    std::this_thread::sleep_for(kLookEvery);
    const auto now = talk(
        {.command = kVerb, .socket = command.socket, .path = std::string(kPath), .body = {}}, err);
    if (!now) return now.error();
    if (number_at(*now, {"number"}) != drill) {
      err << "hapair drill: the node has forgotten it, so its worker was started anew: see `hapair "
             "status` for who is master\n";
      return cli::kExitFailed;
    }
    const std::string stage = member_text(*now, "stage");
    if (stage == "ended") {
      if (command.json) {
        out << now->dump(2) << '\n';
      } else {
        tell_result(*now, out);
      }
      return flag_at(*now, {"right"}) ? cli::kExitOk : cli::kExitFailed;
    }
    if (command.json || stage == told) continue;
    told = stage;
    if (const auto words = words_for(stage); !words.empty()) out << "  " << words << std::endl;
  }
}

}  // namespace hapair::control
