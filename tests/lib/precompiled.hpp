// What most sources include, compiled once for the checked build. That build is made whole and from
// nothing; in the others each source finds what it needs by its own includes.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <expected>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "common/base/ip_address.hpp"
#include "common/base/log.hpp"
#include "common/base/result.hpp"
#include "common/base/text.hpp"
#include "common/base/time.hpp"
