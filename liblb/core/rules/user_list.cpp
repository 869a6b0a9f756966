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
constexpr std::uint64_t kShaRoundsUntold = 5000;  // where the hash names none

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

// What a unit of the forms' cost takes, in microseconds, on a machine of 2024.
constexpr std::uint64_t kBcryptUnit = 55;
constexpr std::uint64_t kShaRoundNs = 500;
constexpr std::uint64_t kYescryptLeast = 5000;

/// Behind "$2b$": the cost, and salt and hash in one.
std::uint64_t work_of_bcrypt(std::string_view rest) {
  const auto cost = take_part(rest);
  if (!cost || cost->size() != 2) return 0;
  const auto number = base::parse_unsigned(*cost);
  const bool fine = number && *number >= 5 && *number <= kMaxBcryptCost && rest.size() == 53 &&
                    is_made_of_digits(rest);
  return fine ? kBcryptUnit << *number : 0;
}

/// Behind "$5$" or "$6$": perhaps the rounds, the salt, and a hash of that size.
std::uint64_t work_of_sha_crypt(std::string_view rest, std::size_t size) {
  constexpr std::string_view kRounds = "rounds=";
  std::uint64_t rounds = kShaRoundsUntold;
  auto salt = take_part(rest);
  if (salt && salt->starts_with(kRounds)) {
    rounds = base::parse_unsigned(salt->substr(kRounds.size())).value_or(0);
    if (rounds < kMinShaRounds || rounds > kMaxShaRounds) return 0;
    salt = take_part(rest);
  }
  const bool fine = salt && salt->size() <= 16 && is_made_of_digits(*salt) && rest.size() == size &&
                    is_made_of_digits(rest);
  return fine ? rounds * kShaRoundNs / 1000 : 0;
}

/// Behind "$y$": parameters, of which the second digit is the cost, the salt, and the hash.
std::uint64_t work_of_yescrypt(std::string_view rest) {
  constexpr std::string_view kCosts = "789ABCD";
  const auto parameters = take_part(rest);
  const auto salt = take_part(rest);
  if (!salt || parameters->size() != 3 || parameters->front() != 'j') return 0;
  const std::size_t cost = kCosts.find((*parameters)[1]);
  const bool fine = cost != std::string_view::npos && is_made_of_digits(*parameters) &&
                    !salt->empty() && salt->size() <= 86 && is_made_of_digits(*salt) &&
                    rest.size() == 43 && is_made_of_digits(rest);
  return fine ? kYescryptLeast << cost : 0;
}

bool is_name(std::string_view name) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
  return !name.empty() && name.size() <= UserList::kMaxName && std::ranges::all_of(name, is_plain);
}

}  // namespace

std::uint64_t work_of_hash(std::string_view hash) {
  if (!hash.starts_with('$')) return 0;
  hash.remove_prefix(1);
  const auto kind = take_part(hash);
  if (!kind) return 0;
  if (*kind == "2b" || *kind == "2y") return work_of_bcrypt(hash);
  if (*kind == "5") return work_of_sha_crypt(hash, 43);
  if (*kind == "6") return work_of_sha_crypt(hash, 86);
  return *kind == "y" ? work_of_yescrypt(hash) : 0;
}

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
  if (work_of_hash(line.substr(colon + 1)) > 0) return {};
  // Never the text itself: it may be the password.
  return base::fail(concat("has no good hash for \"", name,
                           "\"; write one that begins with $2y$, $2b$, $5$, $6$ or $y$ and takes "
                           "no more than about a second, as openssl passwd -6 makes it"));
}

base::Result<UserList> UserList::parse(std::string_view text) {
  UserList list;
  std::uint64_t most_work = 0;
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
    if (const auto work = work_of_hash(line.substr(colon + 1)); work > most_work) {
      most_work = work;
      list.stand_in_ = line.substr(colon + 1);
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
