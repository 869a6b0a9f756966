#include "liblb/io/h2_offer.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace hapair::lb {

void H2Offer::restart() {
  pieces_ = {};
  size_ = taken_ = 0;
  end_ = ended_ = false;
  trailers_.clear();
}

void H2Offer::offer(H2Endpoint& endpoint, http::StreamId id, Pieces pieces, bool end) {
  pieces_ = pieces;
  size_ = size_of(pieces);
  taken_ = 0;
  end_ = end;
  if (size_ == 0 && !end) return;
  endpoint.connection().resume(id);
  endpoint.gather();
}

std::size_t H2Offer::take_back() {
  const std::size_t taken = taken_;
  end_ = end_ && taken == size_ && !ended_;
  pieces_ = {};
  size_ = taken_ = 0;
  return taken;
}

http::H2StreamHandler::Part H2Offer::next_part(http::H2Connection& connection, http::StreamId id,
                                               std::size_t room) {
  const std::size_t size = std::min(room, size_ - taken_);
  http::H2StreamHandler::Part part{.size = size, .end = end_ && taken_ + size == size_};
  if (!part.end) return part;
  ended_ = true;
  if (trailers_.empty()) return part;
  std::vector<http::H2Field> fields;
  http::list_trailer_fields(trailers_, fields);
  connection.submit_trailers(id, fields);
  part.trailers = true;
  return part;
}

void H2Offer::copy_part(std::span<std::uint8_t> out) {
  std::size_t skip = taken_;
  taken_ += out.size();
  for (std::string_view piece : pieces_) {
    if (out.empty()) return;
    const std::size_t skipped = std::min(skip, piece.size());
    skip -= skipped;
    piece.remove_prefix(skipped);
    const std::size_t size = std::min(piece.size(), out.size());
    std::memcpy(out.data(), piece.data(), size);
    out = out.subspan(size);
  }
}

}  // namespace hapair::lb
