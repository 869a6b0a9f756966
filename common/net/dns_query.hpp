// One question to the DNS, asked on sockets of its own: with a fresh port and a fresh id, over UDP,
// and over TCP when the answer is too long for it. c-ares does the asking; nothing else knows it.
// Nameservers are asked in order, each again after a time-out that doubles from round to round.
//
// Reads no file and waits for nothing. The loop and the handler outlive it; destruction is silence.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/dns_message.hpp"

namespace hapair::net {

struct DnsSettings {
  std::vector<base::Endpoint> nameservers;           ///< at least one
  base::Duration timeout = std::chrono::seconds(1);  ///< 10 ms or more: for a nameserver's answer
  unsigned tries = 3;                                ///< 1 or more: rounds through all of them
};

class DnsHandler {
 public:
  /// Never from within a call of the owner's; it may destroy the query.
  virtual void on_dns_answer(base::Result<DnsAnswer> answer) noexcept = 0;

 protected:
  ~DnsHandler() = default;
};

class DnsQuery {
 public:
  /// No question takes longer, whatever its settings.
  static constexpr base::Duration kLimit = std::chrono::seconds(60);

  DnsQuery(event::EventLoop& loop, const DnsSettings& settings, std::string name, DnsType type,
           DnsHandler& handler);
  ~DnsQuery();
  DnsQuery(const DnsQuery&) = delete;
  DnsQuery& operator=(const DnsQuery&) = delete;

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace hapair::net
