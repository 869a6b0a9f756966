// Plays a dialogue against a server that is a list of texts.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libcheck/core/dialogue.hpp"

namespace hapair::check {

/// A literal with its zeros.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

struct Talk {
  Conversation conversation;
  std::string sent;  ///< all that was said to the server
  std::optional<Finding> finding;
  bool secured = false;  ///< it has changed over to TLS

  explicit Talk(std::unique_ptr<Dialogue> dialogue) : conversation(std::move(dialogue)) {
    note(conversation.open());
  }

  /// The server says this, `piece` bytes at a time.
  Talk& hear(std::string_view text, std::size_t piece = 100'000) {
    while (!text.empty() && !finding) {
      const std::size_t count = std::min(piece, text.size());
      note(conversation.take(base::as_bytes(text.substr(0, count))));
      text.remove_prefix(count);
    }
    return *this;
  }

  Talk& close() {
    if (!finding) finding = conversation.on_eof();
    return *this;
  }

  /// "L7STS 554: no service", or "waiting" while there is no finding.
  [[nodiscard]] std::string outcome() const {
    if (!finding) return "waiting";
    std::string out(short_name(finding->code));
    if (finding->status != 0) out += ' ' + std::to_string(finding->status);
    return finding->info.empty() ? out : out + ": " + finding->info;
  }
  [[nodiscard]] std::string timeout() {
    finding = conversation.on_timeout();
    return outcome();
  }

 private:
  void note(Conversation::Reply reply) {
    sent += reply.send;
    if (reply.finding) finding = std::move(reply.finding);
    if (!reply.secure) return;
    secured = true;
    note(conversation.secured());
  }
};

/// What the dialogue makes of all of `text` at once, and then the end. Byte by byte it must find
/// and say the same, though it may have seen less of what is no good.
template <class Make>
std::string outcome_of(const Make& make, std::string_view text) {
  Talk drip(make());
  drip.hear(text, 1).close();
  Talk burst(make());
  burst.hear(text).close();
  CHECK(drip.finding->code == burst.finding->code);
  CHECK(drip.sent == burst.sent);
  return burst.outcome();
}

}  // namespace hapair::check
