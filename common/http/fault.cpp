#include "common/http/fault.hpp"

#include <array>

namespace hapair::http {
namespace {

struct Entry {
  Fault fault;
  FaultInfo info;
};

constexpr std::array<Entry, kFaultCount> kFaults{{
    {Fault::kBareLf,
     {400, "bare-lf", "RFC 9112 section 2.2", "a line ends with LF alone instead of CRLF"}},
    {Fault::kBareCr, {400, "bare-cr", "RFC 9112 section 2.2", "a CR is not followed by LF"}},
    {Fault::kControlCharacter,
     {400, "control-character", "RFC 9110 section 5.5", "a control character stands in the head"}},
    {Fault::kLeadingBlankLines,
     {400, "leading-blank-lines", "RFC 9112 section 2.2",
      "more than one blank line precedes the request line"}},
    {Fault::kHeadTooLarge,
     {431, "head-too-large", "RFC 6585 section 5", "the head is larger than the limit"}},
    {Fault::kTooManyFields,
     {431, "too-many-fields", "RFC 6585 section 5", "the head has more fields than the limit"}},
    {Fault::kRequestLineTooLong,
     {414, "request-line-too-long", "RFC 9112 section 3",
      "the request line is longer than the limit"}},
    {Fault::kBadRequestLine,
     {400, "bad-request-line", "RFC 9112 section 3",
      "the request line is not method, target and version with one space between them"}},
    {Fault::kBadMethod, {400, "bad-method", "RFC 9110 section 9.1", "the method is not a token"}},
    {Fault::kBadTarget,
     {400, "bad-target", "RFC 9112 section 3.2",
      "the request target holds a character that must be percent-encoded"}},
    {Fault::kBadTargetForm,
     {400, "bad-target-form", "RFC 9112 section 3.2",
      "the request target has none of the forms that its method allows"}},
    {Fault::kBadAuthority,
     {400, "bad-authority", "RFC 9110 section 4.2",
      "the authority of the target is not a host with an optional port"}},
    {Fault::kBadVersion,
     {400, "bad-version", "RFC 9112 section 2.3", "the version is not HTTP/ digit . digit"}},
    {Fault::kUnsupportedVersion,
     {505, "unsupported-version", "RFC 9110 section 15.6.6",
      "the version is neither HTTP/1.0 nor HTTP/1.1"}},
    {Fault::kBadStatusLine,
     {502, "bad-status-line", "RFC 9112 section 4",
      "the status line is not version, status code and reason"}},
    {Fault::kBadStatusCode,
     {502, "bad-status-code", "RFC 9110 section 15",
      "the status code is not three digits from 100 on"}},
    {Fault::kFoldedField,
     {400, "folded-field", "RFC 9112 section 5.2", "a line of the head begins with a blank"}},
    {Fault::kNoColon, {400, "no-colon", "RFC 9112 section 5", "a field line has no colon"}},
    {Fault::kSpaceBeforeColon,
     {400, "space-before-colon", "RFC 9112 section 5.1",
      "a blank stands between a field name and its colon"}},
    {Fault::kBadFieldName,
     {400, "bad-field-name", "RFC 9110 section 5.1", "a field name is empty or not a token"}},
    {Fault::kBadConnection,
     {400, "bad-connection", "RFC 9110 section 7.6.1",
      "the Connection field is not a list of tokens"}},
    {Fault::kTooManyConnectionOptions,
     {431, "too-many-connection-options", "RFC 6585 section 5",
      "the Connection field names more options than the limit"}},
    {Fault::kMissingHost,
     {400, "missing-host", "RFC 9112 section 3.2", "an HTTP/1.1 request has no Host field"}},
    {Fault::kSeveralHosts,
     {400, "several-hosts", "RFC 9112 section 3.2", "the request has more than one Host field"}},
    {Fault::kBadHost,
     {400, "bad-host", "RFC 9112 section 3.2",
      "the Host field is not a host with an optional port"}},
    {Fault::kHostMismatch,
     {400, "host-mismatch", "RFC 9112 section 3.2.2",
      "the authority of the target differs from the Host field"}},
    {Fault::kBadUpgrade,
     {400, "bad-upgrade", "RFC 9110 section 7.8", "the Upgrade field is not a list of protocols"}},
    {Fault::kBadHandshake,
     {400, "bad-handshake", "RFC 6455 section 4.2.1",
      "the opening of a WebSocket is not a GET with one key of 16 bytes"}},
    {Fault::kBadMaxForwards,
     {400, "bad-max-forwards", "RFC 9110 section 7.6.2",
      "the Max-Forwards of an OPTIONS or TRACE request is not one decimal number"}},
    {Fault::kBadContentLength,
     {400, "bad-content-length", "RFC 9110 section 8.6",
      "the Content-Length is not one decimal number without leading zeros"}},
    {Fault::kSeveralContentLengths,
     {400, "several-content-lengths", "RFC 9112 section 6.3",
      "the head has more than one Content-Length field"}},
    {Fault::kLengthAndEncoding,
     {400, "length-and-encoding", "RFC 9112 section 6.1",
      "the head has both Content-Length and Transfer-Encoding"}},
    {Fault::kBadTransferEncoding,
     {400, "bad-transfer-encoding", "RFC 9112 section 6.3",
      "the Transfer-Encoding does not end with one chunked coding"}},
    {Fault::kUnknownTransferCoding,
     {501, "unknown-transfer-coding", "RFC 9112 section 6.1",
      "the Transfer-Encoding names a coding other than chunked"}},
    {Fault::kEncodingInHttp10,
     {400, "encoding-in-http10", "RFC 9112 section 6.1",
      "an HTTP/1.0 message has a Transfer-Encoding"}},
    {Fault::kContentNotAllowed,
     {400, "content-not-allowed", "RFC 9110 section 9.3",
      "a CONNECT or TRACE request has content"}},
    {Fault::kBadChunkSize,
     {400, "bad-chunk-size", "RFC 9112 section 7.1", "a chunk size is not a hexadecimal number"}},
    {Fault::kChunkTooLarge,
     {400, "chunk-too-large", "RFC 9112 section 7.1", "a chunk size is larger than the limit"}},
    {Fault::kBadChunkExtension,
     {400, "bad-chunk-extension", "RFC 9112 section 7.1.1", "a chunk extension is malformed"}},
    {Fault::kChunkExtensionsTooLong,
     {400, "chunk-extensions-too-long", "RFC 9112 section 7.1.1",
      "the chunk extensions are longer than the limit"}},
    {Fault::kBadChunkEnd,
     {400, "bad-chunk-end", "RFC 9112 section 7.1", "the data of a chunk do not end with CRLF"}},
    {Fault::kTrailersTooLarge,
     {431, "trailers-too-large", "RFC 6585 section 5", "the trailers are larger than the limit"}},
    {Fault::kBodyTooLarge,
     {413, "body-too-large", "RFC 9110 section 15.5.14", "the body is larger than the limit"}},
    {Fault::kRequestTimeout,
     {408, "request-timeout", "RFC 9110 section 15.5.9",
      "the request did not arrive within the time allowed"}},
    {Fault::kMethodRefused,
     {405, "method-refused", "RFC 9110 section 15.5.6", "the method is not allowed here"}},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    if (static_cast<std::size_t>(kFaults[i].fault) != i) return false;
  }
  return true;
}
static_assert(in_order(), "one entry for each fault, in the order of the enumeration");

}  // namespace

const FaultInfo& info(Fault fault) { return kFaults[static_cast<std::size_t>(fault)].info; }

}  // namespace hapair::http
