// A small process of the guardian's that does what may take long, such as writing to a disk. Forked
// before the guardian locks its memory; of the descriptors it keeps its end of a channel only.
#pragma once

#include <sys/types.h>

#include <functional>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/net/seqpacket.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

class HelperProcess {
 public:
  HelperProcess() = default;
  /// `run` is the process's main function: it serves the channel until its end, and returns the
  /// exit code.
  [[nodiscard]] static base::Result<HelperProcess> start(
      const std::function<int(net::SeqpacketChannel)>& run);

  HelperProcess(HelperProcess&& other) noexcept;
  HelperProcess& operator=(HelperProcess&& other) noexcept;
  /// Closes the channel and lets the process finish, for half a second.
  ~HelperProcess();

  /// What another process needs in place of the one that has started it.
  struct Handle {
    net::UniqueFd channel;
    net::UniqueFd process;  ///< pidfd
  };
  /// One that another process has started and handed on.
  [[nodiscard]] static HelperProcess take_on(Handle handle);
  /// This has no part in it any more.
  [[nodiscard]] Handle hand_on();
  /// Closes the channel without waiting; whoever started it reaps it.
  void retire();

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(channel_); }
  [[nodiscard]] base::Result<void> tell(base::Bytes message) { return channel_.send(message); }
  /// Sends the process, with the message, one end of a new channel; returns the other one.
  [[nodiscard]] base::Result<net::UniqueFd> connect(base::Bytes message);

 private:
  net::SeqpacketChannel channel_;
  pid_t process_ = -1;     ///< a child of ours
  net::UniqueFd watched_;  ///< of one that is none: its pidfd
};

}  // namespace hapair::guardian
