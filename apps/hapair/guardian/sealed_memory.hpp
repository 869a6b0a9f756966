// Memory that is handed to another process as a descriptor and that nobody can change any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/net/unique_fd.hpp"

namespace hapair::guardian {

/// `name` is for people who look into /proc.
[[nodiscard]] base::Result<net::UniqueFd> sealed_memory(const char* name, base::Bytes content);

/// Fails unless it is sealed, and not larger than `limit` bytes.
[[nodiscard]] base::Result<std::size_t> sealed_size(int fd, std::size_t limit);
/// The same, and reads it whole.
[[nodiscard]] base::Result<std::vector<std::uint8_t>> read_sealed(int fd, std::size_t limit);

}  // namespace hapair::guardian
