#include "common/tls/tls_stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/text.hpp"
#include "common/tls/asn1_time.hpp"
#include "common/tls/fault.hpp"

namespace hapair::tls {
namespace {

/// Payload of one record (RFC 8446, section 5.1).
constexpr std::size_t kRecord = 16 * 1024;
/// So much may wait: a record, its overhead, and what the protocol says beside.
constexpr std::size_t kMaxWaiting = 64 * 1024;
/// A buffer of the pool and its overhead in records.
constexpr std::size_t kGathered = 20 * 1024;

/// The next piece of the parts, at most a record, from byte `from` on: in place where one part has
/// it, else gathered in `room`.
std::span<const std::uint8_t> next_piece(std::span<const iovec> parts, std::size_t from,
                                         std::span<std::uint8_t, kRecord> room) {
  std::size_t gathered = 0;
  for (const iovec& part : parts) {
    if (from >= part.iov_len) {
      from -= part.iov_len;
      continue;
    }
    const auto* bytes = static_cast<const std::uint8_t*>(part.iov_base) + from;
    const std::size_t left = part.iov_len - from;
    from = 0;
    const bool alone = gathered == 0 && (left >= kRecord || &part == &parts.back());
    if (alone) return {bytes, std::min(left, kRecord)};
    const std::size_t taken = std::min(left, kRecord - gathered);
    std::memcpy(room.data() + gathered, bytes, taken);
    gathered += taken;
    if (gathered == kRecord) break;
  }
  return room.first(gathered);
}

std::size_t size_of(std::span<const iovec> parts) {
  std::size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

}  // namespace

class TlsStream::Gathered {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool takes(std::size_t size) const { return size <= room_.size() - size_; }
  void add(std::span<const std::uint8_t> record) {
    std::memcpy(room_.data() + size_, record.data(), record.size());
    size_ += record.size();
  }
  /// What is there; valid until the next add().
  [[nodiscard]] std::span<const std::uint8_t> take() {
    return std::span(room_).first(std::exchange(size_, 0));
  }

 private:
  std::array<std::uint8_t, kGathered> room_;
  std::size_t size_ = 0;
};

/// OpenSSL's side of the stream below. Writing always succeeds: what the stream doesn't take waits.
struct StreamBio {
  static TlsStream& stream(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    TlsStream& self = stream(bio);
    const int got =
        self.on_bio_read(reinterpret_cast<std::uint8_t*>(into), static_cast<std::size_t>(size));
    if (self.blocked_) BIO_set_retry_read(bio);
    return got;
  }
  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    const bool taken = stream(bio).on_bio_write(reinterpret_cast<const std::uint8_t*>(from),
                                                static_cast<std::size_t>(size));
    return taken ? size : -1;
  }
  static long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    if (command == BIO_CTRL_EOF) return stream(bio).inner_ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  /// For the whole life of the process.
  static const BIO_METHOD* method() {
    static BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hapair byte stream");
      BIO_meth_set_read(made, read);
      BIO_meth_set_write(made, write);
      BIO_meth_set_ctrl(made, control);
      BIO_meth_set_create(made, create);
      return made;
    }();
    return kMethod;
  }
};

TlsStream::TlsStream(std::unique_ptr<net::ByteStream> inner, SslHandle ssl)
    : inner_(std::move(inner)), ssl_(std::move(ssl)) {
  BIO* bio = BIO_new(StreamBio::method());
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_.get(), bio, bio);  // it owns it now
}

