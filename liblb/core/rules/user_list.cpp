#include "liblb/core/rules/user_list.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::lb::rules {
namespace {

using base::concat;

// The most work that a hash may ask for: about a second. One that costs more holds up all others.
constexpr std::uint64_t kMaxBcryptCost = 14;
constexpr std::uint64_t kMaxShaRounds = 1'000'000;
constexpr std::uint64_t kMinShaRounds = 1000;

bool is_digit_of_hash(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/';
}

bool is_made_of_digits(std::string_view text) {
  return std::ranges::all_of(text, is_digit_of_hash);
}

/// What stands before the next "$", taken off with it; nullopt: there is none.
std::optional<std::string_view> take_part(std::string_view& text) {
  const std::size_t end = text.find('$');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

/// Behind "$2b$": the cost, and salt and hash in one.
bool is_bcrypt(std::string_view rest) {
  const auto cost = take_part(rest);
  if (!cost || cost->size() != 2) return false;
  const auto number = base::parse_unsigned(*cost);
  return number && *number >= 5 && *number <= kMaxBcryptCost && rest.size() == 53 &&
         is_made_of_digits(rest);
}

/// Behind "$5$" or "$6$": perhaps the rounds, the salt, and a hash of that size.
bool is_sha_crypt(std::string_view rest, std::size_t size) {
  constexpr std::string_view kRounds = "rounds=";
  auto salt = take_part(rest);
  if (salt && salt->starts_with(kRounds)) {
    const auto rounds = base::parse_unsigned(salt->substr(kRounds.size()));
    if (!rounds || *rounds < kMinShaRounds || *rounds > kMaxShaRounds) return false;
    salt = take_part(rest);
  }
  return salt && salt->size() <= 16 && is_made_of_digits(*salt) && rest.size() == size &&
         is_made_of_digits(rest);
}

/// Behind "$y$": parameters, of which the second digit is the cost, the salt, and the hash.
bool is_yescrypt(std::string_view rest) {
  constexpr std::string_view kCosts = "789ABCD";
  const auto parameters = take_part(rest);
  const auto salt = take_part(rest);
  return salt && parameters->size() == 3 && parameters->front() == 'j' &&
         kCosts.find((*parameters)[1]) != std::string_view::npos &&
         is_made_of_digits(*parameters) && !salt->empty() && salt->size() <= 86 &&
         is_made_of_digits(*salt) && rest.size() == 43 && is_made_of_digits(rest);
}

bool is_strong_hash(std::string_view hash) {
  if (!hash.starts_with('$')) return false;
  hash.remove_prefix(1);
  const auto kind = take_part(hash);
  if (!kind) return false;
  if (*kind == "2b" || *kind == "2y") return is_bcrypt(hash);
  if (*kind == "5") return is_sha_crypt(hash, 43);
  if (*kind == "6") return is_sha_crypt(hash, 86);
  return *kind == "y" && is_yescrypt(hash);
}

bool is_name(std::string_view name) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
  return !name.empty() && name.size() <= UserList::kMaxName && std::ranges::all_of(name, is_plain);
}

}  // namespace

base::Result<void> check_user_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return base::fail("has no colon; write the user's name, a colon and the hash of the password");
  }
  const std::string_view name = line.substr(0, colon);
  if (!is_name(name)) {
    return base::fail(concat("has no good name of a user; write 1 to ", UserList::kMaxName,
                             " bytes without control characters before the colon"));
  }
  if (is_strong_hash(line.substr(colon + 1))) return {};
  // Never the text itself: it may be the password.
  return base::fail(concat("has no good hash for \"", name,
                           "\"; write one that begins with $2y$, $2b$, $5$, $6$ or $y$ and takes "
                           "no more than about a second, as openssl passwd -6 makes it"));
}

base::Result<UserList> UserList::parse(std::string_view text) {
  UserList list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto fail = [&](std::string_view why) {
      return base::fail(concat("line ", number, " ", why));
    };
    if (const auto fine = check_user_line(line); !fine) return fail(fine.error().message);
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (!list.users_.emplace(name, line.substr(colon + 1)).second) {
      return fail(concat("names \"", name, "\" for the second time; keep one of the two"));
    }
    if (list.size() > kMaxUsers) {
      return fail(concat("is one user too many; a list has at most ", kMaxUsers));
    }
  }
  return list;
}

const std::string* UserList::find(std::string_view name) const {
  const auto at = users_.find(name);
  return at == users_.end() ? nullptr : &at->second;
}

}  // namespace hapair::lb::rules
