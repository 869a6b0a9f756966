#include <doctest/doctest.h>

#include "apps/hapair/top/screen_text.hpp"

using namespace hapair::top;

TEST_CASE("what a terminal would obey never gets there") {
  CHECK(screen_safe("plain name-1.example") == "plain name-1.example");
  CHECK(screen_safe("a\x1b[2Jb\r\n\x7f") == "a?[2Jb???");
  CHECK(screen_safe("\xc2\x9b"
                    "31m") == "?31m");            // CSI in one character
  CHECK(screen_safe("x\xe2\x80\xaey") == "x?y");  // text from right to left
  CHECK(screen_safe("a\xe2\x80\x8b"
                    "b\xef\xbb\xbf") == "a?b?");  // no width at all
  CHECK(screen_safe(std::string_view("a\0b", 3)) == "a?b");
}

TEST_CASE("bytes that are no UTF-8 are replaced, one by one") {
  CHECK(screen_safe("\xff\xfe") == "??");
  CHECK(screen_safe("\xc3") == "?");                 // cut short
  CHECK(screen_safe("\xc0\xaf") == "??");            // overlong
  CHECK(screen_safe("\xe0\x80\xaf") == "???");       // overlong
  CHECK(screen_safe("\xed\xa0\x80") == "???");       // a surrogate
  CHECK(screen_safe("\xf4\x90\x80\x80") == "????");  // beyond Unicode
  CHECK(screen_safe("gr\xc3\xbc\xc3\x9f"
                    "e") ==
        "gr\xc3\xbc\xc3\x9f"
        "e");
}

TEST_CASE("widths are those of columns, not of bytes") {
  CHECK(width_of("abc") == 3);
  CHECK(width_of("gr\xc3\xbcn") == 4);
  CHECK(width_of("\xe6\x97\xa5\xe6\x9c\xac") == 4);  // two East Asian characters
  CHECK(width_of("e\xcc\x81") == 1);                 // a combining accent
  CHECK(width_of("\xf0\x9f\x9a\x80") == 2);
  CHECK(width_of("") == 0);
}

TEST_CASE("text is cut at a character, with a mark, and filled up to its width") {
  CHECK(cut("abcdef", 6) == "abcdef");
  CHECK(cut("abcdef", 4) == "abc~");
  CHECK(cut("abcdef", 0).empty());
  CHECK(cut("\xe6\x97\xa5\xe6\x9c\xac", 3) == "\xe6\x97\xa5~");
  CHECK(cut("\xe6\x97\xa5\xe6\x9c\xac", 2) == "~");  // a wide one does not fit beside the mark
  CHECK(fit("ab", 4) == "ab  ");
  CHECK(fit("ab", 4, true) == "  ab");
  CHECK(fit("\xe6\x97\xa5\xe6\x9c\xac", 2) == "~ ");
}