TlsStream::~TlsStream() {
  inner_->set_handler(nullptr);
  if (done_ && !aborted_ && error_ == 0 && write_error_ == 0) {
    if ((SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
}

base::Result<void> TlsStream::start(net::StreamHandler& handler) {
  handler_ = &handler;
  return inner_->start(*this);
}

int TlsStream::on_bio_read(std::uint8_t* into, std::size_t size) {
  blocked_ = !inner_->may_read();
  if (blocked_) return -1;
  const net::IoResult result = inner_->read({into, size});
  switch (result.status) {
    case net::IoStatus::kOk:
      return static_cast<int>(result.bytes);
    case net::IoStatus::kWouldBlock:
      blocked_ = true;
      return -1;
    case net::IoStatus::kEof:
      if (write_error_ != 0) {  // the kernel tells a failure once: writing has had it
        error_ = write_error_;
        return -1;
      }
      inner_ended_ = true;
      return 0;
    case net::IoStatus::kError:
      error_ = result.error;
      return -1;
  }
  return -1;
}

bool TlsStream::on_bio_write(const std::uint8_t* from, std::size_t size) {
  if (write_error_ != 0) return false;
  if (gathered_ == nullptr) return pass_on({from, size});
  if (gathered_->takes(size)) {
    gathered_->add({from, size});
    return true;
  }
  return pass_on(gathered_->take()) && pass_on({from, size});
}

bool TlsStream::pass_on(std::span<const std::uint8_t> records) {
  if (!waits()) {
    const std::array<iovec, 1> part{{{const_cast<std::uint8_t*>(records.data()), records.size()}}};
    const net::IoResult result = inner_->write(part);
    if (result.status == net::IoStatus::kError) {
      fail_writing(result.error);
      return false;
    }
    records = records.subspan(result.bytes);
    if (records.empty()) return true;
    waiting_ = std::make_unique<Waiting>();
  }
  std::vector<std::uint8_t>& bytes = waiting_->bytes;
  if (bytes.size() + records.size() > kMaxWaiting) {
    fail_writing(ENOBUFS);
    return false;
  }
  bytes.insert(bytes.end(), records.begin(), records.end());
  return true;
}

bool TlsStream::send_waiting() {
  while (waits()) {
    const auto rest = std::span(waiting_->bytes).subspan(waiting_->sent);
    const std::array<iovec, 1> part{{{rest.data(), rest.size()}}};
    const net::IoResult result = inner_->write(part);
    if (result.status == net::IoStatus::kError) fail_writing(result.error);
    if (result.status != net::IoStatus::kOk) return false;
    waiting_->sent += result.bytes;
    if (result.bytes == rest.size()) waiting_.reset();
  }
  if (std::exchange(fin_wanted_, false)) inner_->shutdown_write();
  return true;
}

void TlsStream::on_stream_ready() noexcept {
  send_waiting();
  if (inner_->may_read()) may_read_ = true;
  if (handler_ != nullptr) handler_->on_stream_ready();
}

TlsStream::Handshake TlsStream::handshake() {
  if (done_) return Handshake::kDone;
  if (error_ != 0) return Handshake::kFailed;
  ERR_clear_error();
  blocked_ = false;
  if (SSL_do_handshake(ssl_.get()) == 1) {
    done_ = true;
    may_read_ = inner_->may_read() || SSL_has_pending(ssl_.get()) == 1;
    return Handshake::kDone;
  }
  if (blocked_) return Handshake::kUnderWay;
  if (error_ == 0) error_ = write_error_;
  if (error_ == 0) handshake_error_ = ERR_get_error();
  fail(error_ != 0 ? error_ : EPROTO);
  return Handshake::kFailed;
}

std::string TlsStream::failure_reason() const {
  if (error_ != EPROTO) return std::strerror(error_);
  if (inner_ended_) return "closed within the handshake";
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict == X509_V_OK) return reason_of(handshake_error_);
  return base::concat(reason_of(handshake_error_), ": ", X509_verify_cert_error_string(verdict));
}

void TlsStream::fail(int error) {
  error_ = error;
  may_read_ = false;
  ERR_clear_error();
}

void TlsStream::fail_writing(int error) {
  write_error_ = error;
  may_read_ = true;
}

net::IoResult TlsStream::read(std::span<std::uint8_t> into) {
  if (error_ != 0) return {.status = net::IoStatus::kError, .error = error_};
  blocked_ = false;
  std::size_t bytes = 0;
  if (SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes) == 1) {
    may_read_ = bytes == into.size() || inner_->may_read() || SSL_has_pending(ssl_.get()) == 1;
    return {.status = net::IoStatus::kOk, .bytes = bytes};
  }
  return read_failure();
}

net::IoResult TlsStream::read_failure() {
  may_read_ = false;
  if (blocked_) return {.status = net::IoStatus::kWouldBlock};
  if ((SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0 && error_ == 0) {
    ERR_clear_error();
    return {.status = net::IoStatus::kEof};
  }
  fail(error_ != 0 ? error_ : EPROTO);
  return {.status = net::IoStatus::kError, .error = error_};
}

net::IoResult TlsStream::write(std::span<const iovec> parts) {
  if (!send_waiting() && write_error_ == 0) return {.status = net::IoStatus::kWouldBlock};
  std::size_t done = 0;
  if (write_error_ == 0) {
    done = std::exchange(owed_, false) ? 1 : 0;
    done = size_of(parts) > kRecord ? encrypt_together(parts, done) : encrypt(parts, done);
  }
  if (write_error_ != 0) return {.status = net::IoStatus::kError, .error = write_error_};
  if (waits()) {
    owed_ = true;
    --done;
  }
  if (done == 0) return {.status = net::IoStatus::kWouldBlock};
  return {.status = net::IoStatus::kOk, .bytes = done};
}

std::size_t TlsStream::encrypt(std::span<const iovec> parts, std::size_t done) {
  std::array<std::uint8_t, kRecord> room;
  while (!waits()) {
    const auto piece = next_piece(parts, done, room);
    std::size_t bytes = 0;
    if (piece.empty()) break;
    if (SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &bytes) != 1) {
      if (write_error_ == 0) fail_writing(error_ != 0 ? error_ : EPROTO);
      ERR_clear_error();
      break;
    }
    done += bytes;
  }
  return done;
}

std::size_t TlsStream::encrypt_together(std::span<const iovec> parts, std::size_t done) {
  Gathered gathered;
  gathered_ = &gathered;
  done = encrypt(parts, done);
  gathered_ = nullptr;
  if (write_error_ == 0 && !gathered.empty()) pass_on(gathered.take());
  return done;
}

void TlsStream::shutdown_write() {
  if (done_ && error_ == 0 && write_error_ == 0) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  fin_wanted_ = true;
  send_waiting();
}

void TlsStream::abort() {
  aborted_ = true;
  // OpenSSL would else take the session for a bad one, which nobody may resume.
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  inner_->abort();
}

void TlsStream::vanish() {
  abort();
  inner_->vanish();
}

int TlsStream::failure() { return error_ != 0 ? error_ : inner_->failure(); }

std::string_view TlsStream::protocol() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return {reinterpret_cast<const char*>(name), length};
}

std::string_view TlsStream::version() const { return SSL_get_version(ssl_.get()); }

std::string_view TlsStream::cipher() const { return SSL_get_cipher_name(ssl_.get()); }

std::string_view TlsStream::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name != nullptr ? std::string_view(name) : std::string_view();
}

std::optional<base::WallTime> TlsStream::peer_not_after() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return std::nullopt;
  return wall_time(X509_get0_notAfter(certificate));
}

bool TlsStream::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::optional<PeerCertificate> TlsStream::peer_certificate() const {
  const X509* shown = SSL_get0_peer_certificate(ssl_.get());
  if (shown == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return std::nullopt;
  return describe(*shown);
}

}  // namespace hapair::tls
