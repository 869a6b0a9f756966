// What one request counts in, from its beginning to its end: tables and limits of its client, and
// the number that its client has under way. The keys are those it came with, whatever rules make of
// its head. Kept from request to request. Pure.
#pragma once

#include <span>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "liblb/core/address_counts.hpp"
#include "liblb/core/client_table.hpp"

namespace hapair::lb {

class RequestCounts {
 public:
  RequestCounts() = default;
  RequestCounts(const RequestCounts&) = delete;
  RequestCounts& operator=(const RequestCounts&) = delete;
  ~RequestCounts() { let_go(); }

  /// A request of that client came. The tables outlive it.
  void begin(std::span<ClientTable* const> tables, const base::IpAddress& client,
             const http::RequestHead& head, base::Instant now) {
    let_go();
    for (ClientTable* table : tables) {
      const auto key = table->key_for(client, &head);
      if (!key) continue;
      table->note(*key, RateOf::kRequests, now);
      table->enter(*key, now);
      counted_.push_back({table, *key});
    }
  }
  /// What it comes to counts in that table, too.
  void follow(ClientTable& table, const TableKey& key) { counted_.push_back({&table, key}); }
  /// It is one of its client's until it ends. False: that has `limit` already.
  [[nodiscard]] bool take_place(AddressCounts& places, const base::IpAddress& client,
                                std::uint32_t limit) {
    if (!places.add(client, limit)) return false;
    places_ = &places;
    client_ = client;
    return true;
  }
  /// It counts in some table.
  [[nodiscard]] bool counts() const { return !counted_.empty(); }
  /// It is over, and came to that.
  void end(const RequestCost& cost, base::Instant now) {
    for (const Counted& each : counted_) each.table->note(each.key, cost, now);
    let_go();
  }
  /// It is over, whatever it came to.
  void let_go() {
    for (const Counted& each : counted_) each.table->leave(each.key);
    counted_.clear();
    if (places_ != nullptr) places_->remove(client_);
    places_ = nullptr;
  }

 private:
  struct Counted {
    ClientTable* table;
    TableKey key;
  };

  std::vector<Counted> counted_;
  AddressCounts* places_ = nullptr;
  base::IpAddress client_{};
};

}  // namespace hapair::lb
