// The model on its way to the worker: the file's text, which node we are and the passwords and keys
// derived from the secret, which the worker can't read. Packed by load(), unpacked in the worker.
#pragma once

#include <string>
#include <string_view>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/model.hpp"
#include "common/base/result.hpp"

namespace hapair::config {

struct Envelope {
  std::string text;  ///< the file's, byte for byte
  std::string node;
  NodeFacts facts;
};

[[nodiscard]] std::string pack_envelope(const Envelope& envelope);

/// Fails only on what pack_envelope() did not make.
[[nodiscard]] base::Result<Envelope> unpack_envelope(std::string_view bytes);

/// The model that load() has seen, from the envelope it has made.
[[nodiscard]] base::Result<Model> parse_envelope(std::string_view bytes);
[[nodiscard]] base::Result<Model> parse_envelope(const Envelope& envelope);

}  // namespace hapair::config
