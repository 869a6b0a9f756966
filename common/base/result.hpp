// The error type and the result alias that every fallible call returns.
// Rule: anything the world can cause is a Result; a bug of ours is an assert. See CONTRIBUTING.md.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>

namespace hapair::base {

/// What went wrong, in a sentence a person can act on: the thing, the rule, the remedy.
struct Error {
  std::string message;
  int os_errno = 0;  ///< errno where a system call failed, else 0

  /// The same error with `where` set before the message: "where: message".
  [[nodiscard]] Error within(std::string_view where) const;
};

template <class T>
using Result = std::expected<T, Error>;

/// An error value ready to be returned from a function that yields a Result.
[[nodiscard]] std::unexpected<Error> fail(std::string message);

/// "what: strerror(code)"; keeps the code.
[[nodiscard]] std::unexpected<Error> os_fail(std::string_view what, int code = errno);

}  // namespace hapair::base
