// Users and their passwords: clear text is hashed, and all of it goes to files for root only.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "common/password/hash.hpp"
#include "common/tls/digest.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kSaltLetters = 16;
constexpr std::size_t kMaxHashed = 500;

/// What `basic_auth` takes: SHA-512, SHA-256, bcrypt and yescrypt.
bool is_known_hash(std::string_view hash) {
  static constexpr std::array<std::string_view, 5> kForms = {"$6$", "$5$", "$2b$", "$2y$", "$y$"};
  return std::ranges::any_of(kForms, [&](std::string_view each) { return hash.starts_with(each); });
}

/// Another one for each user of each list.
std::string salt_for(std::string_view seed, std::string_view list, std::string_view user) {
  static constexpr std::string_view kLetters =
      "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::string text = concat(seed, "\n", list, "\n", user);
  const auto digest = tls::sha256(base::as_bytes(text));
  std::string out;
  for (std::size_t i = 0; i < kSaltLetters; ++i) out += kLetters[digest[i] % kLetters.size()];
  return out;
}

class UserlistWriter {
 public:
  UserlistWriter(Translation& all, const Section& section) : all_(all), section_(section) {}

  void write() {
    all_.report.changed(section_.head.at, "the users are in a file that only root can read");
    for (const Line& line : section_.lines) {
      if (line.keyword() == "user") take_user(line);
    }
    for (const Line& line : section_.lines) {
      if (line.keyword() != "group") continue;
      all_.report.changed(line.at, "a list of its own is made of a group that a rule asks for");
    }
    std::string everybody;
    for (const auto& [user, entry] : entries_) everybody += entry;
    if (!everybody.empty()) add_users(all_, config_name(section_.name), everybody);
  }

 private:
  void take_user(const Line& line) {
    const std::string user(line.word(1));
    std::string hash;
    for (std::size_t at = 2; at < line.words.size(); ++at) {
      const std::string_view word = line.word(at);
      if (word == "password") {
        hash = std::string(line.word(++at));
      } else if (word == "insecure-password") {
        const auto made = hash_password(all_, section_.name, user, std::string(line.word(++at)));
        if (!made) {
          return all_.report.undecided(line.place(at),
                                       "the password can't be hashed, or there are more than 500",
                                       "write a hash of it");
        }
        hash = *made;
        all_.report.changed(line.at, "the password is hashed");
      }
    }
    if (!is_known_hash(hash)) {
      return all_.report.undecided(
          line.at,
          concat("the password of ", base::printable(user, 40),
                 " is hashed in a way that hapair does not take (DES, MD5)"),
          "make a new hash by `openssl passwd -6`, and a line of it in the list's file");
    }
    entries_[user] = concat(user, ":", hash, "\n");
    all_.report.changed(line.at, "a line of the list's file");
  }

  Translation& all_;
  const Section& section_;
  std::map<std::string, std::string> entries_;
};

}  // namespace

void add_users(Translation& all, const std::string& name, const std::string& lines) {
  const std::string path = concat(all.model.context.options.secrets, "/users-", name);
  all.model.context.draft.secrets.push_back({.path = path, .text = lines});
  all.config()["users"][name]["file"] = path;
}

std::optional<std::string> hash_password(Translation& all, std::string_view list,
                                         std::string_view user, const std::string& password) {
  if (++all.hashed > kMaxHashed) return std::nullopt;
  const auto hash =
      password::make_hash(password, salt_for(all.model.context.options.salt, list, user));
  if (!hash) return std::nullopt;
  return *hash;
}

void translate_userlists(Translation& all) {
  for (const Section& section : all.model.file.sections) {
    if (section.kind == Kind::kUserlist) UserlistWriter(all, section).write();
  }
}

}  // namespace hapair::importing::haproxy
