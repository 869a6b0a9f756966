#include "apps/hapair/import/haproxy/switches.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxDepth = 32;  ///< of parentheses and negations

/// What the builds of distributions have; a file asks for it before it uses it.
constexpr std::array<std::string_view, 12> kFeatures = {
    "OPENSSL", "LUA",    "PCRE2",  "PCRE2_JIT", "ZLIB",   "SLZ",
    "EPOLL",   "THREAD", "TPROXY", "SYSTEMD",   "PROMEX", "GETADDRINFO"};

/// "2.4", "2.4.22", "3.1-dev5": what stands behind the second number is no matter here.
std::optional<Version> version_of(std::string_view text) {
  const auto major = base::parse_unsigned(base::take_part(text, '.'));
  const auto minor = base::parse_unsigned(text.substr(0, text.find_first_of(".-")));
  if (!major || (!minor && !text.empty()) || *major > 1000 || minor.value_or(0) > 1000) {
    return std::nullopt;
  }
  return Version{.major = static_cast<std::uint16_t>(*major),
                 .minor = static_cast<std::uint16_t>(minor.value_or(0))};
}

/// Recursive descent: or, and, not; a parenthesis, a number or a predicate.
class Evaluator {
 public:
  Evaluator(std::string_view text, const Version& version, const Variables& variables)
      : rest_(text), version_(version), variables_(variables) {}

  base::Result<bool> evaluate() {
    skip_blanks();
    if (rest_.empty()) return false;
    auto value = any();
    if (value && !rest_.empty()) {
      return base::fail(concat("nothing may stand behind the condition, but there is \"",
                               base::printable(rest_, 40), "\""));
    }
    return value;
  }

 private:
  base::Result<bool> any() {
    auto value = all();
    while (value && take("||")) {
      const auto other = all();
      if (!other) return other;
      value = *value || *other;
    }
    return value;
  }

  base::Result<bool> all() {
    auto value = one();
    while (value && take("&&")) {
      const auto other = one();
      if (!other) return other;
      value = *value && *other;
    }
    return value;
  }

  base::Result<bool> one() {
    if (++depth_ > kMaxDepth) return base::fail("the condition is nested too deeply");
    auto value = take("!") ? negated() : take("(") ? parenthesis() : predicate();
    --depth_;
    return value;
  }

  base::Result<bool> negated() {
    const auto value = one();
    if (!value) return value;
    return !*value;
  }

  base::Result<bool> parenthesis() {
    auto value = any();
    if (value && !take(")")) return base::fail("a parenthesis is never closed; put a ) there");
    return value;
  }

  base::Result<bool> predicate() {
    std::size_t length = 0;
    while (length < rest_.size() &&
           (base::ascii_lower(rest_[length]) == '_' ||
            (base::ascii_lower(rest_[length]) >= 'a' && base::ascii_lower(rest_[length]) <= 'z') ||
            (rest_[length] >= '0' && rest_[length] <= '9'))) {
      ++length;
    }
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (!name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos) {
      skip_blanks();
      return name.find_first_not_of('0') != std::string_view::npos;
    }
    if (name.empty() || !rest_.starts_with('(')) return unknown(name);
    const std::size_t end = closing();
    if (end == std::string_view::npos) {
      return base::fail(concat("the parenthesis of ", name, " is never closed; put a ) there"));
    }
    std::vector<std::string> words;
    for (const auto word : base::split(rest_.substr(1, end - 1), ',')) {
      words.emplace_back(base::trim(word));
    }
    rest_.remove_prefix(end + 1);
    skip_blanks();
    return ask(name, words);
  }

  /// Of the parenthesis that `rest_` begins with.
  [[nodiscard]] std::size_t closing() const {
    std::size_t open = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '(') ++open;
      if (rest_[i] == ')' && --open == 0) return i;
    }
    return std::string_view::npos;
  }

  static base::Result<bool> unknown(std::string_view name) {
    return base::fail(concat("there is no predicate \"", name,
                             "\"; there are defined, feature, streq, strneq, strstr, "
                             "version_atleast, version_before and a few more"));
  }

  base::Result<bool> ask(std::string_view name, const std::vector<std::string>& words) {
    if (name == "streq" || name == "strneq" || name == "strstr") {
      if (words.size() != 2) return base::fail(concat(name, " compares two texts"));
      if (name == "strstr") return words[0].find(words[1]) != std::string::npos;
      return (words[0] == words[1]) == (name == "streq");
    }
    const std::string& word = words.front();
    if (name == "defined") return variables_ && variables_(word).has_value();
    if (name == "feature") return std::ranges::find(kFeatures, word) != kFeatures.end();
    if (name == "enabled") return word != "QUIC";
    if (name == "ssllib_name_startswith") return std::string_view("OpenSSL").starts_with(word);
    if (name == "awslc_api_atleast" || name == "awslc_api_before") return false;
    const bool openssl = name == "openssl_version_atleast" || name == "openssl_version_before";
    if (openssl || name == "version_atleast" || name == "version_before") {
      const auto wanted = version_of(word);
      if (!wanted) return base::fail(concat("\"", base::printable(word, 40), "\" is no version"));
      const Version ours = openssl ? Version{.major = 3, .minor = 0} : version_;
      return (ours >= *wanted) == name.ends_with("_atleast");
    }
    return unknown(name);
  }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    skip_blanks();
    return true;
  }

  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
  Version version_;
  const Variables& variables_;
  std::size_t depth_ = 0;
};

}  // namespace

base::Result<bool> evaluate_switch(std::string_view expression, const Version& version,
                                   const Variables& variables) {
  return Evaluator(expression, version, variables).evaluate();
}

}  // namespace hapair::importing::haproxy
