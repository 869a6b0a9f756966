// A client's side whose response is compressed on its way, where that suits both: it stands between
// the exchange and the client's own side. What is compressed waits here while the client has no
// room, at most some 20 KB; the rest waits with the server.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "common/http/compressor.hpp"
#include "common/http/field_edits.hpp"
#include "liblb/core/compression.hpp"
#include "liblb/core/exchange_sides.hpp"
#include "liblb/core/turn_budget.hpp"
#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class Context;

class CompressedClient final : public ClientSide {
 public:
  /// `in_use` counts the frontend's responses that are being compressed. All references outlive it.
  CompressedClient(Context& context, RestKeeper& next, const Compression& compression,
                   const http::RequestHead& request, std::size_t& in_use);
  ~CompressedClient() { let_go(); }

  /// Whose response it is; to be told before the exchange starts.
  void serve(Exchange& exchange) { exchange_ = &exchange; }
  /// The client has room again.
  void on_ready();

  bool send_head(const http::ResponseHead& head, const http::BodyFraming& body) override;
  std::size_t send_body(Pieces pieces, bool end) override;
  std::size_t send_piped(const PipedBytes& bytes, bool end) override {
    return next_.send_piped(bytes, end);
  }
  [[nodiscard]] bool takes_pipes() const override { return !compressor_ && next_.takes_pipes(); }
  [[nodiscard]] const ClientSide& identity() const override { return next_.identity(); }
  void set_trailers(std::string_view lines) override { next_.set_trailers(lines); }
  void flush() override;
  bool take_back_head() override;
  void send_error(int status) override { next_.send_error(status); }
  void resume_request() override { next_.resume_request(); }
  void set_deadline(base::Instant deadline) override { next_.set_deadline(deadline); }
  void end_exchange(Ending ending) override;

 private:
  /// Of compressing, before others get their turn. How many bytes that are is up to them: of text
  /// of two letters 32 KB take 23 ms at level 9, of prose 1 ms.
  static constexpr base::Duration kTurn = std::chrono::microseconds(200);
  /// Bytes that are compressed in one go: some 5 us, 0.2 ms and more of the text above.
  static constexpr std::size_t kStep = 256;
  /// So much that is ready leaves at once; less waits for more, or for a pause.
  static constexpr std::size_t kSendSize = 8 * 1024;

  [[nodiscard]] std::size_t compress(Pieces pieces);
  /// Sends what is ready. False: the client has no room for all of it.
  bool push();
  void on_task() noexcept;
  void let_go();

  Context& context_;
  RestKeeper& next_;
  const Compression& compression_;
  const http::RequestHead& request_;
  std::size_t& in_use_;
  Exchange* exchange_ = nullptr;
  Task task_;
  std::unique_ptr<http::Compressor> compressor_;  ///< once the head says so
  std::string ready_;
  std::size_t sent_ = 0;  ///< of what is ready
  TurnBudget turn_{kTurn};
  bool dirty_ = false;  ///< some of what was added waits in the compressor
};

}  // namespace hapair::lb
