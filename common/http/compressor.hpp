// Compresses one body, piece by piece, as gzip (RFC 1952) or zlib (RFC 1950): bytes in, bytes out.
// The only place that includes zlib.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/http/accept_encoding.hpp"

namespace hapair::http {

class Compressor {
 public:
  /// `level`: 1 (fast) to 9 (small). Takes some 70 KB as long as it lives. Null: there is no
  /// memory for it.
  [[nodiscard]] static std::unique_ptr<Compressor> make(ContentCoding coding, int level);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// Each appends to `out` what is ready. Of what was added some waits inside,
  void add(std::string_view bytes, std::string& out);
  /// until this: whoever has all that came out can read all that went in.
  void flush(std::string& out);
  /// The last call.
  void finish(std::string& out);

 private:
  struct State;

  explicit Compressor(std::unique_ptr<State> state);
  void run(std::string_view bytes, int how, std::string& out);

  std::unique_ptr<State> state_;
};

}  // namespace hapair::http
