// The parts of the translation, and what they share. Each part looks for its own keywords in the
// lines of a proxy, writes what they mean into the trees of the result and says so in the report;
// what no part has taken is judged by the table of keywords at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/model.hpp"
#include "apps/hapair/import/haproxy/report.hpp"

namespace hapair::importing::haproxy {

/// What `global` says of TLS.
struct TlsDefaults {
  std::string crt_base{};
  std::string ca_base{};
  std::string ciphers{};
  std::string ciphersuites{};
  std::string curves{};
  std::string min_version{};  ///< "1.3"; empty: hapair's default
  std::string server_ciphers{};
  std::string server_ciphersuites{};
  std::string server_min_version{};
  bool verify_servers = true;
};

/// A file that HAProxy answers errors with.
struct ErrorPage {
  bool is_read = false;
  std::string file{};                 ///< with its body, for `error_pages`; empty: it has none
  std::string status{};               ///< of its head
  std::vector<std::string> fields{};  ///< of its head, but for those that hapair writes
};

struct Translation {
  explicit Translation(Model& shared) : model(shared), report(shared.context.account) {}

  Model& model;
  Report report;
  TlsDefaults tls{};
  /// Backends that some frontend names.
  std::set<std::string, std::less<>> named{};
  /// Lists of users of statistics pages, by what their lines say.
  std::map<std::string, std::string> page_users{};
  /// Passwords that were hashed; each takes some milliseconds.
  std::size_t hashed = 0;
  /// Files of error pages that have been taken over, by their path.
  std::map<std::string, ErrorPage> pages{};

  [[nodiscard]] JsonTree& config() const { return model.context.draft.config; }
  [[nodiscard]] JsonTree& frontend(const Proxy& proxy) const {
    return model.tree_of_frontend(proxy);
  }
  [[nodiscard]] JsonTree& backend(const Proxy& proxy) const { return model.tree_of_backend(proxy); }

  /// Proxy::setting, which is then kept.
  const Line* keep(const Proxy& proxy, std::initializer_list<std::string_view> words);
  /// Likewise, and changed as `how` says.
  const Line* change(const Proxy& proxy, std::initializer_list<std::string_view> words,
                     const std::string& how);
  /// The time that is the `index`th word of a line, between the bounds in microseconds, as a text;
  /// empty where there is no line, or the word is no time, which is reported. Zero is for ever.
  std::optional<std::int64_t> time_of(const Line* line, std::size_t index, std::int64_t lowest,
                                      std::int64_t highest);
};

// global and what stands beside proxies
void translate_global(Translation& all);
void translate_logs(Translation& all);
void translate_userlists(Translation& all);
void translate_resolvers(Translation& all);
void translate_mailers(Translation& all);
void translate_other_sections(Translation& all);

// proxies
/// Which proxies become what; fills Model::proxies.
void name_proxies(Translation& all);
/// It is disabled, or of a mode that balances no traffic: all of it has its fate from its head.
[[nodiscard]] bool is_left_out(const Proxy& proxy);
void translate_heads(Translation& all, const Proxy& proxy);
void translate_default_backend(Translation& all, const Proxy& proxy);
void translate_timeouts(Translation& all, const Proxy& proxy);
void translate_binds(Translation& all, const Proxy& proxy);
void translate_servers(Translation& all, const Proxy& proxy);
void translate_balance(Translation& all, const Proxy& proxy);
void translate_persistence(Translation& all, const Proxy& proxy);
void translate_http_options(Translation& all, const Proxy& proxy);
void translate_limits(Translation& all, const Proxy& proxy);
void translate_access_log(Translation& all, const Proxy& proxy);
void translate_stats(Translation& all, const Proxy& proxy);
void translate_frontend_pages(Translation& all, const Proxy& proxy);
/// After those of all frontends.
void translate_backend_pages(Translation& all, const Proxy& proxy);
void translate_alerts(Translation& all, const Proxy& proxy);

/// The check of a backend, of the type that its options name, without the times and ports that
/// servers give. `checked`: some server has `check`.
void translate_check(Translation& all, const Proxy& proxy, bool checked);
/// A list of users with hashed passwords, in a file for root only: lines of "name:hash".
void add_users(Translation& all, const std::string& name, const std::string& lines);
/// The hash of a password that stands in clear text; nullopt where there can be none.
[[nodiscard]] std::optional<std::string> hash_password(Translation& all, std::string_view list,
                                                       std::string_view user,
                                                       const std::string& password);

/// The backends that a frontend names, or is the other side of.
[[nodiscard]] std::vector<const Proxy*> backends_of(const Translation& all, const Proxy& proxy);
/// Members in this order, all others behind them as they are.
void arrange(JsonTree& tree, std::initializer_list<std::string_view> order);
/// A path in a folder, unless it is absolute or there is none.
[[nodiscard]] std::string in_folder(std::string_view folder, std::string_view path);
/// What a list of words says, with blanks between, from `first` on.
[[nodiscard]] std::string joined(const Line& line, std::size_t first);

}  // namespace hapair::importing::haproxy
