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
      if (line.keyword() == "group") take_group(line);
    }
    std::string everybody;
    for (const auto& [user, entry] : entries_) everybody += entry;
    if (everybody.empty()) return;
    add_users(all_, users_name(section_.name), everybody);
    for (const auto& [group, members] : groups_) {
      std::string lines;
      for (const std::string& member : members) {
        if (const auto found = entries_.find(member); found != entries_.end()) {
          lines += found->second;
        }
      }
      if (!lines.empty()) add_users(all_, users_name(section_.name, group), lines);
    }
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
          return all_.report.undecided(line.place(at), "the password can't be hashed",
                                       "choose another one");
        }
        hash = *made;
        all_.report.changed(line.at, "the password is hashed");
      } else if (word == "groups") {
        for (const auto group : base::split(line.word(++at), ',')) {
          groups_[std::string(group)].push_back(user);
        }
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

  void take_group(const Line& line) {
    auto& members = groups_[std::string(line.word(1))];
    if (line.word(2) == "users") {
      for (const auto user : base::split(line.word(3), ',')) members.emplace_back(user);
    }
    all_.report.changed(line.at,
                        concat("a list of its own, ", users_name(section_.name, line.word(1))));
  }

  Translation& all_;
  const Section& section_;
  std::map<std::string, std::string> entries_;
  std::map<std::string, std::vector<std::string>> groups_;
};

}  // namespace

std::string users_name(std::string_view list, std::string_view group) {
  return config_name(group.empty() ? std::string(list) : concat(list, "-", group));
}

void add_users(Translation& all, const std::string& name, const std::string& lines) {
  const std::string path = concat(all.model.context.options.secrets, "/users-", name);
  all.model.context.draft.secrets.push_back({.path = path, .text = lines});
  all.config()["users"][name]["file"] = path;
}

std::optional<std::string> hash_password(const Translation& all, std::string_view list,
                                         std::string_view user, const std::string& password) {
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
