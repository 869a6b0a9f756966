// A request whose name and password are tried (RFC 7617). One that is wrong is answered whole
// seconds after it came, at least one: who guesses learns little, not even by the time that a trial
// takes, and who waits holds a place among the frontend's connections.
#pragma once

#include <memory>
#include <string>

#include "common/event/timer_wheel.hpp"
#include "liblb/io/inquiry_desk.hpp"
#include "liblb/io/work_queue.hpp"

namespace hapair::lb {

class PasswordInquiry final : public Inquiry, private PasswordWaiter {
 public:
  static constexpr base::Duration kPause = std::chrono::seconds(1);

  /// As begin_inquiry().
  [[nodiscard]] static std::unique_ptr<Inquiry> begin(const InquiryTerms& terms,
                                                      const rules::BasicAuth& auth);
  ~PasswordInquiry() override;

 private:
  PasswordInquiry(const InquiryTerms& terms, const rules::BasicAuth& auth, std::string user,
                  const PasswordChecks::Digest& digest);

  void on_outcome(bool good) override;
  void tell() noexcept;

  Context& context_;
  PasswordChecks& checks_;
  rules::Judge& judge_;
  Asker& asker_;
  const rules::BasicAuth& auth_;
  std::string user_;
  PasswordChecks::Digest digest_;
  Task task_;
  event::WheelTimer timer_;
  base::Instant asked_;
  bool waits_ = false;  ///< for its outcome
  bool good_ = false;
};

}  // namespace hapair::lb
