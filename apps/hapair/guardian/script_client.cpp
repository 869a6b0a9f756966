#include "apps/hapair/guardian/script_client.hpp"

#include <utility>
#include <variant>

namespace hapair::guardian {

ScriptClient::ScriptClient(event::EventLoop& loop, net::UniqueFd channel, ScriptEvents& events)
    : channel_(std::move(channel)),
      events_(events),
      watch_(loop, event::Priority::kControl,
             event::Callback<event::FdEvents>::to<&ScriptClient::on_readable>(this)) {}

bool ScriptClient::give(const ScriptOrder& order) {
  return channel_.send(encode_script_order(order)).has_value();
}

void ScriptClient::on_readable(event::FdEvents) noexcept {
  net::Packet packet;
  while (watch_.started()) {
    const auto received = channel_.receive(packet);
    if (!received || *received == net::SeqpacketChannel::Received::kClosed) {
      watch_.stop();
      events_.on_scripts_gone();
      return;
    }
    if (*received == net::SeqpacketChannel::Received::kNothing) return;
    const auto report = decode_script_report(packet.bytes);
    if (!report) continue;
    if (const auto* ended = std::get_if<ScriptEnded>(&*report)) {
      events_.on_script_ended(ended->script, ended->result);
    } else if (const auto* notify = std::get_if<NotifyEnded>(&*report)) {
      events_.on_notify_ended(*notify);
    } else if (const auto* alert = std::get_if<AlertEnded>(&*report)) {
      events_.on_alert_ended(*alert);
    } else if (const auto* unfit = std::get_if<ScriptUnfit>(&*report)) {
      events_.on_script_unfit(unfit->script, unfit->reason);
    } else {
      events_.on_scripts_ready();
    }
  }
}

}  // namespace hapair::guardian
