#include "apps/hapair/config/diff_command.hpp"

#include <expected>
#include <utility>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/load.hpp"
#include "apps/hapair/config/parse.hpp"
#include "common/base/text.hpp"

namespace hapair::config {
namespace {

using base::concat;

struct Side {
  std::string text;
  Draft draft;
};

std::expected<Side, CheckReport> read_file(const std::string& path, const Host& host) {
  auto file = check_file(path, Purpose::kCheck, host);
  if (!file) {
    return std::unexpected(CheckReport{
        .out = {}, .err = file.error().to_string(), .exit_code = file.error().exit_code});
  }
  return Side{std::move(file->text), std::move(file->draft)};
}

std::expected<Side, CheckReport> read_text(const std::string& text) {
  ParsedConfig parsed = parse_config(text);
  if (!parsed.faults.empty()) {
    return std::unexpected(CheckReport{.out = {},
                                       .err = "hapair diff: what runs is of another version of "
                                              "hapair; compare two files instead\n",
                                       .exit_code = kExitFailed});
  }
  return Side{text, std::move(parsed.reading.draft)};
}

/// Of a host that is none of the nodes the first one is looked at.
std::size_t node_in(const Draft& draft, std::string_view node, const Host& host) {
  return identify_node(draft.nodes, node, host).value_or(0);
}

CheckReport report_of(const Diff& diff, bool json) {
  CheckReport report;
  report.out = json                                    ? concat(to_json(diff), "\n")
               : diff.empty() && diff.refusals.empty() ? std::string("nothing changes\n")
                                                       : to_text(diff);
  if (!diff.empty()) report.exit_code = kExitChanges;
  if (!diff.refusals.empty()) report.exit_code = kExitRefused;
  return report;
}

}  // namespace

CheckReport diff_command(const DiffRequest& request, const Host& host) {
  const auto after = read_file(request.file, host);
  if (!after) return after.error();
  if (request.hidden) {
    // Only the texts can be compared: what is hidden is no valid configuration.
    Diff diff{.changes = changes_between(request.running, without_secrets(after->text),
                                         after->draft.process.drain_timeout),
              .refusals = {}};
    CheckReport report = report_of(diff, request.json);
    report.err =
        "hapair diff: secrets are compared, and what a reload would refuse is told, for "
        "root only\n";
    return report;
  }
  const auto before =
      request.old_file.empty() ? read_text(request.running) : read_file(request.old_file, host);
  if (!before) return before.error();
  const Model was = build(before->draft, node_in(before->draft, request.node, host), {});
  const Model is = build(after->draft, node_in(after->draft, request.node, host), {});
  return report_of(diff({before->text, was}, {after->text, is}), request.json);
}

}  // namespace hapair::config
