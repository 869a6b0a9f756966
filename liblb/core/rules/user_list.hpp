// Who may log in: names with hashes of their passwords, in the form that htpasswd and crypt(3) have
// ("alice:$6$..."). Pure; filled once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::lb::rules {

class UserList {
 public:
  static constexpr std::size_t kMaxUsers = 10'000;
  static constexpr std::size_t kMaxName = 128;  ///< bytes

  /// A line for each user; blank ones and those that begin with "#" are skipped. Fails with the
  /// first line that is no good, why, and the remedy.
  [[nodiscard]] static base::Result<UserList> parse(std::string_view text);

  [[nodiscard]] bool empty() const { return users_.empty(); }
  [[nodiscard]] std::size_t size() const { return users_.size(); }
  /// The hash of that user's password; null: there is no such user.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// A hash to try the password of an unknown user against, so that nobody can tell one from a
  /// known one by the time it takes: the one of the list that takes longest. The list is not empty.
  [[nodiscard]] const std::string& stand_in() const { return stand_in_; }

  bool operator==(const UserList&) const = default;

 private:
  std::map<std::string, std::string, std::less<>> users_;
  std::string stand_in_;
};

/// About how long a trial against that hash takes, in microseconds; 0: it is none of the forms that
/// a list takes. To compare hashes of different forms with each other.
[[nodiscard]] std::uint64_t work_of_hash(std::string_view hash);

/// One line of such a list. Fails as parse() does, without the line's number.
[[nodiscard]] base::Result<void> check_user_line(std::string_view line);

}  // namespace hapair::lb::rules
