// One request over HTTP/1.1, on a connection of its own; the answer is read strictly and bounded.
// What comes behind what decides is never waited for.
#pragma once

#include <memory>
#include <string>

#include "common/http/body_decoder.hpp"
#include "common/http/head_parser.hpp"
#include "libcheck/core/http_answer.hpp"

namespace hapair::check {

/// About 4 KiB, so it exists only while an answer is awaited.
class HttpDialogue final : public Dialogue {
 public:
  static constexpr std::size_t kMaxHead = std::size_t{8} * 1024;
  /// Interim (1xx) responses before the final one; more are refused.
  static constexpr int kMaxInterim = 8;

  HttpDialogue(std::string request, http::Method method, std::unique_ptr<Answer> answer);

  [[nodiscard]] Move open() override;
  [[nodiscard]] Move read(base::Bytes pending) override;
  [[nodiscard]] Finding on_eof(base::Bytes pending) override;
  [[nodiscard]] std::string awaited() const override;

 private:
  [[nodiscard]] Move read_head(std::string_view text);
  [[nodiscard]] Move read_body(std::string_view text);

  std::string request_;
  const http::Method method_;
  const std::unique_ptr<Answer> answer_;
  http::ResponseParser parser_;
  http::ResponseHead head_;
  http::BodyDecoder body_;
  bool in_body_ = false;
  int interim_ = 0;
};

}  // namespace hapair::check
