// What the texts in rules for requests must look like; see rules.hpp.
#pragma once

#include <array>
#include <string_view>

#include "apps/hapair/config/shape.hpp"

namespace hapair::config::rules {

/// The days as kDay has them, from Sunday on.
inline constexpr std::array<std::string_view, 7> kDays = {"sun", "mon", "tue", "wed",
                                                          "thu", "fri", "sat"};

extern const TextRule kMatchHost;      ///< a name, "*." and one, or an address
extern const TextRule kMatchPath;      ///< "/api/", without a query
extern const TextRule kPathSuffix;     ///< ".php"
extern const TextRule kRegex;          ///< of PCRE2
extern const TextRule kMethodName;     ///< "GET"
extern const TextRule kValueName;      ///< of a parameter or cookie: 1 to 128 visible characters
extern const TextRule kShortText;      ///< up to 1024 bytes without control characters
extern const TextRule kTlsVersion;     ///< "1.2" or "1.3"
extern const TextRule kDay;            ///< "mon"
extern const TextRule kTimeOfDay;      ///< "08:30", up to "24:00"
extern const TextRule kTemplate;       ///< a text with "%{...}"
extern const TextRule kPathTemplate;   ///< the same, for a path
extern const TextRule kQueryTemplate;  ///< the same, for a query
extern const TextRule kMapKey;         ///< what a map is asked for: "host", "header:NAME"
extern const TextRule kEditedField;    ///< a field that rules may change
extern const TextRule kEditLine;       ///< "Name: text with %{...}"
extern const TextRule kAddedLine;      ///< the same, beside what is there: not Host
extern const TextRule kRemovedField;   ///< a field that a request can do without
extern const TextRule kReplacement;    ///< up to 1024 bytes, "\1" for a group
extern const TextRule kMediaType;      ///< "text/html; charset=utf-8"
extern const TextRule kServerOf;       ///< "backend/server"
extern const TextRule kCaptureName;    ///< 1 to 32 letters, digits, "-" and "_"
extern const TextRule kBodyText;       ///< of an answer: up to 64 KiB

}  // namespace hapair::config::rules
