#include "apps/hapair/config/sections_targets.hpp"

#include <chrono>

#include "apps/hapair/config/faults.hpp"
#include "apps/hapair/config/rules.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kWords{1, 32};
constexpr NumberRule kTargetRuns{1, 100, ""};
constexpr DurationRule kDebounce{0s, 1h};

void describe_interface(Shape& shape, Target& target) {
  shape.text({"network",
              "The interface that the nodes have on the network of that name; their own by "
              "default."},
             rules::kName, target.network);
  shape.text({"interface", "The interface, where all nodes call it so, in place of a network."},
             rules::kInterface, target.interface);
  shape.flag({"addressed",
              "true: the addresses that the file gives the node on that network must be there."},
             target.addressed);
  shape.duration({"debounce", "A change counts once it has lasted so long."}, kDebounce,
                 target.debounce);
}

void describe_gateway(Shape& shape, TargetDraft& draft) {
  shape.parsed({"address", "The gateway's address."}, rules::kHostAddress, draft.address);
  shape.choice({"by",
                "\"icmp\": it answers echo requests; \"neighbour\": the kernel finds its hardware "
                "address."},
               {"icmp", "neighbour"}, {GatewayBy::kEcho, GatewayBy::kNeighbour}, draft.target.by);
}

void describe_looks(Shape& shape, TargetDraft& draft) {
  Target& target = draft.target;
  draft.command.path = join_path(shape.path(), "command");
  shape.texts({"command", "The program and its arguments; exit code 0 means up."}, kWords,
              rules::kScriptWord, draft.command.words);
  shape.text({"path", "The file that must be there."}, rules::kAbsolutePath, target.path);
  shape.flag({"absent", "true: the file must not be there."}, target.absent);
  shape.text({"name", "The name of the process that must run."}, rules::kProcessName,
             target.process);
  shape.text({"pid_file", "The file with the id of the process that must run."},
             rules::kAbsolutePath, target.pid_file);
  shape.number({"at_least", "So many processes of that name."}, NumberRule{1, 1024, ""},
               target.at_least);
  shape.text({"user", "Who runs the program, or looks for the file or the process."},
             rules::kAccount, draft.user);
}

void describe_checking(Shape& shape, TargetDraft& draft) {
  shape.duration({"interval", "Time between two checks."}, DurationRule{100ms, 1h},
                 draft.target.interval);
  shape.duration({"timeout", "A check that takes longer failed; the interval by default."},
                 DurationRule{10ms, 1h}, draft.timeout);
  shape.number({"rise", "So many good checks in a row make it up."}, kTargetRuns,
               draft.target.rise);
  shape.number({"fall", "So many failed checks in a row make it down."}, kTargetRuns,
               draft.target.fall);
}

}  // namespace

void describe_target(Shape& shape, TargetDraft& draft) {
  using enum TargetType;
  shape.choice({"type",
                "\"interface\": a network interface passes packets; \"gateway\": a router answers; "
                "\"script\": a program says so; \"file\": a file is there; \"process\": a process "
                "runs.",
                kMandatory},
               {"interface", "gateway", "script", "file", "process"},
               {kInterface, kGateway, kScript, kFile, kProcess}, draft.target.type);
  describe_interface(shape, draft.target);
  describe_gateway(shape, draft);
  describe_looks(shape, draft);
  describe_checking(shape, draft);
  shape.excludes("type", "interface",
                 {"address", "by", "command", "path", "absent", "name", "pid_file", "at_least",
                  "user", "interval", "timeout", "rise", "fall"});
  shape.excludes("type", "gateway",
                 {"addressed", "debounce", "command", "path", "absent", "name", "pid_file",
                  "at_least", "user"});
  shape.excludes("type", "script",
                 {"network", "interface", "addressed", "debounce", "address", "by", "path",
                  "absent", "name", "pid_file", "at_least"});
  shape.excludes("type", "file",
                 {"network", "interface", "addressed", "debounce", "address", "by", "command",
                  "name", "pid_file", "at_least"});
  shape.excludes("type", "process",
                 {"network", "interface", "addressed", "debounce", "address", "by", "command",
                  "path", "absent"});
}

}  // namespace hapair::config
