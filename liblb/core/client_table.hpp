// What clients do, counted for each of them: several rates in one entry, each over a window of its
// own, and what they have under way at this moment. The table has a fixed size; what is under way
// is counted apart, so nothing of it is forgotten. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/siphash.hpp"
#include "common/base/time.hpp"
#include "common/http/head.hpp"
#include "liblb/core/client_key.hpp"
#include "liblb/core/key_counts.hpp"
#include "liblb/core/key_table.hpp"
#include "liblb/core/rate_of.hpp"
#include "liblb/core/rate_window.hpp"

namespace hapair::lb {

/// What one request came to in the end.
struct RequestCost {
  int status = 0;  ///< 0 or less: there was no answer
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

/// One counter of each entry.
struct CounterSettings {
  RateOf of = RateOf::kRequests;  ///< not kActive
  base::Duration per{0};          ///< the window: 1 s or longer

  bool operator==(const CounterSettings&) const = default;
};

struct ClientTableSettings {
  std::string name{};
  ClientKeySettings by{};
  std::size_t size = 100'000;  ///< clients that are known at once
  std::vector<CounterSettings> counters{};
  bool active = false;  ///< what is under way is counted, too
};

class ClientTable {
 public:
  ClientTable(ClientTableSettings settings, const base::SipKey& hash);

  /// `request` may be null: then by the address, as is one without the field that is asked for: so
  /// leaving it out wins nothing. nullopt: of a client without an address, which only one of a Unix
  /// socket is.
  [[nodiscard]] std::optional<TableKey> key_for(const base::IpAddress& address,
                                                const http::RequestHead* request) const;

  /// See lb::parse_key().
  [[nodiscard]] std::optional<TableKey> parse_key(std::string_view text) const {
    return lb::parse_key(text, settings_.by, hash_);
  }

  /// The windows of an entry, in the order of the counters; valid until the next call. find(): none
  /// where nothing is known of the key.
  using Windows = std::span<RateWindow>;
  [[nodiscard]] Windows use(const TableKey& key, base::Instant now) {
    return {&table_.use(key, now), settings_.counters.size()};
  }
  [[nodiscard]] Windows find(const TableKey& key, base::Instant now) {
    RateWindow* const first = table_.find(key, now);
    return {first, first == nullptr ? 0 : settings_.counters.size()};
  }
  /// One more in the counters of that kind, of an entry.
  void add(Windows windows, RateOf of, base::Instant now) const;

  /// One more request or connection of the key.
  void note(const TableKey& key, RateOf of, base::Instant now);
  /// A request is over: its errors and bytes.
  void note(const TableKey& key, const RequestCost& cost, base::Instant now);

  /// Something begins or ends that is under way; nothing where that is not counted.
  void enter(const TableKey& key, base::Instant now);
  void leave(const TableKey& key);

  /// How many of them the client has in the window, or under way; 0 where that is not counted.
  [[nodiscard]] std::uint64_t figure(const TableKey& key, RateOf of, base::Instant now);

  /// As if that many had just come, of all counters of that kind. False: there is none.
  [[nodiscard]] bool set(const TableKey& key, RateOf of, std::uint32_t count, base::Instant now);
  /// Whether there is a counter of that kind; of kActive, too.
  [[nodiscard]] bool counts(RateOf of) const;

  /// For another process, and back. Keys of texts are hashes: its hash has to be the same.
  [[nodiscard]] const base::SipKey& hash() const { return hash_; }
  void adopt_hash(const base::SipKey& hash) { hash_ = hash; }

  [[nodiscard]] const ClientTableSettings& settings() const { return settings_; }
  [[nodiscard]] const KeyCounts& active() const { return active_; }
  [[nodiscard]] const KeyTable<RateWindow>& entries() const { return table_; }
  [[nodiscard]] KeyTable<RateWindow>& entries() { return table_; }

 private:
  /// Adds what `amount_of(kind)` says to each counter.
  template <class AmountOf>
  void add_amounts(const TableKey& key, base::Instant now, const AmountOf& amount_of);

  ClientTableSettings settings_;
  base::SipKey hash_;
  KeyTable<RateWindow> table_;
  KeyCounts active_;
};

}  // namespace hapair::lb
