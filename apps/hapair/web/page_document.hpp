// The live document of the page (`;json`; docs/api.md describes it), made in pieces: the pair, the
// events, and of the traffic either everything with its history or what is new since an earlier
// sample. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/web/history.hpp"
#include "common/base/time.hpp"

namespace hapair::web {

/// When it is, and what a document has in front.
struct PageTerms {
  std::string head;         ///< members of the object: of the run, the pair and the events
  std::uint64_t since = 0;  ///< the last sample that is known; 0: everything is wanted
  base::Instant now{};
  base::WallTime wall{};  ///< the same moment
};

class PageDocument final : public control::PiecedDocument {
 public:
  static constexpr std::size_t kPiece = std::size_t{16} * 1024;
  /// Of a server's history so much goes with the first document.
  static constexpr std::uint64_t kServerHistory = 60;

  /// The history has a sample, fits the traffic, and both outlive the document's use; it is given
  /// up when the traffic changes.
  PageDocument(const History& history, const TrafficView& traffic, PageTerms terms);

  [[nodiscard]] std::string next() override;

 private:
  enum class Stage : std::uint8_t { kHead, kFrontends, kBackends, kServers, kDone };

  void write_next(std::string& out);
  void put_head(std::string& out);
  void put_frontend(std::string& out) const;
  void put_backend(std::string& out) const;
  void put_server(std::string& out);
  void put_history(std::string& out, const ProxyTrack& track) const;
  template <class Ring>
  static void put_samples(std::string& out, const Ring& ring, std::uint64_t from,
                          std::uint64_t last);
  [[nodiscard]] std::int64_t wall_ms(base::Instant at) const;

  const History& history_;
  const TrafficView& traffic_;
  PageTerms terms_;
  std::uint64_t number_;  ///< of the sample that it tells
  Stage stage_ = Stage::kHead;
  std::size_t place_ = 0;   ///< of the next frontend or backend
  std::size_t server_ = 0;  ///< likewise, in that backend
  bool first_ = true;       ///< of a list
};

}  // namespace hapair::web
