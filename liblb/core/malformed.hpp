// The last message of a peer that broke the rules of HTTP, kept for whoever wants to know what it
// was: the bytes around the fault, the rule, who and when. Bounded; holds no memory before the
// first.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/time.hpp"
#include "common/http/fault.hpp"

namespace hapair::lb {

/// Where it is wrong.
struct FaultPlace {
  http::Fault fault = http::Fault::kBareLf;
  std::string_view bytes;  ///< of the message, as far as they are at hand
  std::size_t at = 0;      ///< where in `bytes` the rule is broken
  bool body = false;       ///< `bytes` are of the body, not from the message's beginning
};

class MalformedRecord {
 public:
  /// So many bytes are kept, of them up to half from before the fault.
  static constexpr std::size_t kMaxBytes = 2048;

  /// `client`: address and port. `server`: its name; empty for a request.
  void record(const FaultPlace& place, std::string_view client, std::string_view server,
              base::WallTime now) {
    ++count_;
    const std::size_t at = std::min(place.at, place.bytes.size());
    offset_ = at > kMaxBytes / 2 ? at - kMaxBytes / 2 : 0;
    bytes_ = place.bytes.substr(offset_, kMaxBytes);
    at_ = at;
    total_ = place.bytes.size();
    fault_ = place.fault;
    body_ = place.body;
    client_ = client;
    server_ = server;
    time_ = now;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Of the last one:
  [[nodiscard]] http::Fault fault() const { return fault_; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  /// Of the first of bytes(), in what was at hand.
  [[nodiscard]] std::size_t offset() const { return offset_; }
  /// Of the fault, in what was at hand.
  [[nodiscard]] std::size_t at() const { return at_; }
  /// Bytes at hand in all.
  [[nodiscard]] std::size_t total() const { return total_; }
  [[nodiscard]] bool body() const { return body_; }
  [[nodiscard]] const std::string& client() const { return client_; }
  [[nodiscard]] const std::string& server() const { return server_; }
  [[nodiscard]] base::WallTime when() const { return time_; }

 private:
  std::uint64_t count_ = 0;
  std::string bytes_;
  std::size_t offset_ = 0;
  std::size_t at_ = 0;
  std::size_t total_ = 0;
  http::Fault fault_ = http::Fault::kBareLf;
  bool body_ = false;
  std::string client_;
  std::string server_;
  base::WallTime time_{};
};

/// What a frontend's clients or a backend's servers sent last; the record outlives it.
struct MalformedView {
  std::string_view proxy;
  bool response = false;  ///< of a backend
  const MalformedRecord* record = nullptr;
};

}  // namespace hapair::lb
