// Judges the answer to one request, whatever version of HTTP carried it. Pure and incremental; what
// it keeps of a body is bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/head.hpp"
#include "libcheck/core/dialogue.hpp"
#include "libcheck/core/http_check.hpp"

namespace hapair::check {

/// What comes of an answer, in the order in which it comes. With a finding nothing more is shown.
class Answer {
 public:
  virtual ~Answer() = default;

  /// The head of the response proper; its views live as long as the call.
  [[nodiscard]] virtual std::optional<Finding> on_head(const http::ResponseHead& head) = 0;
  [[nodiscard]] virtual std::optional<Finding> on_data(std::string_view bytes) = 0;
  /// A field behind the body.
  [[nodiscard]] virtual std::optional<Finding> on_trailer(std::string_view name,
                                                          std::string_view value);
  /// All has come, and in order.
  [[nodiscard]] virtual Finding on_end() = 0;
};

class HttpAnswer final : public Answer {
 public:
  /// Both outlive it.
  HttpAnswer(const HttpCheck& check, const HttpPatterns& patterns)
      : check_(check), patterns_(patterns) {}

  /// A finding at once, where no body has to be waited for.
  [[nodiscard]] std::optional<Finding> on_head(const http::ResponseHead& head) override;
  [[nodiscard]] std::optional<Finding> on_data(std::string_view bytes) override;
  [[nodiscard]] Finding on_end() override;

 private:
  [[nodiscard]] std::optional<Finding> judge_fields(const http::ResponseHead& head) const;
  [[nodiscard]] bool body_matches(std::size_t looked_at) const;
  [[nodiscard]] Finding good() const;
  [[nodiscard]] Finding bad(std::string what) const;

  const HttpCheck& check_;
  const HttpPatterns& patterns_;
  std::uint16_t status_ = 0;
  std::string reason_;
  std::string body_;
};

}  // namespace hapair::check
