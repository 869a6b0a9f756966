// Any check that talks over a connection: drives a dialogue of libcheck's core over TCP, under TLS
// where the spec wants it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/net/socket.hpp"
#include "libcheck/core/dialogue.hpp"
#include "libcheck/io/stream_prober.hpp"

namespace hapair::check {

class DialogueProber final : public StreamProber {
 public:
  /// Makes the dialogue of one check.
  using MakeDialogue = std::function<std::unique_ptr<Dialogue>()>;

  /// `first`: whose word comes first; servers of some protocols greet.
  DialogueProber(const ProbeParts& parts, const CheckSpec& spec, net::FirstWord first,
                 MakeDialogue make, ProbeHandler& handler);

 private:
  [[nodiscard]] bool speaks_first() const override { return first_ == net::FirstWord::kOurs; }
  void on_connected() noexcept override;
  void on_ready() noexcept override;
  void on_secured() noexcept override;
  void on_late() noexcept override;
  void on_end() noexcept override;

  /// True: that was the end, and this object may be gone.
  bool act(Conversation::Reply reply);
  bool read_once();

  const net::FirstWord first_;
  const MakeDialogue make_;
  std::unique_ptr<Conversation> conversation_;  ///< while a connection stands
  std::string to_send_;
  std::size_t sent_ = 0;
};

}  // namespace hapair::check
