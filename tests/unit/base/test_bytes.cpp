#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/base/checksum.hpp"

using namespace hapair;

TEST_CASE("a reader that ran past its end stays failed and yields zeros") {
  const std::uint8_t wire[] = {0x12, 0x34, 0x56};
  base::ByteReader reader(wire);
  CHECK(reader.u16() == 0x1234);
  CHECK(reader.u16() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.left() == 0);
}

TEST_CASE("a writer puts numbers in network order and patches them") {
  base::ByteWriter writer;
  writer.u8(1).u16(0).u32(0xdeadbeef).zeros(1);
  writer.patch_u16(1, 0xcafe);
  CHECK(writer.view() == std::vector<std::uint8_t>{0x01, 0xca, 0xfe, 0xde, 0xad, 0xbe, 0xef, 0x00});
}

TEST_CASE("the checksum of the RFC 1071 example") {
  const std::uint8_t wire[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  CHECK(base::InternetChecksum().add(wire).finish() == static_cast<std::uint16_t>(~0xddf2));
}

TEST_CASE("a checksum over parts is that of the whole, whatever the cut") {
  const std::uint8_t wire[] = {0x45, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5};
  const std::uint16_t whole = base::InternetChecksum().add(wire).finish();
  for (std::size_t cut = 0; cut <= sizeof wire; ++cut) {
    const base::Bytes bytes(wire);
    CHECK(base::InternetChecksum().add(bytes.first(cut)).add(bytes.subspan(cut)).finish() == whole);
  }
}
