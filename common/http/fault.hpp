// Everything that can be wrong with a peer's HTTP message, each with the status that answers it,
// the rule it breaks and where that rule is written. Faults are plain values: to count, to log, to
// test and to turn into an error page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hapair::http {

enum class Fault : std::uint8_t {
  // the lines of a head
  kBareLf,
  kBareCr,
  kControlCharacter,
  kLeadingBlankLines,
  kHeadTooLarge,
  kTooManyFields,
  // request line
  kRequestLineTooLong,
  kBadRequestLine,
  kBadMethod,
  kBadTarget,
  kBadTargetForm,
  kBadAuthority,
  kBadVersion,
  kUnsupportedVersion,
  // status line
  kBadStatusLine,
  kBadStatusCode,
  // fields
  kFoldedField,
  kNoColon,
  kSpaceBeforeColon,
  kBadFieldName,
  kBadConnection,
  kTooManyConnectionOptions,
  // where the request is for
  kMissingHost,
  kSeveralHosts,
  kBadHost,
  kHostMismatch,
  // another protocol
  kBadUpgrade,
  kBadHandshake,
  kBadMaxForwards,
  // framing
  kBadContentLength,
  kSeveralContentLengths,
  kLengthAndEncoding,
  kBadTransferEncoding,
  kUnknownTransferCoding,
  kEncodingInHttp10,
  kContentNotAllowed,
  // body
  kBadChunkSize,
  kChunkTooLarge,
  kBadChunkExtension,
  kChunkExtensionsTooLong,
  kBadChunkEnd,
  kTrailersTooLarge,
  // HTTP/2 only
  kBadPseudoField,
  kUpperCaseName,
  kBlankAroundValue,
  kConnectionField,
  kBadTe,
  kBadScheme,
  kLengthMismatch,
  kMisplacedHead,
  kUnknownProtocol,
  kSwitchInHttp2,
  kTooManyInterim,
  // decided by the engine, not by the codec
  kBodyTooLarge,
  kRequestTimeout,
  kMethodRefused,
};

inline constexpr std::size_t kFaultCount = static_cast<std::size_t>(Fault::kMethodRefused) + 1;

struct FaultInfo {
  int status;               ///< answers a request with this fault; a faulty response is always 502
  std::string_view id;      ///< stable kebab-case name for counters, logs and test data
  std::string_view source;  ///< "RFC 9112 section 2.2"
  std::string_view rule;    ///< one sentence: what the peer did that the rule forbids
};

[[nodiscard]] const FaultInfo& info(Fault fault);

/// What a client gets that asks more often than it may.
inline constexpr int kTooManyRequestsStatus = 429;
/// What the client gets when a server's response has a fault.
inline constexpr int kBadGatewayStatus = 502;
/// What the client gets when a server has no way to do what the request asks for.
inline constexpr int kNotImplementedStatus = 501;
/// What the client gets whose request has no one meaning, and what is logged where it went before a
/// whole one came.
inline constexpr int kBadRequestStatus = 400;

}  // namespace hapair::http
