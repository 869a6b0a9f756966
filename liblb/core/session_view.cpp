#include "liblb/core/session_view.hpp"

#include <limits>

#include "common/base/text.hpp"

namespace hapair::lb {
namespace {

std::optional<std::uint32_t> parse_part(std::string_view text) {
  // One spelling for each number: "01" is none.
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  const auto number = base::parse_unsigned(text);
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

std::string SessionId::to_string() const { return base::concat(place, '-', generation); }

std::optional<SessionId> SessionId::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto place = parse_part(text.substr(0, dash));
  const auto generation = parse_part(text.substr(dash + 1));
  if (!place || !generation) return std::nullopt;
  return SessionId{.place = *place, .generation = *generation};
}

std::string_view to_text(SessionView::Protocol protocol) {
  switch (protocol) {
    case SessionView::Protocol::kUnknown:
      return {};
    case SessionView::Protocol::kHttp1:
      return "h1";
    case SessionView::Protocol::kHttp2:
      return "h2";
    case SessionView::Protocol::kTcp:
      return "tcp";
    case SessionView::Protocol::kWebSocket:
      return "websocket";
  }
  return {};
}

std::string_view to_text(SessionView::State state) {
  switch (state) {
    case SessionView::State::kOpening:
      return "opening";
    case SessionView::State::kIdle:
      return "idle";
    case SessionView::State::kHead:
      return "head";
    case SessionView::State::kHeld:
      return "held";
    case SessionView::State::kQueued:
      return "queued";
    case SessionView::State::kConnecting:
      return "connecting";
    case SessionView::State::kRequest:
      return "request";
    case SessionView::State::kWaiting:
      return "waiting";
    case SessionView::State::kResponse:
      return "response";
    case SessionView::State::kTunnel:
      return "tunnel";
    case SessionView::State::kClosing:
      return "closing";
  }
  return {};
}

}  // namespace hapair::lb
