// Drives one node's hellos: a UDP socket between the nodes' addresses, a timer, and a HelloExchange
// that decides. The worker opens the socket itself: it takes no privilege. Where that fails it is
// tried again; hellos are missing meanwhile, which changes no election.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/base/ip_address.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/core/hello_exchange.hpp"
#include "libvrrp/io/hmac_authenticator.hpp"

namespace hapair::vrrp {

/// Told from the loop; may call refresh(), but must not destroy the link.
class HelloListener {
 public:
  virtual void on_peer_heard(std::size_t peer) noexcept = 0;
  virtual void on_peer_silent(std::size_t peer) noexcept = 0;
  virtual void on_hello_alarm(const HelloAlarm& alarm) noexcept = 0;
  /// A peer has said something, perhaps something new; after the calls above.
  virtual void on_hello() noexcept = 0;
  /// The socket can't be had; told once until it can.
  virtual void on_hello_unavailable(std::string_view why) noexcept = 0;

 protected:
  ~HelloListener() = default;
};

struct HelloLinkSettings {
  HelloSettings exchange;
  base::Endpoint own;                 ///< where this node listens
  std::vector<base::Endpoint> peers;  ///< in the order of exchange.peers, of the same family
  HmacKey key{};
};

struct HelloCounters {
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;     ///< refused by the kernel
  std::uint64_t strangers = 0;  ///< came from an address that is no node's
};

class HelloLink {
 public:
  /// Datagrams read in one turn; after as many the socket rests, so that a flood takes no more than
  /// a small share of the loop.
  static constexpr int kBatch = 64;
  static constexpr base::Duration kRest = std::chrono::milliseconds(10);

  HelloLink(event::EventLoop& loop, const HelloLinkSettings& settings, HelloListener& listener);
  HelloLink(const HelloLink&) = delete;
  HelloLink& operator=(const HelloLink&) = delete;

  void start(NodeReport report);
  /// What this node says of itself; nothing happens where it is the same as before.
  void refresh(NodeReport report);

  /// What that peer is to hear beside this; nullopt: nothing more.
  void say(std::size_t peer, std::optional<DrillNote> letter);

  [[nodiscard]] const HelloExchange& exchange() const { return exchange_; }
  [[nodiscard]] const HelloCounters& counters() const { return counters_; }

 private:
  void on_readable(event::FdEvents events) noexcept;
  void on_deadline() noexcept;
  void on_rested() noexcept;
  [[nodiscard]] bool read_one() noexcept;
  void perform(const HelloEffects& effects) noexcept;
  void send(const SendHello& hello) noexcept;
  [[nodiscard]] bool open() noexcept;
  [[nodiscard]] base::Result<void> try_open();
  void arm();

  event::EventLoop& loop_;
  HelloListener& listener_;
  base::Endpoint own_;
  std::vector<base::Endpoint> peers_;
  HmacAuthenticator authenticator_;
  HelloExchange exchange_;
  net::UniqueFd socket_;
  event::FdWatch watch_;
  event::Timer deadline_;
  event::Timer rest_;
  bool complained_ = false;
  HelloCounters counters_;
};

}  // namespace hapair::vrrp
