// One value of the document by its rule. The errors say what is wrong, the rule and the remedy; the
// place is the caller's to add.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/shape.hpp"
#include "common/base/result.hpp"
#include "common/base/time.hpp"

namespace hapair::config {

/// Fails unless the value is of the kind. `wanted` is what to write instead, if the kind's own name
/// does not say it.
[[nodiscard]] base::Result<void> expect(const Value& value, Value::Kind kind,
                                        std::string_view wanted = {});

[[nodiscard]] base::Result<bool> read_flag(const Value& value);
[[nodiscard]] base::Result<std::int64_t> read_number(const Value& value, const NumberRule& rule);
/// In hundredths.
[[nodiscard]] base::Result<std::uint32_t> read_factor(const Value& value, const FactorRule& rule);
[[nodiscard]] base::Result<std::string> read_text(const Value& value, const TextRule& rule);
[[nodiscard]] base::Result<base::Duration> read_duration(const Value& value,
                                                         const DurationRule& rule);
[[nodiscard]] base::Result<std::uint64_t> read_size(const Value& value, const SizeRule& rule);
/// The index of the name.
[[nodiscard]] base::Result<std::size_t> read_choice(const Value& value,
                                                    std::span<const std::string_view> names);

/// "\"a\", \"b\" or \"c\""
[[nodiscard]] std::string either_of(std::span<const std::string_view> names);

}  // namespace hapair::config
