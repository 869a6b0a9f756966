// Reads adverts from the raw socket that the guardian opened (libvrrp/io/advert_sender.hpp), one
// receiver for each socket, and hands them to the group with their VRID. It must outlive those.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "common/base/histogram.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/core/drop_reason.hpp"
#include "libvrrp/core/ip_packet.hpp"
#include "libvrrp/core/neighbourhood.hpp"

namespace hapair::vrrp {

class DatagramSink {
 public:
  /// `datagram` is valid during the call only.
  virtual void on_datagram(const Datagram& datagram) noexcept = 0;

 protected:
  ~DatagramSink() = default;
};

class ForeignVridListener {
 public:
  /// A proper advert with a VRID that is none of ours, the first one with it.
  virtual void on_foreign_vrid(std::uint8_t vrid, const base::IpAddress& from) noexcept = 0;

 protected:
  ~ForeignVridListener() = default;
};

class AdvertReceiver {
 public:
  /// Datagrams read in one turn of the loop; the rest waits for the next one.
  static constexpr int kBatch = 64;
  /// Datagrams read by one drain(): more than the socket's buffer holds, so all that came before it
  /// are read, and a flood that goes on holds up the election no longer than that.
  static constexpr int kMaxDrain = 4096;

  AdvertReceiver(event::EventLoop& loop, net::UniqueFd socket, base::Family family);

  [[nodiscard]] base::Result<void> start();
  /// What comes waits in the socket, for whoever reads it next.
  void pause() { watch_.stop(); }
  [[nodiscard]] int fd() const { return socket_.get(); }

  void add(std::uint8_t vrid, DatagramSink& sink);
  void remove(std::uint8_t vrid);
  /// Not to be proposed to anybody, nor foreign: another network of ours has it.
  void reserve(std::uint8_t vrid) { vrids_.add(vrid); }
  /// `listener` outlives the receiver.
  void tell(ForeignVridListener& listener) { foreign_ = &listener; }

  /// Hands over whatever has arrived: called before silence is taken for death.
  void drain() noexcept { read(kMaxDrain); }

  /// Packets that reached no group, by reason.
  [[nodiscard]] const DropCounters& dropped() const { return dropped_; }
  /// Our own, and those heard.
  [[nodiscard]] const VridsInUse& vrids() const { return vrids_; }
  /// How long packets lay in the socket before they were read, by the kernel's timestamps.
  [[nodiscard]] const base::Histogram& wait() const { return wait_; }

 private:
  void on_readable(event::FdEvents events) noexcept;
  void read(int limit) noexcept;
  bool read_one() noexcept;
  void hand_over(const std::expected<Datagram, DropReason>& datagram) noexcept;
  void note_foreign(const Datagram& datagram) noexcept;

  net::UniqueFd socket_;
  base::Family family_;
  event::FdWatch watch_;
  std::array<DatagramSink*, 256> sinks_{};
  VridsInUse vrids_;
  ForeignVridListener* foreign_ = nullptr;
  DropCounters dropped_;
  base::Histogram wait_;
};

}  // namespace hapair::vrrp
