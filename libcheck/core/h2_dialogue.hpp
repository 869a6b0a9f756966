// One request over HTTP/2 (RFC 9113), on a connection of its own that begins without asking. Its
// answer is read strictly and bounded.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/http/h2_connection.hpp"
#include "common/http/h2_response.hpp"
#include "libcheck/core/http_answer.hpp"

namespace hapair::check {

struct H2Request {
  std::vector<HttpField> fields;  ///< the pseudo-header fields first, names in lower case
  std::string body{};             ///< empty: the head is all
};

class H2Dialogue final : public Dialogue,
                         private http::H2ConnectionHandler,
                         private http::H2StreamHandler {
 public:
  /// Interim (1xx) responses before the final one; more are refused.
  static constexpr int kMaxInterim = 8;

  H2Dialogue(H2Request request, std::unique_ptr<Answer> answer);

  [[nodiscard]] Move open() override;
  [[nodiscard]] Move read(base::Bytes pending) override;
  [[nodiscard]] std::string awaited() const override;

 private:
  http::H2StreamHandler* on_stream(http::StreamId /*id*/) override { return nullptr; }
  void on_window() override {}
  void on_frame(http::H2Frame /*frame*/) override {}
  void on_ping_answer() override {}
  void on_reset_sent(http::H2Error error) override;
  void on_fault(http::H2Error error, std::string_view why) override;
  void on_goaway(http::StreamId last, http::H2Error error) override;

  void on_field(std::string_view name, std::string_view value) override;
  void on_head(bool end) override;
  void on_data(std::string_view bytes) override;
  void on_end() override;
  [[nodiscard]] Part next_part(std::size_t room) override;
  void copy_part(std::span<std::uint8_t> out) override;
  void on_sent(std::size_t /*bytes*/, bool /*end*/) override {}
  void on_closed(http::H2Error error) override;

  /// The first one counts.
  void find(std::optional<Finding> finding);
  [[nodiscard]] std::string produce();

  H2Request request_;
  const std::unique_ptr<Answer> answer_;
  http::H2ResponseBuilder builder_;
  http::H2Connection connection_;
  http::StreamId stream_ = 0;
  std::size_t sent_ = 0;   ///< of the request's body
  std::size_t taken_ = 0;  ///< of the answer's, to be told of
  bool begun_ = false;     ///< bytes have come
  bool head_done_ = false;
  int interim_ = 0;
  std::optional<Finding> finding_;
};

/// The request of a check.
[[nodiscard]] H2Request h2_request(const HttpCheck& check, const HttpTerms& terms);

}  // namespace hapair::check
