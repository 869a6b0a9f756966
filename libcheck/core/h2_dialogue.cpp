#include "libcheck/core/h2_dialogue.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

constexpr std::size_t kMaxHead = std::size_t{8} * 1024;
constexpr http::HeadLimits kLimits{.max_start_line = kMaxHead, .max_head = kMaxHead};
constexpr std::string_view kHttp1 = "HTTP/1.";

}  // namespace

H2Dialogue::H2Dialogue(H2Request request, std::unique_ptr<Answer> answer)
    : request_(std::move(request)),
      answer_(std::move(answer)),
      connection_(http::H2Connection::Role::kClient, {.max_header_list = kMaxHead}, *this) {
  builder_.restart(kLimits);
}

Move H2Dialogue::open() {
  std::vector<http::H2Field> fields;
  for (const HttpField& field : request_.fields) fields.push_back({field.name, field.value});
  const auto stream = connection_.submit_request(fields, request_.body.empty(), *this);
  if (stream) stream_ = *stream;
  return {.send = produce()};
}

Move H2Dialogue::read(base::Bytes pending) {
  if (!begun_ && base::as_text(pending).starts_with(kHttp1)) {
    return {.finding = malformed("it speaks HTTP/1, not HTTP/2")};
  }
  begun_ = true;
  connection_.receive(pending);
  if (!finding_ && taken_ > 0) connection_.consume(stream_, std::exchange(taken_, 0));
  // Nothing is said to a server that nobody listens to any more.
  std::string words = finding_ ? std::string() : produce();
  if (finding_) words.clear();
  return {.consumed = pending.size(), .send = std::move(words), .finding = finding_};
}

std::string H2Dialogue::awaited() const { return head_done_ ? "end of the body" : "answer"; }

std::string H2Dialogue::produce() {
  std::string all;
  std::array<std::uint8_t, 4096> piece;
  while (const std::size_t bytes = connection_.produce(piece)) {
    all += base::as_text(std::span(piece).first(bytes));
  }
  return all;
}

void H2Dialogue::find(std::optional<Finding> finding) {
  if (!finding_) finding_ = std::move(finding);
}

void H2Dialogue::on_field(std::string_view name, std::string_view value) {
  if (!head_done_) {
    builder_.add(name, value);
  } else if (!finding_) {
    find(answer_->on_trailer(name, value));
  }
}

void H2Dialogue::on_head(bool end) {
  if (head_done_) {
    // Trailers: nothing may follow them (RFC 9113, section 8.1).
    if (!finding_) find(end ? answer_->on_end() : malformed("fields amid the body"));
    return;
  }
  if (builder_.is_interim()) {
    if (++interim_ > kMaxInterim) find(malformed("too many interim responses"));
    builder_.restart(kLimits);
    return;
  }
  http::ResponseHead head;
  if (const auto fault = builder_.finish(head)) {
    return find(malformed(shown(http::info(*fault).rule)));
  }
  head_done_ = true;
  find(answer_->on_head(head));
  if (end && !finding_) find(answer_->on_end());
}

void H2Dialogue::on_data(std::string_view bytes) {
  taken_ += bytes.size();
  if (!finding_) find(answer_->on_data(bytes));
}

void H2Dialogue::on_end() {
  if (!finding_) find(answer_->on_end());
}

http::H2StreamHandler::Part H2Dialogue::next_part(std::size_t room) {
  const std::size_t left = request_.body.size() - sent_;
  const std::size_t size = std::min(room, left);
  return {.size = size, .end = size == left};
}

void H2Dialogue::copy_part(std::span<std::uint8_t> out) {
  std::copy_n(request_.body.begin() + static_cast<std::ptrdiff_t>(sent_), out.size(), out.begin());
  sent_ += out.size();
}

void H2Dialogue::on_closed(http::H2Error error) {
  find(malformed(base::concat("the stream was reset: ", http::to_text(error))));
}

void H2Dialogue::on_reset_sent(http::H2Error error) {
  find(malformed(base::concat("the stream broke the rules: ", http::to_text(error))));
}

void H2Dialogue::on_fault(http::H2Error error, std::string_view why) {
  find(malformed(base::concat(http::to_text(error), ": ", shown(why))));
}

void H2Dialogue::on_goaway(http::StreamId last, http::H2Error error) {
  if (last >= stream_) return;  // our stream is served yet
  find(malformed(base::concat("GOAWAY: ", http::to_text(error))));
}

H2Request h2_request(const HttpCheck& check, const HttpTerms& terms) {
  H2Request request{.fields = {{":method", check.method},
                               {":scheme", terms.under_tls ? "https" : "http"},
                               {":authority", check.host.empty() ? terms.authority : check.host},
                               {":path", check.path}},
                    .body = check.body};
  for (HttpField& field : request_fields(check)) {
    request.fields.push_back({base::ascii_lowered(field.name), std::move(field.value)});
  }
  return request;
}

}  // namespace hapair::check
