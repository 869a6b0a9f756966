// Records in the native form of systemd's journal: fields with a name and any bytes as their value.
// Beside the text a record has its id, its subject and a message id, by which `journalctl` finds
// all records of one kind. Pure.
//
// A field is "NAME=value\n"; one whose value has line breaks is "NAME\n", the value's length as 64
// bits in little-endian order, the value, and "\n". A datagram holds the fields of one entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hapair::logging {

/// `name`: capital letters, digits and underscores. `value`: any bytes.
void append_journal_field(std::string& out, std::string_view name, std::string_view value);
void append_journal_field(std::string& out, std::string_view name, std::uint64_t value);

/// 32 hex digits that stand for a record's id everywhere and for ever (a UUID of version 4, as the
/// journal wants them): SipHash-2-4 of the id under two fixed keys.
[[nodiscard]] std::string journal_message_id(std::string_view id);

}  // namespace hapair::logging
