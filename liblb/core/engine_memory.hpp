// What an engine knows of clients and has counted, as plain values: one process hands it to the
// next. All of it goes by names, since places differ.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/figures.hpp"
#include "common/base/siphash.hpp"
#include "common/base/time.hpp"
#include "liblb/core/client_table.hpp"
#include "liblb/core/key_table.hpp"
#include "liblb/core/rate_window.hpp"

namespace hapair::lb {

/// What is counted about a frontend, a bind, a backend or a server.
struct CountedMemory {
  std::string name;  ///< "frontend web", "bind web 192.0.2.1:80", "backend app", "server app/one"
  base::Figures traffic{};
  std::vector<base::Figures> latency{};  ///< histograms: as in liblb/core/latency.hpp
  base::Figures h2{};
  base::Figures keeping{};
};

/// A table of clients, or (where `servers` has any) of the servers that they have.
struct TableMemory {
  std::string name;     ///< as in its TableView
  base::SipKey hash{};  ///< that keys of texts were made with
  std::vector<CounterSettings> counters{};
  std::vector<std::string> servers{};  ///< by their names

  // Of each client, the one used longest ago first.
  std::vector<TableKey> keys{};
  std::vector<base::Instant> last_uses{};
  std::vector<RateWindow::Raw> windows{};  ///< one after the other: as many as there are counters
  std::vector<std::uint32_t> server_of{};  ///< in `servers`
};

struct EngineMemory {
  /// So many clients of a table are handed over, those that came last.
  static constexpr std::size_t kMaxClients = 100'000;

  std::vector<CountedMemory> counted{};
  std::vector<TableMemory> tables{};
};

}  // namespace hapair::lb
