// The worker's side of the guardian channel. Starting up is synchronous (one request, one answer);
// after start() orders go out without waiting and what the guardian has to say comes as callbacks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/guardian/protocol.hpp"
#include "apps/hapair/guardian/shared_page.hpp"
#include "apps/hapair/guardian/target_port.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/event/event_loop.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"
#include "libvrrp/io/vip_port.hpp"

namespace hapair::guardian {

/// Told by the client, from the loop, never from within a call into the client.
class GuardianEvents {
 public:
  /// Hand over and leave: finish within `drain`, then say left() and exit.
  virtual void on_leave(base::Duration drain) noexcept = 0;
  /// A group's addresses could not be put or kept on the interface.
  virtual void on_vip_lost(std::size_t group, std::string_view reason) noexcept = 0;
  /// A group's routes or rules could not be put; an empty fault: now all are there.
  virtual void on_routes_state(std::size_t group, std::string_view fault) noexcept = 0;
  /// What an interface can do; `interface` is the index in the grants.
  virtual void on_link_state(std::size_t interface, bool carrier, bool addressed) noexcept = 0;
  /// What a target is found to be; `found.target` is the index in the grants.
  virtual void on_target_found(const TargetFound& found) noexcept = 0;
  /// The socket for echoes to a gateway, in place of any before.
  virtual void on_echo_socket(std::size_t target, net::UniqueFd socket) noexcept = 0;
  /// An operator took the group out of the election before this worker started.
  virtual void on_maintenance(std::size_t group) noexcept = 0;
  /// The channel that ask_for_scripts() asked for.
  virtual void on_scripts(net::UniqueFd channel) noexcept = 0;
  /// The answer to look_at_vip().
  virtual void on_vip_seen(const VipSeen& seen) noexcept = 0;
  /// Guardian or supervisor have decided something: it belongs in the journal.
  virtual void on_decision(const Decision& decision) noexcept = 0;
  /// Another hapair takes this one's place: see GiveAway. `memory` comes with kState.
  virtual void on_give_away(const GiveAway& what, net::UniqueFd memory) noexcept = 0;
  /// In place of another hapair: its worker's state, then the word to serve.
  virtual void on_take_over(net::UniqueFd memory) noexcept = 0;
  virtual void on_serve() noexcept = 0;
  /// The guardian is gone (or broken): the supervisor releases everything; stop at once.
  virtual void on_guardian_gone() noexcept = 0;

 protected:
  ~GuardianEvents() = default;
};

/// Told of a reload, likewise.
class ReloadEvents {
 public:
  /// What the worker will need comes before the model, in any order. Indices are those of the next
  /// grants.
  virtual void on_reload_bind(std::size_t bind, net::UniqueFd socket) noexcept = 0;
  virtual void on_reload_receiver(std::size_t interface, base::Family family,
                                  net::UniqueFd socket) noexcept = 0;
  virtual void on_reload_channel(ReloadChannelTo to, net::UniqueFd channel) noexcept = 0;
  /// To be answered with commit_reload() or refuse_reload(). An empty envelope can't be read.
  /// `scripts`: others than before, or none any more.
  virtual void on_reload_model(std::string_view who, bool scripts,
                               std::string envelope) noexcept = 0;
  virtual void on_reload_failed(const ReloadFailed& failed) noexcept = 0;
  /// The model that is on disk, to be compared with what runs; nothing follows. An empty envelope
  /// can't be read.
  virtual void on_check_model(std::string_view who, std::string envelope) noexcept = 0;

 protected:
  ~ReloadEvents() = default;
};

struct ModelReply {
  std::string node;        ///< this node's name
  std::string envelope;    ///< as the config source made it
  bool successor = false;  ///< another hapair serves: prepare to take its place
};

class GuardianClient final : public vrrp::VipPort, public TargetPort {
 public:
  static constexpr base::Duration kReplyTimeout = std::chrono::seconds(5);

  GuardianClient(event::EventLoop& loop, net::SeqpacketChannel channel, const SharedPage& page,
                 GuardianEvents& events, base::Logger& log);

