// One attempt to carry one message: finds the receiver's address, connects, shakes hands where the
// connection is under TLS, has the dialog. Never waits; ends at its time-out at the latest.
//
// The loop, the settings, the dialog and the handler outlive it; destruction is silence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/alerts/dialog.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/time.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/dns_query.hpp"
#include "common/net/hosts_file.hpp"
#include "common/tls/client_context.hpp"

namespace hapair::alerts {

struct ReceiverSettings {
  std::optional<base::IpAddress> address{};  ///< absent: that of `host`
  std::string host{};
  std::uint16_t port = 0;
  const net::HostsFile* hosts = nullptr;              ///< who is asked first; null: nobody
  net::DnsSettings dns{};                             ///< who is asked for `host`
  tls::ClientContext* tls = nullptr;                  ///< null: in plain text
  bool starttls = false;                              ///< with `tls`: only once the dialog wants it
  base::Duration timeout = std::chrono::seconds(10);  ///< for all of it
};

class DeliveryHandler {
 public:
  enum class Outcome : std::uint8_t { kDelivered, kFailed, kRefused };
  /// Never from within the constructor; may destroy the delivery. `reason` is empty where there is
  /// nothing to say.
  virtual void on_delivery_end(Outcome outcome, std::string reason) noexcept = 0;

 protected:
  ~DeliveryHandler() = default;
};

class Delivery final : net::DnsHandler, net::StreamHandler {
 public:
  Delivery(event::EventLoop& loop, const ReceiverSettings& receiver, Dialog& dialog,
           DeliveryHandler& handler);
  ~Delivery();
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

 private:
  /// Addresses of a name that are tried.
  static constexpr std::size_t kMaxAddresses = 4;
  /// What a receiver may say in all.
  static constexpr std::size_t kMaxReceived = 256 * 1024;

  enum class Phase : std::uint8_t { kAddress, kConnecting, kTalking, kSecuring, kOver };

  void on_dns_answer(base::Result<net::DnsAnswer> answer) noexcept override;
  void on_stream_ready() noexcept override;
  void on_timeout() noexcept;
  void tell() noexcept;
  void ask(net::DnsType type);
  void use(std::vector<base::IpAddress> addresses);
  void connect_next();
  void advance();
  void talk();
  void secure();
  void shake_hands();
  void send();
  [[nodiscard]] bool receive();
  void finish(DeliveryHandler::Outcome outcome, std::string reason);
  void finish_by_dialog();
  void drop_stream();

  event::EventLoop& loop_;
  const ReceiverSettings& receiver_;
  Dialog& dialog_;
  DeliveryHandler& handler_;
  Phase phase_ = Phase::kAddress;
  net::DnsType asked_ = net::DnsType::kA;
  std::optional<net::DnsQuery> query_;
  std::vector<base::IpAddress> addresses_;
  std::size_t next_address_ = 0;
  std::string connect_fault_;
  std::unique_ptr<net::ByteStream> stream_;
  tls::TlsStream* tls_ = nullptr;  ///< the stream itself
  std::string to_send_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  DeliveryHandler::Outcome outcome_ = DeliveryHandler::Outcome::kFailed;
  std::string reason_;
  event::Timer timer_;
  event::Deferred tell_;
};

}  // namespace hapair::alerts
