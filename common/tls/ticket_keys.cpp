#include "common/tls/ticket_keys.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "common/base/text.hpp"
#include "common/tls/hkdf.hpp"

namespace hapair::tls {
namespace {

TicketKeys::Key key_of(std::string_view secret, std::int64_t epoch) {
  const auto bytes = hkdf_sha256({.secret = base::as_bytes(secret),
                                  .salt = {},
                                  .info = base::concat("hapair tls ticket epoch ", epoch)},
                                 TicketKeys::kNameBytes + 2 * TicketKeys::kKeyBytes);
  assert(bytes);
  TicketKeys::Key key;
  const auto* from = bytes->data();
  std::copy_n(from, key.name.size(), key.name.begin());
  std::copy_n(from + key.name.size(), key.cipher.size(), key.cipher.begin());
  std::copy_n(from + key.name.size() + key.cipher.size(), key.mac.size(), key.mac.begin());
  return key;
}

}  // namespace

TicketKeys::TicketKeys(std::string secret, base::WallTime now) : secret_(std::move(secret)) {
  advance(now);
}

void TicketKeys::advance(base::WallTime now) {
  const std::int64_t epoch = now.time_since_epoch() / kEpoch;
  if (epoch == epoch_) return;
  epoch_ = epoch;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    keys_[i] = key_of(secret_, epoch + static_cast<std::int64_t>(i) - 1);
  }
}

const TicketKeys::Key* TicketKeys::find(base::Bytes name) const {
  const auto found = std::ranges::find_if(
      keys_, [&](const Key& key) { return std::ranges::equal(key.name, name); });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace hapair::tls
