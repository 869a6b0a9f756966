#include "common/http/h2_connection.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstring>
#include <memory>
#include <new>

#include "common/base/bytes.hpp"

namespace hapair::http {
namespace {

/// Of every frame (RFC 9113, section 4.1).
constexpr std::size_t kFrameHead = 9;
/// Answers to PING and SETTINGS that wait: more means that the peer asks and does not listen. More
/// than one buffer full of PINGs asks for, and than a flood guard lets through.
constexpr std::size_t kMaxWaitingAnswers = 4000;
/// Settings in one frame; there are seven that mean something.
constexpr std::size_t kMaxSettings = 32;

struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const {
    nghttp2_session_callbacks_del(callbacks);
  }
};
struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
using Options = std::unique_ptr<nghttp2_option, OptionDeleter>;
using CallbackList = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;

/// The library reports nothing but shortage of memory where our own use of it is right.
void require(int result) {
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  assert(result == 0);
}

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

using Pairs = std::vector<nghttp2_nv>;

void add_pairs(std::span<const H2Field> fields, Pairs& out) {
  for (const H2Field& field : fields) out.push_back(pair_of(field.name, field.value));
}

H2Error error_of(std::uint32_t code) { return static_cast<H2Error>(code); }

}  // namespace

/// What the library calls. Its `user_data` is the connection, a stream's the stream's handler.
struct H2Callbacks {
  static H2Connection& self(void* user_data) { return *static_cast<H2Connection*>(user_data); }
  static H2StreamHandler* handler(nghttp2_session* session, StreamId id) {
    return static_cast<H2StreamHandler*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* head,
                            void* user_data) {
    H2Connection& connection = self(user_data);
    connection.head_open_ =
        head->type == NGHTTP2_HEADERS && (head->flags & NGHTTP2_FLAG_END_HEADERS) == 0;
    connection.head_bytes_ = 0;
    return 0;
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame,
                              void* user_data) {
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    H2StreamHandler* stream = self(user_data).handler_.on_stream(frame->hd.stream_id);
    if (stream == nullptr) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_REFUSED_STREAM);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
    return 0;
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/, void* /*user_data*/) {
    if (H2StreamHandler* stream = handler(session, frame->hd.stream_id)) {
      stream->on_field(text_of(name, name_size), text_of(value, value_size));
    }
    return 0;
  }

  static int on_frame_recv(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    H2Connection& connection = self(user_data);
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool answer = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        connection.head_open_ = false;
        if (auto* stream = handler(session, frame->hd.stream_id)) stream->on_head(end);
        break;
      case NGHTTP2_DATA:
        if (frame->hd.length == frame->data.padlen && !end) {
          connection.handler_.on_frame(H2Frame::kEmptyData);
        }
        if (!end) break;
        if (auto* stream = handler(session, frame->hd.stream_id)) stream->on_end();
        break;
      case NGHTTP2_WINDOW_UPDATE:
        if (frame->hd.stream_id == 0) {
          connection.handler_.on_window();
        } else if (auto* stream = handler(session, frame->hd.stream_id)) {
          stream->on_window();
        }
        break;
      case NGHTTP2_SETTINGS:
        if (answer) break;
        connection.peer_is_known_ = true;
        connection.handler_.on_frame(H2Frame::kSettings);
        connection.handler_.on_window();  // the initial window may have grown
        break;
      case NGHTTP2_PING:
        if (answer) {
          connection.handler_.on_ping_answer();
        } else {
          connection.handler_.on_frame(H2Frame::kPing);
        }
        break;
      case NGHTTP2_RST_STREAM:
        connection.handler_.on_frame(H2Frame::kReset);
        break;
      case NGHTTP2_PUSH_PROMISE:  // before the server has read that we take none
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE,
                                  frame->push_promise.promised_stream_id, NGHTTP2_REFUSED_STREAM);
        break;
      case NGHTTP2_PRIORITY:
        connection.handler_.on_frame(H2Frame::kPriority);
        break;
      case NGHTTP2_GOAWAY:
        connection.handler_.on_goaway(frame->goaway.last_stream_id,
                                      error_of(frame->goaway.error_code));
        break;
      default:
        break;
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session* session, std::uint8_t /*flags*/, StreamId id,
                           const std::uint8_t* data, std::size_t size, void* /*user_data*/) {
    H2StreamHandler* stream = handler(session, id);
    if (stream == nullptr) {
      nghttp2_session_consume(session, id, size);
      return 0;
    }
    stream->on_data(text_of(data, size));
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, StreamId id, std::uint32_t code,
                             void* /*user_data*/) {
    if (H2StreamHandler* stream = handler(session, id)) stream->on_closed(error_of(code));
    return 0;
  }

  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) {
      if (auto* stream = handler(session, frame->hd.stream_id)) {
        stream->on_sent(frame->hd.length + kFrameHead,
                        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0);
      }
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      self(user_data).handler_.on_reset_sent(error_of(frame->rst_stream.error_code));
    } else if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
      // The library puts its reason into the frame.
      const H2Connection& connection = self(user_data);
      const std::string_view why = connection.why_.empty() ? text_of(frame->goaway.opaque_data,
                                                                     frame->goaway.opaque_data_len)
                                                           : connection.why_;
      connection.handler_.on_fault(error_of(frame->goaway.error_code), why);
    }
    return 0;
  }

  static ssize_t next_part(nghttp2_session* session, StreamId id, std::uint8_t* /*buffer*/,
                           std::size_t length, std::uint32_t* flags,
                           nghttp2_data_source* /*source*/, void* user_data) {
    H2Connection& connection = self(user_data);
    H2StreamHandler* stream = handler(session, id);
    if (stream == nullptr) return NGHTTP2_ERR_DEFERRED;
    if (connection.room_ < H2Connection::kMinRoom) {
      connection.starved_.push_back(id);
      return NGHTTP2_ERR_DEFERRED;
    }
    const auto part = stream->next_part(std::min(length, connection.room_ - kFrameHead));
    if (part.size == 0 && !part.end) return NGHTTP2_ERR_DEFERRED;
    if (part.size > 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (part.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (part.trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return static_cast<ssize_t>(part.size);
  }

  static int send_part(nghttp2_session* session, nghttp2_frame* frame,
                       const std::uint8_t* frame_head, std::size_t length,
                       nghttp2_data_source* /*source*/, void* user_data) {
    H2Connection& connection = self(user_data);
    H2StreamHandler* stream = handler(session, frame->hd.stream_id);
    if (stream == nullptr || frame->data.padlen > 0) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    std::memcpy(connection.out_, frame_head, kFrameHead);
    stream->copy_part(std::span(connection.out_ + kFrameHead, length));
    connection.out_ += kFrameHead + length;
    connection.room_ -= kFrameHead + length;
    return 0;
  }

  static CallbackList list() {
    nghttp2_session_callbacks* raw = nullptr;
    require(nghttp2_session_callbacks_new(&raw));
    nghttp2_session_callbacks_set_on_begin_frame_callback(raw, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(raw, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(raw, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(raw, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(raw, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(raw, on_frame_send);
    nghttp2_session_callbacks_set_send_data_callback(raw, send_part);
    return CallbackList(raw);
  }

  static Options options() {
    nghttp2_option* raw = nullptr;
    require(nghttp2_option_new(&raw));
    nghttp2_option_set_no_auto_window_update(raw, 1);
    nghttp2_option_set_no_http_messaging(raw, 1);
    nghttp2_option_set_no_closed_streams(raw, 1);
    nghttp2_option_set_max_outbound_ack(raw, kMaxWaitingAnswers);
    nghttp2_option_set_max_settings(raw, kMaxSettings);
    return Options(raw);
  }
};

H2Connection::H2Connection(Role role, const H2Settings& settings, H2ConnectionHandler& handler)
    : handler_(handler), max_header_list_(settings.max_header_list) {
  const CallbackList callbacks = H2Callbacks::list();
  const Options options = H2Callbacks::options();
  if (role == Role::kServer) {
    require(nghttp2_session_server_new2(&session_, callbacks.get(), this, options.get()));
  } else {
    require(nghttp2_session_client_new2(&session_, callbacks.get(), this, options.get()));
  }
  std::vector<nghttp2_settings_entry> entries{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.max_header_list},
  };
  if (role == Role::kClient) entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  if (settings.extended_connect) {
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
  }
  require(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size()));
  require(nghttp2_session_set_local_window_size(
      session_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(settings.connection_window)));
}

H2Connection::~H2Connection() { nghttp2_session_del(session_); }

void H2Connection::receive(std::span<const std::uint8_t> bytes) {
  if (broken_) return;
  if (head_open_) head_bytes_ += bytes.size();
  const ssize_t taken = nghttp2_session_mem_recv(session_, bytes.data(), bytes.size());
  if (taken >= 0) {
    if (head_open_ && head_bytes_ > kHeadFactor * max_header_list_) {
      handler_.on_frame(H2Frame::kHeadPieces);
    }
    return;
  }
  if (taken == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  const char* const why = nghttp2_strerror(static_cast<int>(taken));
  switch (static_cast<int>(taken)) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      terminate(H2Error::kProtocolError, why);
      break;
    case NGHTTP2_ERR_CALLBACK_FAILURE:
      terminate(H2Error::kInternalError, why);
      break;
    case NGHTTP2_ERR_FLOODED:
      terminate(H2Error::kEnhanceYourCalm, why);
      break;
    default:  // what younger versions of the library count themselves: pieces of heads
      handler_.on_frame(H2Frame::kHeadPieces);
      terminate(H2Error::kEnhanceYourCalm, why);
      break;
  }
}

std::size_t H2Connection::produce(std::span<std::uint8_t> out) {
  out_ = out.data();
  room_ = out.size();
  for (const StreamId id : starved_) resume(id);
  starved_.clear();
  for (;;) {
    const std::size_t fits = std::min(pending_.size(), room_);
    if (fits > 0) {
      std::memcpy(out_, pending_.data(), fits);
      out_ += fits;
      room_ -= fits;
      pending_ = pending_.subspan(fits);
    }
    if (!pending_.empty() || room_ < kMinRoom) break;
    const std::uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
    if (size <= 0) break;
    pending_ = {data, static_cast<std::size_t>(size)};
  }
  const std::size_t produced = out.size() - room_;
  room_ = 0;
  return produced;
}

bool H2Connection::finished() const {
  return pending_.empty() && nghttp2_session_want_read(session_) == 0 &&
         nghttp2_session_want_write(session_) == 0;
}

bool H2Connection::has_output() const {
  return !pending_.empty() || !starved_.empty() || nghttp2_session_want_write(session_) != 0;
}

void H2Connection::submit_head(StreamId id, int status, std::span<const H2Field> fields,
                               bool interim, bool end) {
  std::array<char, 4> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), status);
  Pairs pairs;
  pairs.reserve(fields.size() + 1);
  pairs.push_back(
      pair_of(":status", {digits.data(), static_cast<std::size_t>(written.ptr - digits.data())}));
  add_pairs(fields, pairs);
  if (interim) {
    require(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, pairs.data(),
                                   pairs.size(), nullptr));
    return;
  }
  const nghttp2_data_provider provider{.source = {}, .read_callback = H2Callbacks::next_part};
  require(
      nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), end ? nullptr : &provider));
}

