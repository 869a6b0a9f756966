// Any bytes on the channels of the guardian: a message or a refusal; a message has one encoding.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <variant>

#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/script_protocol.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

template <class Decode, class Encode>
void check_one_encoding(std::span<const std::uint8_t> bytes, Decode decode, Encode encode) {
  const auto message = decode(bytes);
  if (!message) {
    require(!message.error().message.empty(), "a refusal says why");
    return;
  }
  require(std::ranges::equal(encode(*message), bytes), "a message has one encoding");
}

inline void fuzz_guardian_messages(std::span<const std::uint8_t> bytes) {
  check_one_encoding(bytes, guardian::decode_request, guardian::encode_request);
  check_one_encoding(bytes, guardian::decode_reply, guardian::encode_reply);
  check_one_encoding(bytes, guardian::decode_command, guardian::encode_command);
  check_one_encoding(bytes, guardian::decode_report, guardian::encode_report);
  check_one_encoding(bytes, guardian::decode_script_order, guardian::encode_script_order);
  check_one_encoding(bytes, guardian::decode_script_report, guardian::encode_script_report);
  if (const auto request = guardian::decode_request(bytes)) {
    require(!guardian::name_of(*request).empty(), "a request has a name");
  }
  if (const auto reply = guardian::decode_reply(bytes)) {
    if (const auto* decided = std::get_if<guardian::Decided>(&*reply)) {
      require(guardian::event_of(decided->decision).id == decided->decision.id,
              "a decision is kept under its own name");
    }
  }
}

}  // namespace hapair::fuzz
