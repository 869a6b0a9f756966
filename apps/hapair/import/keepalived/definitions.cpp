#include "apps/hapair/import/keepalived/definitions.hpp"

#include <charconv>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using base::concat;

bool is_name_character(char c, bool first) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && c >= '0' && c <= '9');
}

/// How long the name at the beginning of `text` is.
std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_name_character(text[length], length == 0)) ++length;
  return length;
}

/// A use of a definition at the beginning of `text`: its name, and how long it is all in all.
struct Use {
  std::string_view name;
  std::size_t length = 0;
};

std::optional<Use> use_at(std::string_view text) {
  if (text.size() < 2 || text[0] != '$') return std::nullopt;
  if (text[1] != '{') {
    const std::size_t length = name_length(text.substr(1));
    if (length == 0) return std::nullopt;
    return Use{.name = text.substr(1, length), .length = length + 1};
  }
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos || name_length(text.substr(2)) == 0) return std::nullopt;
  return Use{.name = text.substr(2, end - 2), .length = end + 1};
}

std::optional<std::int64_t> number_of(std::string_view text) {
  constexpr std::int64_t kMost = 1'000'000'000;
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (out < -kMost || out > kMost) return std::nullopt;
  return out;
}

/// The parts between commas outside braces and quotes, without blanks around them.
std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (const char c : text) {
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == ',' && depth == 0) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  for (std::string& each : out) each = std::string(base::trim(each));
  return out;
}

/// "{a, b}": what is inside; else the text alone.
std::vector<std::string> tuple_of(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return {std::string(text)};
  return parts_of(text.substr(1, text.size() - 2));
}

base::Result<Sequence> numbers(const std::vector<std::string>& parts) {
  constexpr std::size_t kMost = 4;
  std::vector<std::int64_t> bounds;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto number = number_of(parts[i]);
    if (!number) return base::fail(concat("\"", base::printable(parts[i]), "\" is no number"));
    bounds.push_back(*number);
  }
  if (bounds.empty() || parts.size() > kMost) {
    return base::fail("~SEQ takes a name and one to three numbers: (name, start, step, end)");
  }
  const std::int64_t start = bounds.size() > 1 ? bounds.front() : 1;
  const std::int64_t step = bounds.size() > 2 ? bounds[1] : (bounds.back() < start ? -1 : 1);
  const std::int64_t end = bounds.back();
  if (step == 0 || (step > 0) != (end >= start)) {
    if (end != start) return base::fail("the steps of ~SEQ never come to its end");
  }
  Sequence out{.names = {parts.front()}, .turns = {}, .rest = {}};
  for (std::int64_t i = start; step > 0 ? i <= end : i >= end; i += step) {
    if (out.turns.size() == kMaxSequence) {
      return base::fail(concat("~SEQ has more than ", kMaxSequence, " turns"));
    }
    out.turns.push_back({std::to_string(i)});
    if (step == 0) break;
  }
  return out;
}

base::Result<Sequence> listed(const std::vector<std::string>& parts) {
  Sequence out{.names = tuple_of(parts.front()), .turns = {}, .rest = {}};
  if (parts.size() < 2 || parts.size() > kMaxSequence) {
    return base::fail(concat("~LST takes a name and 1 to ", kMaxSequence, " values"));
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out.turns.push_back(tuple_of(parts[i]));
    if (out.turns.back().size() != out.names.size()) {
      return base::fail("each value of ~LST must have as many parts as it has names");
    }
  }
  return out;
}

}  // namespace

std::optional<Definition> definition_of(std::string_view code) {
  if (!code.starts_with('$')) return std::nullopt;
  const std::size_t length = name_length(code.substr(1));
  if (length == 0) return std::nullopt;
  std::string_view rest = code.substr(1 + length);
  rest = base::trim(rest);
  if (!rest.starts_with('=')) return std::nullopt;
  return Definition{.name = std::string(code.substr(1, length)),
                    .text = base::trim(rest.substr(1))};
}

base::Result<void> Definitions::set(std::string name, std::string text) {
  if (texts_.size() >= kMaxDefinitions && !texts_.contains(name)) {
    return base::fail(concat("there are more than ", kMaxDefinitions, " definitions"));
  }
  texts_.insert_or_assign(std::move(name), std::move(text));
  return {};
}

base::Result<std::optional<std::string>> Definitions::value_of(std::string_view name) {
  if (const auto found = texts_.find(name); found != texts_.end()) {
    used_.emplace(name);
    return found->second;
  }
  if (name == "_PWD") return folder_;
  if (name == "_INSTANCE") return config_id_;
  if (name == "_HASH") return "#";
  if (name == "_BANG") return "!";
  if (name.starts_with("_RANDOM")) {
    return base::fail("${_RANDOM} is another number at each start; write the number you want");
  }
  if (name.starts_with("_ENV")) {
    const auto found = environment_.find(base::trim(name.substr(4)));
    return found == environment_.end() ? std::string() : found->second;
  }
  return std::nullopt;
}

base::Result<std::string> Definitions::expand(std::string_view code) {
  std::string text(code);
  std::size_t expansions = 0;
  std::size_t at = 0;
  while ((at = text.find('$', at)) != std::string::npos) {
    const auto use = use_at(std::string_view(text).substr(at));
    auto value = use ? value_of(use->name) : base::Result<std::optional<std::string>>(std::nullopt);
    if (!value) return std::unexpected(value.error());
    if (!*value) {
      ++at;
      continue;
    }
    if (++expansions > kMaxExpansions || text.size() + (*value)->size() > kMaxExpandedBytes) {
      return base::fail("the definitions in this line have no end; does one name itself?");
    }
    text.replace(at, use->length, **value);  // and again from here: it may hold others
  }
  return text;
}

base::Result<std::optional<Sequence>> sequence_of(std::string_view code) {
  constexpr std::size_t kHead = 5;
  const bool is_list = code.starts_with("~LST(");
  if (!is_list && !code.starts_with("~SEQ(")) return std::nullopt;
  const std::size_t end = code.find(')');
  if (end == std::string_view::npos) return base::fail("a sequence has no \")\"");
  const auto parts = parts_of(code.substr(kHead, end - kHead));
  auto out = is_list ? listed(parts) : numbers(parts);
  if (!out) return std::unexpected(out.error());
  out->rest = std::string(base::trim(code.substr(end + 1)));
  return std::optional<Sequence>(*std::move(out));
}

}  // namespace hapair::importing::keepalived
