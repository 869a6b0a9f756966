// What the model holds of those who are told of changes; see model.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// How a relay is spoken to.
enum class MailSecurity : std::uint8_t {
  kNone,      ///< in plain text
  kStartTls,  ///< under TLS after a word in plain text (RFC 3207)
  kImplicit,  ///< under TLS from the first byte on (RFC 8314)
};

/// Who is told of changes: a webhook, people by mail, or a command.
struct Alert {
  std::string name;
  std::optional<base::IpAddress> address{};  ///< of the webhook or relay; absent: that of `host`
  std::string host{};
  std::uint16_t port = 0;
  std::size_t resolver = 0;  ///< index into Model::resolvers, for `host`

  bool tls = false;                 ///< webhook, mail
  std::optional<std::size_t> ca{};  ///< with `tls`: index into Model::tls_files; absent: whoever
  std::string authority{};          ///< webhook: the Host field
  std::string target{};             ///< webhook: "/path?query"

  std::string from{};              ///< mail
  std::vector<std::string> to{};   ///< mail: 1 to 16; empty: a webhook
  std::string subject = "hapair";  ///< mail: 1 to 64 characters that subjects begin with
  MailSecurity security = MailSecurity::kNone;
  std::string login{};     ///< mail: who logs in; empty: nobody
  std::string password{};  ///< mail: with `login`

  std::optional<std::size_t> script{};  ///< command: index into Model::scripts
  std::uint16_t parallel = 4;           ///< command: 1 to 16 at once
  std::uint16_t per_minute = 120;       ///< command: 1 to 6000 begin within any minute

  bool servers = true;
  bool backends = true;
  bool targets = true;
  bool vips = true;

  base::Duration timeout = std::chrono::seconds(10);  ///< 100ms to 1m: for an attempt, or a run
  std::uint16_t tries = 5;                            ///< 1 to 20 for a message
  base::Duration retry = std::chrono::seconds(2);     ///< 100ms to 5m; doubles up to 5m
  base::Duration group{};     ///< 0s to 1h between two messages; 1m for mail unless given
  std::uint16_t queue = 256;  ///< 1 to 10000 changes wait

  bool operator==(const Alert&) const = default;
};

}  // namespace hapair::config
