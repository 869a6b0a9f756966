// Asks a server of a backend whether a request may go on: a request of our own, which to the
// exchange is a client's like any other, so that choice of server, retries, time-outs, kept
// connections, TLS and versions of HTTP are what that backend has.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/event/timer_wheel.hpp"
#include "liblb/core/exchange.hpp"
#include "liblb/io/inquiry_desk.hpp"
#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class AuthRequest final : public Inquiry, private ClientSide {
 public:
  /// Of an answer; a refusal with more is answered with a page of ours.
  static constexpr std::size_t kMaxBody = 16 * 1024;

  /// As begin_inquiry().
  [[nodiscard]] static std::unique_ptr<Inquiry> begin(const InquiryTerms& terms,
                                                      const rules::ForwardAuth& auth);
  ~AuthRequest() override;

 private:
  AuthRequest(const InquiryTerms& terms, const rules::ForwardAuth& auth);

  // ClientSide
  bool send_head(const http::ResponseHead& head, const http::BodyFraming& body) override;
  std::size_t send_body(Pieces pieces, bool end) override;
  void set_trailers(std::string_view /*lines*/) override {}
  void flush() override {}
  bool take_back_head() override;
  void send_error(int status) override;
  void resume_request() override {}
  void set_deadline(base::Instant deadline) override { context_.wheel.arm(timer_, deadline); }
  void end_exchange(Ending ending) override;

  [[nodiscard]] bool read_head();
  void start(const InquiryTerms& terms);
  void on_timeout() noexcept { exchange_->on_deadline(context_.now()); }
  /// The whole of the answer did not come in its time.
  void on_late() noexcept;
  void tell() noexcept;
  void admit();
  void refuse();
  void fail();

  Context& context_;
  InquiryDesk& desk_;
  BackendDriver& driver_;
  rules::Judge& judge_;
  Asker& asker_;
  const rules::ForwardAuth& auth_;
  std::string client_address_;
  std::string text_;  ///< of the request's head
  http::RequestHead head_;
  // The answer:
  int status_ = 0;  ///< 0: there is none
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string type_;
  std::string body_;
  bool plain_body_ = true;  ///< it was kept whole, and says what it is
  bool late_ = false;
  Task task_;
  event::WheelTimer timer_;  ///< of the exchange
  event::WheelTimer limit_;
  std::optional<Exchange> exchange_;
  bool over_ = false;  ///< the exchange is
};

}  // namespace hapair::lb
