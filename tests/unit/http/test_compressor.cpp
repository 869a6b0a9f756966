#include "common/http/compressor.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/http/inflate.hpp"

using namespace hapair;
using http_test::inflate;
using http_test::noise_of;

namespace {

std::string text_of(std::size_t bytes) {
  std::string text;
  for (unsigned i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i * i) + "\n";
  text.resize(bytes);
  return text;
}

}  // namespace

TEST_CASE("what went in comes back, in whatever pieces it was given") {
  for (const auto coding : {http::ContentCoding::kGzip, http::ContentCoding::kDeflate}) {
    for (const std::string& text :
         {std::string(), text_of(1), text_of(100'000), noise_of(50'000)}) {
      for (const std::size_t piece : {std::size_t{1000}, std::size_t{65'536}}) {
        const auto compressor = http::Compressor::make(coding, 3);
        REQUIRE(compressor != nullptr);
        std::string out;
        for (std::size_t at = 0; at < text.size(); at += piece) {
          compressor->add(std::string_view(text).substr(at, piece), out);
        }
        compressor->finish(out);
        const auto back = inflate(out);
        CHECK(back.whole);
        CHECK((back.text == text));
        CHECK(out.size() < text.size() + text.size() / 100 + 100);
      }
    }
  }
}

TEST_CASE("the form is the one that was asked for") {
  std::string gzip;
  std::string zlib;
  http::Compressor::make(http::ContentCoding::kGzip, 1)->finish(gzip);
  http::Compressor::make(http::ContentCoding::kDeflate, 1)->finish(zlib);
  CHECK(gzip.starts_with("\x1f\x8b"));
  CHECK((zlib.at(0) & 0x0f) == 8);
}

TEST_CASE("text gets much smaller, and smaller still where that is wanted") {
  const std::string text = text_of(100'000);
  const auto size_at = [&](int level) {
    std::string out;
    const auto compressor = http::Compressor::make(http::ContentCoding::kGzip, level);
    compressor->add(text, out);
    compressor->finish(out);
    return out.size();
  };
  CHECK(size_at(1) < text.size() / 2);
  CHECK(size_at(9) < size_at(1));
}

TEST_CASE("after a flush a client can read all that was added") {
  const auto compressor = http::Compressor::make(http::ContentCoding::kGzip, 3);
  std::string out;
  compressor->add("data: 1\n\n", out);
  compressor->flush(out);
  CHECK(inflate(out).text == "data: 1\n\n");
  compressor->flush(out);
  compressor->add("data: 2\n\n", out);
  compressor->flush(out);
  CHECK(inflate(out).text == "data: 1\n\ndata: 2\n\n");
  CHECK_FALSE(inflate(out).whole);
  compressor->finish(out);
  CHECK(inflate(out).whole);
}
