// The codec of what the keeper of certificates tells the worker.
#include "apps/hapair/guardian/certificate_keeper.hpp"

namespace hapair::guardian {

std::vector<std::uint8_t> encode_tls_file_news(const TlsFileNews& news) {
  base::ByteWriter out;
  out.u16(news.source).bytes(base::as_bytes(news.fault));
  return out.take();
}

base::Result<TlsFileNews> decode_tls_file_news(base::Bytes bytes) {
  base::ByteReader in(bytes);
  TlsFileNews news;
  news.source = in.u16();
  if (!in.ok()) return base::fail("news of a TLS file: cut short");
  news.fault = base::as_text(in.take(in.left()));
  return news;
}

}  // namespace hapair::guardian
