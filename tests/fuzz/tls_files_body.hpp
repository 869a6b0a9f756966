// Any bytes as the files of TLS, and as what the reader hands on of them: an answer in words, and
// what is taken has one encoding.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/hapair/guardian/certificate_keeper.hpp"
#include "apps/hapair/tls_files/contents.hpp"
#include "apps/hapair/tls_files/tls_file.hpp"
#include "common/tls/server_context.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// The bytes are the text; behind the first NUL the key, behind the next one the OCSP response.
inline tls_files::Item tls_item(std::string_view text) {
  tls_files::Item item{.path = "/fuzz"};
  const std::size_t key = text.find('\0');
  item.text = text.substr(0, key);
  item.key = item.text;
  if (key == std::string_view::npos) return item;
  text.remove_prefix(key + 1);
  const std::size_t ocsp = text.find('\0');
  item.key = text.substr(0, ocsp);
  if (ocsp != std::string_view::npos) item.ocsp = text.substr(ocsp + 1);
  return item;
}

inline void fuzz_tls_files(std::span<const std::uint8_t> bytes) {
  const tls_files::Item item = tls_item(base::as_text(bytes));
  for (const auto kind :
       {tls_files::Kind::kCertificate, tls_files::Kind::kTrust, tls_files::Kind::kRevoked,
        tls_files::Kind::kHosts, tls_files::Kind::kMap, tls_files::Kind::kBody}) {
    const auto good = tls_files::look_into(kind, item);
    require(good.has_value() || !good.error().message.empty(), "a fault has words");
  }
  if (const auto certificate = tls_files::certificate_of(item)) {
    require(certificate->fingerprint().size() == 64, "it has a fingerprint");
    require(!certificate->check_time(certificate->not_after()), "it ends");
    require(certificate->check_ocsp_time(base::WallTime::max()).has_value() ==
                certificate->ocsp().empty(),
            "so does its OCSP response");
    require(!tls::to_string(certificate->key_kind()).empty(), "its kind of key has a name");
    const auto server = tls::ServerContext::create({}, {*certificate});
    require(server.has_value() || !server.error().message.empty(), "it serves, or says why not");
  }
  const auto usable = tls_files::usable_of(item, base::WallTime{});
  require(
      usable.has_value() == tls_files::look_into(tls_files::Kind::kCertificate, item).has_value(),
      "an OCSP response costs no certificate");
  require(!usable || usable->response_is_good || usable->certificate.ocsp().empty(),
          "one that is no good is left out");
  base::ByteReader in(bytes);
  if (const auto items = tls_files::take_items(in); items && in.left() == 0) {
    base::ByteWriter out;
    tls_files::put_items(out, *items);
    require(std::ranges::equal(out.view(), bytes), "items have one encoding");
  }
  base::ByteReader once(bytes);
  const tls_files::Source source = tls_files::take_source(once);
  if (once.ok() && once.left() == 0) {
    base::ByteWriter out;
    tls_files::put_source(out, source);
    require(std::ranges::equal(out.view(), bytes), "a source has one encoding");
  }
  if (const auto news = guardian::decode_tls_file_news(bytes)) {
    require(std::ranges::equal(guardian::encode_tls_file_news(*news), bytes),
            "news have one encoding");
  }
}

}  // namespace hapair::fuzz
