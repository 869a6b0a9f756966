// The configuration parser: any bytes give a model for every node, or at least one fault, and the
// envelope of an accepted text gives the same model in the worker.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/envelope.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_config(std::span<const std::uint8_t> bytes) {
  const std::string text(base::as_text(bytes));
  config::ParsedConfig parsed = config::parse_config(text);
  const auto& nodes = parsed.reading.draft.nodes;
  if (!parsed.faults.empty()) {
    for (const config::Fault& fault : parsed.faults.sorted()) {
      require(!fault.message.empty(), "a fault has a message");
      require(fault.at.line >= 1 && fault.at.column >= 1, "a fault has a place");
      require(fault.to_string("f").find('\n') == std::string::npos, "a fault is one line");
    }
    return;
  }
  require(!nodes.empty(), "a text without faults has a node");
  for (std::size_t self = 0; self < nodes.size(); ++self) {
    const config::Model model = config::build(parsed.reading.draft, self, {});
    require(model.node().priority >= 1, "every node has a priority");
    require(!model.log.empty(), "there is somewhere to log to");
    for (const config::Vip& vip : model.vips) {
      require(vip.router_id >= 1 && vip.priority >= 1 && !vip.addresses.empty(), "a VIP is whole");
    }
    for (const config::Frontend& frontend : model.frontends) {
      require(!frontend.binds.empty(), "a frontend listens somewhere");
      if (frontend.default_backend) {
        require(*frontend.default_backend < model.backends.size(), "a backend is there");
      }
    }
    config::NodeFacts facts;
    for (const config::Vip& vip : model.vips) {
      if (vip.auth == config::Auth::kHmac) {
        facts.keys.emplace(vip.name, std::string(config::kHmacKeyBytes, 'k'));
      }
    }
    facts.hello_key = std::string(config::kHmacKeyBytes, 'k');
    facts.cookie_key = std::string(config::kHmacKeyBytes, 'k');
    const auto again =
        config::parse_envelope(config::pack_envelope({text, nodes[self].name, facts}));
    require(again.has_value() && again->self == self, "the envelope gives the same node");
  }
}

}  // namespace hapair::fuzz
