#include "common/text/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"

namespace hapair::text {
namespace {

// A match of 16 KiB without nested repetition stays far below; what goes beyond is one of those
// expressions whose cost explodes. The interpreter is used, since no memory here may become
// executable.
constexpr std::uint32_t kMaxSteps = 200'000;
constexpr std::uint32_t kMaxDepth = 2'000;
constexpr std::uint32_t kMaxHeapKib = 512;

template <auto Function>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using CompileContext = std::unique_ptr<pcre2_compile_context, Deleter<&pcre2_compile_context_free>>;
using Compiled = std::unique_ptr<pcre2_code, Deleter<&pcre2_code_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<&pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Deleter<&pcre2_match_data_free>>;

PCRE2_SPTR units(std::string_view text) { return base::as_bytes(text).data(); }

std::string words_of(int error) {
  std::array<PCRE2_UCHAR, 128> words{};
  const int length = pcre2_get_error_message(error, words.data(), words.size());
  return length < 0 ? "unknown error"
                    : std::string(base::as_text(
                          base::Bytes(words).first(static_cast<std::size_t>(length))));
}

}  // namespace

struct Regex::Code {
  Compiled compiled;
  MatchContext limits;
  MatchData data;
};

Regex::Regex(std::unique_ptr<Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&& other) noexcept = default;
Regex& Regex::operator=(Regex&& other) noexcept = default;
Regex::~Regex() = default;

base::Result<Regex> Regex::compile(std::string_view expression, Anchors anchors) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context) return base::fail("no memory for a regular expression");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);
  int error = 0;
  std::size_t at = 0;
  const std::uint32_t ends = anchors == Anchors::kLines ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
  Compiled compiled(pcre2_compile(units(expression), expression.size(),
                                  ends | PCRE2_NEVER_BACKSLASH_C, &error, &at, context.get()));
  if (!compiled) {
    return base::fail(base::concat("'", base::printable(expression), "' is no regular expression: ",
                                   words_of(error), " at byte ", at));
  }
  auto code = std::make_unique<Code>();
  code->limits = MatchContext(pcre2_match_context_create(nullptr));
  code->data = MatchData(pcre2_match_data_create_from_pattern(compiled.get(), nullptr));
  code->compiled = std::move(compiled);
  if (!code->limits || !code->data) return base::fail("no memory for a regular expression");
  pcre2_set_match_limit(code->limits.get(), kMaxSteps);
  pcre2_set_depth_limit(code->limits.get(), kMaxDepth);
  pcre2_set_heap_limit(code->limits.get(), kMaxHeapKib);
  return Regex(std::move(code));
}

int Regex::match(std::string_view text) const {
  return pcre2_match(code_->compiled.get(), units(text), text.size(), 0, 0, code_->data.get(),
                     code_->limits.get());
}

std::optional<Regex::Match> Regex::find(std::string_view text) const {
  if (match(text) < 0) return std::nullopt;  // PCRE2_ERROR_NOMATCH, or a limit
  const std::size_t* const span = pcre2_get_ovector_pointer(code_->data.get());
  // "\K" may put the beginning behind the end.
  return Match{.begin = std::min(span[0], span[1]), .end = span[1]};
}

Regex::Found Regex::search(std::string_view text) const {
  const int found = match(text);
  if (found == PCRE2_ERROR_NOMATCH) return Found::kNo;
  return found < 0 ? Found::kTooCostly : Found::kYes;
}

Regex::Found Regex::replace(std::string& text, std::string_view with) const {
  const Found found = search(text);
  if (found != Found::kYes) return found;
  const std::size_t* const spans = pcre2_get_ovector_pointer(code_->data.get());
  const std::size_t groups = pcre2_get_ovector_count(code_->data.get());
  const std::string_view from = text;
  const std::size_t begin = std::min(spans[0], spans[1]);
  std::string out(from.substr(0, begin));
  for (std::size_t at = 0; at < with.size(); ++at) {
    if (with[at] != '\\' || at + 1 == with.size()) {
      out += with[at];
      continue;
    }
    const char c = with[++at];
    if (c < '0' || c > '9') {
      out += c;
      continue;
    }
    const auto group = static_cast<std::size_t>(c - '0');
    // One that took no part in the match is unset.
    if (group >= groups || spans[group * 2] == PCRE2_UNSET) continue;
    const std::size_t first = std::min(spans[group * 2], spans[group * 2 + 1]);
    out += from.substr(first, spans[group * 2 + 1] - first);
  }
  out += from.substr(spans[1]);
  text = std::move(out);
  return found;
}

}  // namespace hapair::text
