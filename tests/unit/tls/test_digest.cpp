#include <doctest/doctest.h>

#include "common/base/base64.hpp"
#include "common/tls/digest.hpp"

using namespace hapair;

TEST_CASE("SHA-256 of the examples of FIPS 180") {
  CHECK(tls::sha256_hex({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(tls::sha256_hex(base::as_bytes("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("SHA-1 answers the key of RFC 6455, section 1.3") {
  constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  CHECK(base::to_base64(tls::sha1(base::as_bytes(kKey))) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}
