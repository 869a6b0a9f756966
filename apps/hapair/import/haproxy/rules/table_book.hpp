// Stick tables that count what clients do, and what tracks clients in them, as hapair's `tables`
// with `count_in` and `rate_over`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/model.hpp"
#include "apps/hapair/import/haproxy/rules/acl_test.hpp"
#include "apps/hapair/import/haproxy/rules/formula.hpp"
#include "apps/hapair/import/haproxy/rules/remarks.hpp"
#include "common/base/result.hpp"

namespace hapair::importing::haproxy {

/// A counter that a condition looks at.
struct Counted {
  std::string table;        ///< the proxy that has it
  std::string key;          ///< as in `tables`: "requests", "active", ...
  std::string window;       ///< "10s"; empty for "active"
  bool of_backend = false;  ///< it is a backend that tracks in it
};

class TableBook {
 public:
  TableBook(Model& model, Marks& marks);

  /// `sample` is a counter: sc_http_req_rate(0), src_conn_cur(table), src,table_conn_rate(table).
  [[nodiscard]] static bool is_counter(const Sample& sample);
  /// Which counter it is; errors say why hapair has none for it.
  [[nodiscard]] base::Result<Counted> counted(const Sample& sample, const Proxy& proxy,
                                              Remarks& remarks);
  /// It is in one of these ranges.
  [[nodiscard]] base::Result<Formula> over(const Counted& what, const std::vector<Range>& ranges);
  /// The table was used: it is a line of the result.
  [[nodiscard]] bool is_used(std::string_view table) const { return used_.contains(table); }
  /// The rule tracks clients: `words` from "track-sc0" on.
  void track(const Proxy& proxy, const Line& line, std::size_t word, bool conditional,
             bool on_connection);
  /// What the lines that define tables and track clients came to.
  void account();

 private:
  struct Table {
    const Proxy* proxy = nullptr;
    const Line* line = nullptr;
    std::string type;
    std::int64_t size = 0;
    std::map<std::string, std::string, std::less<>> windows{};  ///< "http_req_rate" to "10s"
  };
  struct Track {
    const Proxy* proxy = nullptr;
    Place at;
    std::string number;
    std::string table;
    std::string by;       ///< "source", "header:NAME", "cookie:NAME"; empty: nothing of these
    std::string problem;  ///< empty: none
    bool conditional = false;
    bool on_connection = false;
    bool is_used = false;
  };

  void read_table(const Proxy& proxy, const Line& line);
  [[nodiscard]] base::Result<const Track*> tracked(std::string_view number, const Proxy& proxy);
  /// Makes the table in the config.
  [[nodiscard]] JsonTree& table_tree(const Counted& what);

  Model& model_;
  Marks& marks_;
  std::map<std::string, Table, std::less<>> tables_;
  std::vector<Track> tracks_;
  std::map<std::string, std::string, std::less<>> used_;  ///< the proxy's name to the table's
};

}  // namespace hapair::importing::haproxy
