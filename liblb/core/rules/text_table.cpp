#include "liblb/core/rules/text_table.hpp"

namespace hapair::lb::rules {

TextTable::TextTable() : slots_(16) {}

std::size_t TextTable::place_of(TextHash hash, std::uint32_t room) const {
  const TextHash mixed = (hash ^ (room * 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
  return static_cast<std::size_t>(mixed >> 32U) & (slots_.size() - 1);
}

const std::uint32_t* TextTable::find(TextHash hash, std::uint32_t room,
                                     std::string_view text) const {
  for (std::size_t at = place_of(hash, room);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.value == kFree) return nullptr;
    if (slot.hash == hash && slot.room == room &&
        std::string_view(texts_).substr(slot.begin, slot.size) == text) {
      return &slot.value;
    }
  }
}

void TextTable::insert(TextHash hash, std::uint32_t room, std::string_view text,
                       std::uint32_t value) {
  if (++taken_ * 2 > slots_.size()) grow();
  place({.hash = hash,
         .room = room,
         .value = value,
         .begin = static_cast<std::uint32_t>(texts_.size()),
         .size = static_cast<std::uint32_t>(text.size())});
  texts_ += text;
}

void TextTable::place(const Slot& slot) {
  std::size_t at = place_of(slot.hash, slot.room);
  while (slots_[at].value != kFree) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = slot;
}

void TextTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.value != kFree) place(slot);
  }
}

}  // namespace hapair::lb::rules
