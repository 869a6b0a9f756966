// What somebody pressed: a character, or one of these.
#pragma once

namespace hapair::top {

enum class Key : char32_t {
  kTab = U'\t',
  kInterrupt = 3,
  kUp = 0x110000,
  kDown,
  kPageUp,
  kPageDown,
};

}  // namespace hapair::top
