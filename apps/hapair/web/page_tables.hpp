// The page for those who run no script: plain tables of the pair, the frontends, the backends and
// their servers, made in pieces. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "apps/hapair/control/pieced_document.hpp"
#include "apps/hapair/control/status_model.hpp"
#include "apps/hapair/web/history.hpp"

namespace hapair::web {

class PageTables final : public control::PiecedDocument {
 public:
  static constexpr std::size_t kPiece = std::size_t{16} * 1024;

  /// As for PageDocument.
  PageTables(const History& history, const TrafficView& traffic, const control::Status& pair);

  [[nodiscard]] std::string next() override;

 private:
  enum class Stage : std::uint8_t { kHead, kFrontends, kServers, kDone };

  void write_next(std::string& out);
  void put_frontend(std::string& out) const;
  void put_backend(std::string& out) const;
  void put_server(std::string& out) const;

  const History& history_;
  const TrafficView& traffic_;
  std::string head_;
  Stage stage_ = Stage::kHead;
  std::size_t place_ = 0;
  std::size_t server_ = 0;
};

}  // namespace hapair::web
