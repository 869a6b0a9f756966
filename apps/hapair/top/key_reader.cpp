#include "apps/hapair/top/key_reader.hpp"

#include <optional>

namespace hapair::top {
namespace {

constexpr char kEscape = '\x1b';
/// A longer one is none.
constexpr std::size_t kLongest = 16;

bool introduces(char c) { return c == '[' || c == 'O'; }
bool is_final(char c) { return c >= 0x40 && c <= 0x7e; }

std::optional<Key> key_of(std::string_view sequence) {
  if (sequence == "[A" || sequence == "OA") return Key::kUp;
  if (sequence == "[B" || sequence == "OB") return Key::kDown;
  if (sequence == "[5~") return Key::kPageUp;
  if (sequence == "[6~") return Key::kPageDown;
  return std::nullopt;
}

}  // namespace

std::vector<Key> KeyReader::take(std::string_view bytes) {
  std::vector<Key> keys;
  // Esc alone is no key of ours, and what is pressed behind it is one for itself.
  const bool alone = begun_.size() == 1 && !bytes.empty() && !introduces(bytes.front());
  if (alone) begun_.clear();
  for (const char c : bytes) {
    if (c == kEscape) {
      begun_ = c;
      continue;
    }
    if (begun_.empty()) {
      // What is no ASCII is no key of ours, and its bytes are none either.
      if (static_cast<unsigned char>(c) < 0x80) keys.push_back(static_cast<Key>(c));
      continue;
    }
    begun_ += c;
    const bool introduced = begun_.size() == 2 && introduces(c);
    if (introduced || (!is_final(c) && begun_.size() < kLongest)) continue;
    if (const auto key = key_of(std::string_view(begun_).substr(1))) keys.push_back(*key);
    begun_.clear();
  }
  return keys;
}

}  // namespace hapair::top
