#include "apps/hapair/import/keepalived/values.hpp"

#include <charconv>

#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kMostSeconds = 1'000'000'000;

}  // namespace

std::optional<std::int64_t> microseconds_of(std::string_view seconds) {
  std::string_view rest = seconds;
  const bool has_point = seconds.contains('.');
  const std::string_view whole = base::take_part(rest, '.');
  const auto before = whole.empty() ? std::optional<std::uint64_t>(0) : base::parse_unsigned(whole);
  if (seconds.empty() || seconds == "." || !before || *before > kMostSeconds) return std::nullopt;
  std::int64_t out = static_cast<std::int64_t>(*before) * kMicros;
  if (!has_point) return out;
  std::int64_t unit = kMicros / 10;
  for (const char c : rest) {
    if (c < '0' || c > '9') return std::nullopt;
    out += (c - '0') * unit;
    unit /= 10;
  }
  return out;
}

std::string duration_text(std::int64_t microseconds) {
  if (microseconds % kMicros == 0) return base::concat(microseconds / kMicros, "s");
  if (microseconds % 1000 == 0) return base::concat(microseconds / 1000, "ms");
  return base::concat(microseconds, "us");
}

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t least,
                                         std::int64_t most) {
  std::int64_t out = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (out < least || out > most) return std::nullopt;
  return out;
}

std::optional<bool> truth_of(std::string_view text, bool bare) {
  if (text.empty()) return bare;
  if (text == "yes" || text == "on" || text == "true") return true;
  if (text == "no" || text == "off" || text == "false") return false;
  return std::nullopt;
}

bool needs_shell(std::string_view command) {
  return !command.starts_with('/') ||
         command.find_first_of("|&;<>()$`\\\"'*?[]#~={}%\n") != std::string_view::npos;
}

std::vector<std::string> command_words(std::string_view command) {
  command = base::trim(command);
  constexpr std::size_t kMostWords = 32;
  if (!needs_shell(command)) {
    std::vector<std::string> out;
    while (!command.empty()) {
      const std::string_view word = base::take_part(command, ' ');
      if (!word.empty()) out.emplace_back(word);
    }
    if (out.size() <= kMostWords) return out;
    return {"/bin/sh", "-c", base::join(out, " ")};
  }
  return {"/bin/sh", "-c", std::string(command)};
}

}  // namespace hapair::importing::keepalived
