#include "apps/hapair/control/errors_json.hpp"

#include <nlohmann/json.hpp>

#include "apps/hapair/control/json_write.hpp"

namespace hapair::control {
namespace {

using Json = nlohmann::ordered_json;

/// Any byte: those above 0x7f become the characters U+0080 to U+00FF.
std::string as_latin1(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

Json error_json(const lb::MalformedView& error) {
  const lb::MalformedRecord& record = *error.record;
  const http::FaultInfo& info = http::info(record.fault());
  return {{"proxy", error.proxy},      {"kind", error.response ? "response" : "request"},
          {"count", record.count()},   {"time", base::format_wall_time(record.when())},
          {"client", record.client()}, {"server", text_or_null(record.server())},
          {"code", info.id},           {"rule", info.rule},
          {"source", info.source},     {"part", record.body() ? "body" : "head"},
          {"position", record.at()},   {"size", record.total()},
          {"offset", record.offset()}, {"bytes", as_latin1(record.bytes())}};
}

}  // namespace

std::string render_errors(std::string_view node, base::WallTime now,
                          const std::vector<lb::MalformedView>& errors) {
  Json out = {{"node", node}, {"time", base::format_wall_time(now)}, {"errors", Json::array()}};
  for (const lb::MalformedView& error : errors) {
    if (error.record->count() > 0) out["errors"].push_back(error_json(error));
  }
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace hapair::control
