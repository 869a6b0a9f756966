// The checks of a virtual server's real servers as the one check of a backend.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/keepalived/work.hpp"

namespace hapair::importing::keepalived {

/// Blocks that are a check of a server.
inline constexpr std::array<std::string_view, 9> kChecks{"TCP_CHECK",  "HTTP_GET",  "SSL_GET",
                                                         "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK",
                                                         "PING_CHECK", "UDP_CHECK", "FILE_CHECK"};

/// keepalived gives each real server a check of its own, hapair one to the backend: the first
/// server's counts; what differs in the others is told of.
class CheckPlan {
 public:
  CheckPlan(Work& work, const Statement& virtual_server,
            const std::vector<const Statement*>& servers);

  /// The server's own address and port of the check, where it has them; what of its check differs.
  void add_server(const Statement& server, JsonTree& out);
  /// `check` of the backend; call it last.
  void write(JsonTree& backend);

 private:
  [[nodiscard]] static const Statement* check_of(const Statement& server);
  [[nodiscard]] JsonTree made_of(const Statement& check);
  void read_http(const Statement& check, JsonTree& out);
  void read_url(const Statement& check, const Statement& url, JsonTree& out);
  void read_status(const Statement& line, JsonTree& out);
  void read_times(const Statement& check, JsonTree& out);
  void read_dns(const Statement& check, JsonTree& out);
  void read_script(const Statement& check, JsonTree& out);
  [[nodiscard]] const Statement* setting(const Statement& check,
                                         std::initializer_list<std::string_view> names) const;
  [[nodiscard]] std::int64_t time_of(const Statement* line, std::int64_t usual, std::int64_t least,
                                     std::int64_t most);

  Work& work_;
  const Statement& virtual_server_;
  const Statement* server_ = nullptr;  ///< whose check is read
  const Statement* first_ = nullptr;
  JsonTree check_;
  std::string plain_;  ///< `check_` as text, without comments
};

}  // namespace hapair::importing::keepalived