  // Before start(): each call waits for its answer, at most kReplyTimeout. An error carries the
  // guardian's reason.
  [[nodiscard]] base::Result<ModelReply> get_model();
  /// A bound socket that does not listen yet (a Unix path: one that does).
  [[nodiscard]] base::Result<net::UniqueFd> open_bind(std::uint16_t bind);
  /// The listening control socket.
  [[nodiscard]] base::Result<net::UniqueFd> open_control();
  /// A channel to the keeper of the journal's file.
  [[nodiscard]] base::Result<net::UniqueFd> open_journal();
  /// A channel to the keeper of the log files.
  [[nodiscard]] base::Result<net::UniqueFd> open_logs();
  /// A channel to the keeper of TLS files, for a TlsFilesClient.
  [[nodiscard]] base::Result<net::UniqueFd> open_tls_files();
  /// A channel to the process that runs scripts, for a ScriptClient.
  [[nodiscard]] base::Result<net::UniqueFd> open_scripts();
  /// A raw socket that gets the adverts of one family arriving on an interface; `interface` is the
  /// index in the grants.
  [[nodiscard]] base::Result<net::UniqueFd> open_vrrp_receive(std::size_t interface,
                                                              base::Family family);

  /// From here on asynchronous.
  [[nodiscard]] base::Result<void> start();

  /// The worker serves: heartbeats run and the service is reported as started.
  void ready();
  /// Who hears of reloads; outlives it.
  void tell(ReloadEvents& reloads) { reloads_ = &reloads; }
  void ask_for_reload(std::string_view who);
  /// The same, of which nothing comes but on_check_model(), or on_reload_failed().
  void ask_for_check(std::string_view who);
  /// The worker has all that it needs: indices are those of the next grants from here on. What the
  /// guardian has said by the ones before is dropped: it says everything anew.
  void commit_reload();
  void refuse_reload(std::string_view reason);
  /// An operator's word about a group, to be kept over restarts.
  void keep_maintenance(std::size_t group, bool on);
  /// Whether a socket of open_bind() answers SYNs; see net::set_quiet().
  void quiet_socket(int fd, bool on);
  /// Whether a group's address is here, or a neighbour has it; the answer is on_vip_seen(). `ask`:
  /// the network is asked for it anew.
  void look_at_vip(std::size_t group, bool ask);
  /// As open_scripts(), for a process that runs scripts in place of one that has ended; the answer
  /// is on_scripts().
  void ask_for_scripts();
  /// An operator wants the program that is on disk now to go on.
  void want_upgrade() { order(WantUpgrade{}); }
  // The answers to on_give_away(): SocketsHere with as many descriptors, and StateHere.
  void answer(const SocketsHere& here, const std::vector<int>& fds) { order(here, fds); }
  void answer(const StateHere& here) { order(here); }
  // In place of another hapair, instead of ready().
  void prepared() { order(Prepared{}); }
  void adopted() { order(Adopted{}); }
  /// Everything is handed over; the worker exits next.
  void left();

  void advertise(std::size_t group, std::uint8_t priority, base::Duration interval) override;
  void stop_advertising(std::size_t group, bool resign) override;
  void hold(std::size_t group) override;
  void release(std::size_t group) override;
  void announce(std::size_t group) override;
  void use_checksum(std::size_t group, std::size_t peer, vrrp::ChecksumForm form) override;
  void check_target(std::size_t target, std::uint16_t run, bool again) override;
  /// The one that the guardian publishes its figures in.
  [[nodiscard]] const SharedPage& page() const { return page_; }
  [[nodiscard]] vrrp::SendingSpan sending(std::size_t group) const override;

 private:
  struct Answer {
    Reply reply;
    net::UniqueFd fd;
  };
  [[nodiscard]] base::Result<Answer> ask(const Request& request);
  [[nodiscard]] base::Result<net::UniqueFd> ask_for_fd(const Request& request);
  void order(const Request& request, const std::vector<int>& fds = {});
  void handle(const Reply& reply, std::vector<net::UniqueFd>& fds);
  void handle_reload(const Reply& reply, std::vector<net::UniqueFd>& fds);
  void on_readable(event::FdEvents events) noexcept;
  void on_broken() noexcept;

  net::SeqpacketChannel channel_;
  const SharedPage& page_;
  GuardianEvents& events_;
  base::Logger& log_;
  ReloadEvents* reloads_ = nullptr;
  bool committed_ = false;  ///< but the guardian has not said so yet
  event::FdWatch watch_;
  event::Deferred broken_;  ///< reports a failed send outside the sender's frame
};

}  // namespace hapair::guardian
