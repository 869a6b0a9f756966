#include "common/http/head_parser.hpp"

#include <algorithm>

#include "common/http/chars.hpp"
#include "common/http/field_rules.hpp"
#include "common/http/framing.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/target.hpp"
#include "common/http/upgrade.hpp"

namespace hapair::http {
namespace {

using Verdict = ParseResult::Verdict;

ParseResult faulty(Fault fault, std::size_t at) { return {Verdict::kFault, at, fault}; }

/// RFC 9112, section 2.3: "HTTP/" DIGIT "." DIGIT, of which 1.0 and 1.1 are spoken here.
std::optional<Fault> parse_version(std::string_view text, Version& version) {
  if (text == "HTTP/1.1") {
    version = Version::kHttp11;
    return std::nullopt;
  }
  if (text.size() != 8 || !text.starts_with("HTTP/") || !is(kDigit, text[5]) || text[6] != '.' ||
      !is(kDigit, text[7])) {
    return Fault::kBadVersion;
  }
  if (text[5] != '1' || text[7] > '1') return Fault::kUnsupportedVersion;
  version = text[7] == '1' ? Version::kHttp11 : Version::kHttp10;
  return std::nullopt;
}

/// RFC 9112, section 3: method SP request-target SP HTTP-version.
std::optional<Fault> parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return Fault::kBadRequestLine;
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return Fault::kBadRequestLine;
  head.line = line;
  head.method_text = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (head.method_text.empty() || head.target.empty() ||
      version.find(' ') != std::string_view::npos) {
    return Fault::kBadRequestLine;
  }
  if (!all_of(kToken, head.method_text)) return Fault::kBadMethod;
  if (const auto fault = parse_version(version, head.version)) return fault;
  head.method = parse_method(head.method_text);
  return parse_target(head);
}

/// RFC 9112, section 4: HTTP-version SP status-code SP [ reason-phrase ]. The last space may be
/// missing together with the reason: nothing else can be meant.
std::optional<Fault> parse_status_line(std::string_view line, ResponseHead& head) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return Fault::kBadStatusLine;
  if (const auto fault = parse_version(line.substr(0, first), head.version)) return fault;
  const std::string_view rest = line.substr(first + 1);
  const std::string_view code = rest.substr(0, rest.find(' '));
  if (code.size() != 3 || !all_of(kDigit, code) || code[0] == '0') return Fault::kBadStatusCode;
  head.line = line;
  head.status = (code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0');
  head.reason = rest.substr(std::min(code.size() + 1, rest.size()));
  return std::nullopt;
}

/// Host stands at most once (RFC 9112, section 3.2).
std::optional<Fault> take_host(const Field& field, RequestHead& head) {
  if (head.has_host) return Fault::kSeveralHosts;
  if (!is_authority(field.value)) return Fault::kBadHost;
  head.has_host = true;
  head.host = field.value;
  return std::nullopt;
}

/// What can only be judged when all fields are known.
std::optional<Fault> judge_whole(const RequestHead& head) {
  if (!head.has_host && head.version == Version::kHttp11) return Fault::kMissingHost;
  if (head.has_host && !head.authority.empty() && !host_agrees_with_target(head)) {
    return Fault::kHostMismatch;
  }
  const bool bodiless = head.method == Method::kConnect || head.method == Method::kTrace;
  if (bodiless && request_body(head).kind != BodyFraming::Kind::kNone) {
    return Fault::kContentNotAllowed;
  }
  if (head.framing.upgrade) {
    if (const auto fault = judge_upgrade(head)) return fault;
  }
  return judge_max_forwards(head);
}

/// Adds the field of `line` to the head and judges it as far as requests and responses are alike.
template <class Head>
std::optional<Fault> take_field(std::string_view line, std::size_t max_fields, Head& head) {
  if (head.fields.full() || head.fields.size() >= max_fields) return Fault::kTooManyFields;
  if (const auto fault = add_field_line(line, head.fields)) return fault;
  const Field& field = head.fields.last();
  if (field.id == FieldId::kOther) return std::nullopt;
  if (field.id == FieldId::kUpgrade && head.upgrade.empty()) head.upgrade = field.value;
  return gather_framing(field, head.version, head.framing);
}

/// Reads line after line until the blank one that ends the head. `take_line` judges each of them.
template <class TakeLine>
ParseResult read_head(std::string_view buffered, LineScanner& scanner, const HeadLimits& limits,
                      Fault start_line_too_long, const bool& have_start_line,
                      TakeLine&& take_line) {
  for (;;) {
    const std::size_t line_start = scanner.line_start();
    const std::size_t head_left = limits.max_head - line_start;
    const LineScanner::Line line =
        have_start_line ? scanner.next(buffered, head_left, Fault::kHeadTooLarge)
                        : scanner.next(buffered, std::min(head_left, limits.max_start_line),
                                       start_line_too_long);
    switch (line.outcome) {
      case LineScanner::Outcome::kNeedMore:
        return {};
      case LineScanner::Outcome::kFault:
        return faulty(line.fault, line.at);
      case LineScanner::Outcome::kLine:
        break;
    }
    const bool end_of_head = have_start_line && line.text.empty();
    if (const std::optional<Fault> fault = take_line(line.text)) return faulty(*fault, line_start);
    if (end_of_head) return {Verdict::kComplete, scanner.line_start(), {}};
  }
}

}  // namespace

void RequestParser::restart() {
  scanner_.restart();
  have_start_line_ = false;
  skipped_blank_ = false;
}

ParseResult RequestParser::parse(std::string_view buffered, RequestHead& head) {
  if (buffered.data() != base_) restart();
  base_ = buffered.data();
  return read_head(buffered, scanner_, limits_, Fault::kRequestLineTooLong, have_start_line_,
                   [&](std::string_view line) { return take_line(line, head); });
}

std::optional<Fault> RequestParser::take_line(std::string_view line, RequestHead& head) {
  if (!have_start_line_) {
    if (line.empty()) {
      if (skipped_blank_) return Fault::kLeadingBlankLines;
      skipped_blank_ = true;
      return std::nullopt;
    }
    have_start_line_ = true;
    head.clear();
    return parse_request_line(line, head);
  }
  if (line.empty()) return judge_whole(head);
  if (const auto fault = take_field(line, limits_.max_fields, head)) return fault;
  const Field& field = head.fields.last();
  return field.id == FieldId::kHost ? take_host(field, head) : std::nullopt;
}

void ResponseParser::restart() {
  scanner_.restart();
  have_start_line_ = false;
}

ParseResult ResponseParser::parse(std::string_view buffered, ResponseHead& head) {
  if (buffered.data() != base_) restart();
  base_ = buffered.data();
  return read_head(buffered, scanner_, limits_, Fault::kHeadTooLarge, have_start_line_,
                   [&](std::string_view line) { return take_line(line, head); });
}

std::optional<Fault> ResponseParser::take_line(std::string_view line, ResponseHead& head) {
  if (!have_start_line_) {
    have_start_line_ = true;
    head.clear();
    return parse_status_line(line, head);
  }
  if (line.empty()) return std::nullopt;
  return take_field(line, limits_.max_fields, head);
}

}  // namespace hapair::http
