// The error codes of HTTP/2 (RFC 9113, section 7).
#pragma once

#include <cstdint>
#include <string_view>

namespace hapair::http {

enum class H2Error : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kFlowControlError = 3,
  kSettingsTimeout = 4,
  kStreamClosed = 5,
  kFrameSizeError = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kCompressionError = 9,
  kConnectError = 10,
  kEnhanceYourCalm = 11,
  kInadequateSecurity = 12,
  kHttp11Required = 13,
};

/// "PROTOCOL_ERROR"; "unknown" for a code that the RFC does not have.
[[nodiscard]] constexpr std::string_view to_text(H2Error error) {
  switch (error) {
    case H2Error::kNoError:
      return "NO_ERROR";
    case H2Error::kProtocolError:
      return "PROTOCOL_ERROR";
    case H2Error::kInternalError:
      return "INTERNAL_ERROR";
    case H2Error::kFlowControlError:
      return "FLOW_CONTROL_ERROR";
    case H2Error::kSettingsTimeout:
      return "SETTINGS_TIMEOUT";
    case H2Error::kStreamClosed:
      return "STREAM_CLOSED";
    case H2Error::kFrameSizeError:
      return "FRAME_SIZE_ERROR";
    case H2Error::kRefusedStream:
      return "REFUSED_STREAM";
    case H2Error::kCancel:
      return "CANCEL";
    case H2Error::kCompressionError:
      return "COMPRESSION_ERROR";
    case H2Error::kConnectError:
      return "CONNECT_ERROR";
    case H2Error::kEnhanceYourCalm:
      return "ENHANCE_YOUR_CALM";
    case H2Error::kInadequateSecurity:
      return "INADEQUATE_SECURITY";
    case H2Error::kHttp11Required:
      return "HTTP_1_1_REQUIRED";
  }
  return "unknown";
}

}  // namespace hapair::http
