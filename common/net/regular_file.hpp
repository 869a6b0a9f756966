// Reads small files of the administrator's, such as a configuration or a key, and writes files.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"

namespace hapair::net {

struct FileContent {
  std::string bytes;
  mode_t mode = 0;
  uid_t owner = 0;
};

/// A regular file. Of one with more than `limit` bytes one byte more than that is given back, so
/// that the caller sees it. Anything that open() or read() may wait for is refused. Errors do not
/// name the path.
[[nodiscard]] base::Result<FileContent> read_regular_file(const std::string& path,
                                                          std::size_t limit);

/// All of it, however many calls that takes; to a file, which has room at once or never. `what`:
/// what the error says it was.
[[nodiscard]] base::Result<void> write_whole(int fd, base::Bytes bytes, std::string_view what);

}  // namespace hapair::net