void H2Connection::submit_interim(StreamId id, int status, std::span<const H2Field> fields) {
  submit_head(id, status, fields, true, false);
}

void H2Connection::submit_response(StreamId id, int status, std::span<const H2Field> fields,
                                   bool end) {
  submit_head(id, status, fields, false, end);
}

void H2Connection::submit_trailers(StreamId id, std::span<const H2Field> fields) {
  Pairs pairs;
  add_pairs(fields, pairs);
  require(nghttp2_submit_trailer(session_, id, pairs.data(), pairs.size()));
}

void H2Connection::reset(StreamId id, H2Error error) {
  require(nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id,
                                    static_cast<std::uint32_t>(error)));
}

void H2Connection::resume(StreamId id) {
  // Refused where nothing is deferred: it will be asked for anyway.
  const int result = nghttp2_session_resume_data(session_, id);
  if (result == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
}

void H2Connection::consume(StreamId id, std::size_t bytes) {
  require(nghttp2_session_consume(session_, id, bytes));
}

void H2Connection::consume_connection(std::size_t bytes) {
  require(nghttp2_session_consume_connection(session_, bytes));
}

void H2Connection::consume_stream(StreamId id, std::size_t bytes) {
  require(nghttp2_session_consume_stream(session_, id, bytes));
}

void H2Connection::forget(StreamId id) {
  nghttp2_session_set_stream_user_data(session_, id, nullptr);
}

std::optional<StreamId> H2Connection::submit_request(std::span<const H2Field> fields, bool end,
                                                     H2StreamHandler& handler) {
  Pairs pairs;
  pairs.reserve(fields.size());
  add_pairs(fields, pairs);
  const nghttp2_data_provider provider{.source = {}, .read_callback = H2Callbacks::next_part};
  const StreamId id = nghttp2_submit_request(session_, nullptr, pairs.data(), pairs.size(),
                                             end ? nullptr : &provider, &handler);
  if (id == NGHTTP2_ERR_NOMEM) throw std::bad_alloc();
  if (id < 0) return std::nullopt;
  return id;
}

std::uint32_t H2Connection::peer_max_streams() const {
  return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

bool H2Connection::peer_takes_protocols() const {
  return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) ==
         1;
}

void H2Connection::ping() { require(nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr)); }

void H2Connection::announce_goaway() { require(nghttp2_submit_shutdown_notice(session_)); }

void H2Connection::goaway() {
  require(nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                                nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                                nullptr, 0));
}

void H2Connection::terminate(H2Error error, std::string_view why) {
  if (broken_) return;
  broken_ = true;
  head_open_ = false;
  why_ = why;
  require(nghttp2_session_terminate_session(session_, static_cast<std::uint32_t>(error)));
}

}  // namespace hapair::http
