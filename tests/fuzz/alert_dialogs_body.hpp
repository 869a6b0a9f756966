// Whatever a webhook or a relay says, in whatever pieces: the dialog ends or goes on, and says
// nothing more once it has ended. The first byte chooses the dialog, what it wants (TLS, a login),
// and the size of the pieces.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "apps/hapair/alerts/smtp_dialog.hpp"
#include "apps/hapair/alerts/webhook_dialog.hpp"
#include "common/base/bytes.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

inline void fuzz_alert_dialogs(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  using alerts::Dialog;
  std::unique_ptr<Dialog> dialog;
  if ((bytes[0] & 1U) == 0) {
    dialog = std::make_unique<alerts::SmtpDialog>(
        alerts::SmtpMail{.own_name = "lb1",
                         .from = "a@b",
                         .to = {"c@d", "e@f"},
                         .text = ".text\r\n",
                         .starttls = (bytes[0] & 4U) != 0,
                         .login = (bytes[0] & 2U) != 0 ? "me" : "",
                         .password = "secret"});
  } else {
    dialog = std::make_unique<alerts::WebhookDialog>(
        alerts::WebhookRequest{.host = "h", .target = "/", .agent = "a", .body = "{}"});
  }
  const std::size_t piece = (bytes[0] >> 3U) + std::size_t{1};
  (void)dialog->begin();
  for (auto rest = bytes.subspan(1); !rest.empty();
       rest = rest.subspan(std::min(piece, rest.size()))) {
    const bool over = dialog->state() != Dialog::State::kUnderWay;
    const std::string said =
        dialog->on_bytes(base::as_text(rest.first(std::min(piece, rest.size()))));
    require(!over || said.empty(), "a dialog that is over says nothing");
    require(!over || !dialog->wants_tls(), "a dialog that is over wants nothing");
    if (!dialog->wants_tls()) continue;
    require(said.empty() || said.ends_with("STARTTLS\r\n"), "TLS is all that is asked for");
    require(!dialog->on_secured().empty(), "the relay is greeted under TLS");
  }
  dialog->on_end();
  require(dialog->state() != Dialog::State::kUnderWay, "every dialog ends");
  require(dialog->state() == Dialog::State::kDelivered || !dialog->reason().empty(),
          "a failure has a reason");
}

}  // namespace hapair::fuzz
