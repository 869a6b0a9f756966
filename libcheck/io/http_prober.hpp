// The HTTP check: one HTTP/1.1 request on a connection of its own; the status decides.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "libcheck/core/http_judge.hpp"
#include "libcheck/io/stream_prober.hpp"

namespace hapair::check {

class HttpProber final : public StreamProber {
 public:
  /// `check` is the spec's kind.
  HttpProber(const ProbeParts& parts, const CheckSpec& spec, const HttpCheck& check,
             ProbeHandler& handler);

 private:
  void on_connected() noexcept override;
  void on_ready() noexcept override;
  void on_end() noexcept override;

  const HttpCheck& check_;
  const std::string request_;
  std::size_t sent_ = 0;
  std::unique_ptr<HttpJudge> judge_;  ///< while an answer is awaited
};

}  // namespace hapair::check
