#include <doctest/doctest.h>

#include "apps/hapair/top/key_reader.hpp"

using namespace hapair::top;

namespace {

Key plain(char c) { return static_cast<Key>(c); }

}  // namespace

TEST_CASE("characters are keys, and so are the sequences of arrows and pages") {
  KeyReader reader;
  CHECK(reader.take("qs\t") == std::vector<Key>{plain('q'), plain('s'), Key::kTab});
  CHECK(reader.take("\x1b[A\x1bOB\x1b[5~\x1b[6~x") ==
        std::vector<Key>{Key::kUp, Key::kDown, Key::kPageUp, Key::kPageDown, plain('x')});
  CHECK(reader.take("\x03") == std::vector<Key>{Key::kInterrupt});
}

TEST_CASE("a sequence may come in pieces, and unknown ones are dropped whole") {
  KeyReader reader;
  CHECK(reader.take("\x1b").empty());
  CHECK(reader.take("[").empty());
  CHECK(reader.take("B") == std::vector<Key>{Key::kDown});
  CHECK(reader.take("\x1b[1;5Cq") == std::vector<Key>{plain('q')});
  CHECK(reader.take("\x1bz"
                    "q") == std::vector<Key>{plain('q')});
  CHECK(reader.take("\xc3\xbcq") == std::vector<Key>{plain('q')});
  // One without an end does not swallow all that follows.
  CHECK(reader.take("\x1b[1111111111111111111111").size() < 12);
  CHECK(reader.take("q") == std::vector<Key>{plain('q')});
}

TEST_CASE("Esc alone does not swallow the key that is pressed after it") {
  KeyReader reader;
  CHECK(reader.take("\x1b").empty());
  CHECK(reader.take("q") == std::vector<Key>{plain('q')});
  CHECK(reader.take("\x1b").empty());
  CHECK(reader.take("\x1b").empty());
  CHECK(reader.take("[A") == std::vector<Key>{Key::kUp});
  CHECK(reader.take("\x1b").empty());
  CHECK(reader.take("\x1b[B") == std::vector<Key>{Key::kDown});
}
