// What the files that the guardian's helpers append to have in common.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hapair::guardian {

/// Of a new file; the group may read it.
inline constexpr mode_t kAppendFileMode = 0640;

/// Makes the folder that the file at `path` is to be in, for the group, where its parent is there
/// and it is not.
void make_folder_of(const std::string& path, gid_t group);

/// Puts all bytes behind the `before` that the file has, or none: half a line would spoil the next
/// one. A negative `before` is not known, and a part that was put stays.
[[nodiscard]] base::Result<void> append_whole(int fd, std::string_view bytes, off_t before);

}  // namespace hapair::guardian
