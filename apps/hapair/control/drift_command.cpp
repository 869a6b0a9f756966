#include "apps/hapair/control/drift_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/talk.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestDrift = 400;

std::string told(const Json& change, const char* key) {
  return base::printable(text_at(change, {key}), kLongestDrift);
}

/// "web_server/node1: weight 30, 20 in the file, ordered by uid 0 (pid 7)".
std::string line_of(const Json& change) {
  const std::string now = told(change, "now");
  const std::string file = told(change, "file");
  std::string line = concat(told(change, "subject"), ": ", told(change, "kind"));
  if (!now.empty()) line += concat(" ", now);
  if (!file.empty()) line += concat(", ", file, " in the file");
  line += concat(", ", told(change, "reason"));
  if (!flag_at(change, {"writable"})) line += "; the file can't say that";
  return line;
}

/// As people write it: { "address": "192.0.2.1:80", "weight": 30 }.
std::string spaced(const Json& value) {
  if (!value.is_object()) return value.dump();
  std::vector<std::string> members;
  for (const auto& [key, each] : value.items()) {
    members.push_back(concat(Json(key).dump(), ": ", each.dump()));
  }
  return concat("{ ", base::join(members, ", "), " }");
}

/// Nothing where its path is none of a server.
void add_writable(const Json& change, Drift& drift) {
  const std::string subject = text_at(change, {"subject"});
  const std::size_t slash = subject.find('/');
  if (!flag_at(change, {"writable"}) || slash == std::string::npos) return;
  DriftToWrite write;
  write.path = {"backends", subject.substr(0, slash), "servers", subject.substr(slash + 1)};
  const std::string kind = text_at(change, {"kind"});
  if (kind == "weight") write.path.emplace_back("weight");
  write.into = kind == "added";
  const Json* value = value_at(change, {"value"});
  if (value != nullptr && !value->is_null()) write.value = spaced(*value);
  drift.writable.push_back(std::move(write));
}

}  // namespace

std::expected<Drift, int> show_drift(const DriftCommand& command, std::ostream& out,
                                     std::ostream& err) {
  const auto answer =
      talk({.command = "drift", .socket = command.socket, .path = "/v1/drift", .body = {}}, err);
  if (!answer) return std::unexpected(answer.error());
  Drift drift;
  drift.config_hash = text_at(*answer, {"config_hash"});
  for (const Json& change : list_at(*answer, {"drift"})) {
    ++drift.count;
    add_writable(change, drift);
    if (!command.json) out << line_of(change) << '\n';
  }
  if (command.json) {
    out << answer->dump(2) << '\n';
  } else if (drift.count == 0) {
    out << "what runs is what the file said when it was read\n";
  }
  return drift;
}

}  // namespace hapair::control
