#include <doctest/doctest.h>

#include "apps/hapair/control/status_document.hpp"
#include "apps/hapair/control/status_json.hpp"
#include "sample_status.hpp"

using namespace hapair::control;
using What = StatusDocument::What;

namespace {

std::string in_pieces(What what, const Status& status) {
  StatusDocument document(what, status);
  std::string whole;
  for (std::string piece = document.next(); !piece.empty(); piece = document.next()) whole += piece;
  CHECK(document.next().empty());
  return whole;
}

std::size_t count(std::string_view text, std::string_view word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("all pieces together are the document, however many targets and servers there are") {
  constexpr std::size_t kBatch = StatusDocument::kBatch;
  for (const std::size_t servers :
       {std::size_t{0}, std::size_t{1}, kBatch - 1, kBatch, kBatch + 1, std::size_t{1000}}) {
    CAPTURE(servers);
    const Status status = long_status(servers);
    CHECK(in_pieces(What::kStatus, status) == render_status(status));
    CHECK(in_pieces(What::kHealth, status) == render_health(status));
  }
}

TEST_CASE("a node without targets or backends has its document in pieces too") {
  CHECK(in_pieces(What::kStatus, {}) == render_status({}));
  CHECK(in_pieces(What::kHealth, {}) == render_health({}));
  Status status = long_status(3);
  status.targets.clear();
  CHECK(in_pieces(What::kStatus, status) == render_status(status));
  status.traffic.rows.pop_back();  // servers whose backend has no row of its own
  CHECK(in_pieces(What::kStatus, status) == render_status(status));
}

TEST_CASE("no piece has more targets or servers than a batch") {
  StatusDocument document(What::kStatus, long_status(1000));
  std::size_t most = 0;
  std::size_t all = 0;
  for (std::string piece = document.next(); !piece.empty(); piece = document.next()) {
    const std::size_t elements =
        count(piece, "\"observed_failures\"") + count(piece, "\"times_selected\"");
    most = std::max(most, elements);
    all += elements;
  }
  CHECK(most <= StatusDocument::kBatch);
  CHECK(all == 4005);
}

TEST_CASE("a status of a few servers is made at once") {
  CHECK_FALSE(StatusDocument::is_long(sample_status()));
  CHECK(StatusDocument::is_long(long_status(100)));
}
