#include "libcheck/core/http_dialogue.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"
#include "libcheck/core/h2_dialogue.hpp"

namespace hapair::check {
namespace {

constexpr http::HeadLimits kLimits{.max_start_line = HttpDialogue::kMaxHead,
                                   .max_head = HttpDialogue::kMaxHead};

}  // namespace

HttpDialogue::HttpDialogue(std::string request, http::Method method, std::unique_ptr<Answer> answer)
    : request_(std::move(request)), method_(method), answer_(std::move(answer)), parser_(kLimits) {}

Move HttpDialogue::open() { return {.send = std::move(request_)}; }

Move HttpDialogue::read(base::Bytes pending) {
  const std::string_view text = base::as_text(pending);
  return in_body_ ? read_body(text) : read_head(text);
}

Move HttpDialogue::read_head(std::string_view text) {
  const http::ParseResult result = parser_.parse(text, head_);
  if (result.faulty()) return {.finding = malformed(shown(http::info(result.fault).rule))};
  if (!result.complete()) return {};
  Move move{.consumed = result.bytes};
  if (head_.is_interim()) {
    if (++interim_ > kMaxInterim) move.finding = malformed("too many interim responses");
    parser_.restart();
    head_.clear();
    return move;
  }
  body_.begin(http::response_body(head_, method_));
  move.finding = answer_->on_head(head_);
  in_body_ = true;
  if (!move.finding && body_.done()) move.finding = answer_->on_end();
  return move;
}

Move HttpDialogue::read_body(std::string_view text) {
  Move move;
  while (!move.finding && move.consumed < text.size()) {
    const http::BodyDecoder::Step step = body_.next(text.substr(move.consumed));
    move.consumed += step.consumed;
    if (!step.payload.empty()) move.finding = answer_->on_data(step.payload);
    if (move.finding) break;
    switch (step.status) {
      case http::BodyDecoder::Step::Status::kMore:
        return move;
      case http::BodyDecoder::Step::Status::kData:
        break;
      case http::BodyDecoder::Step::Status::kEnd:
        move.finding = answer_->on_end();
        break;
      case http::BodyDecoder::Step::Status::kFault:
        move.finding = malformed(shown(http::info(step.fault).rule));
        break;
    }
  }
  return move;
}

Finding HttpDialogue::on_eof(base::Bytes pending) {
  if (in_body_) {
    return body_.finish() ? answer_->on_end() : malformed("closed within the body");
  }
  const bool silent = pending.empty() && interim_ == 0;
  return malformed(silent ? "closed without an answer" : "closed within the response head");
}

std::string HttpDialogue::awaited() const { return in_body_ ? "end of the body" : "answer"; }

std::vector<HttpField> request_fields(const HttpCheck& check) {
  std::vector<HttpField> fields;
  const auto add_default = [&](std::string name, std::string value) {
    const bool given = std::ranges::any_of(check.fields, [&](const HttpField& field) {
      return base::equals_ignoring_case(field.name, name);
    });
    if (!given) fields.push_back({std::move(name), std::move(value)});
  };
  add_default("User-Agent", "hapair");
  add_default("Accept", "*/*");
  fields.insert(fields.end(), check.fields.begin(), check.fields.end());
  if (!check.body.empty()) fields.push_back({"Content-Length", base::concat(check.body.size())});
  return fields;
}

std::string http1_request(const HttpCheck& check, const HttpTerms& terms) {
  std::string request = base::concat(check.method, ' ', check.path, " HTTP/1.1\r\nHost: ",
                                     check.host.empty() ? terms.authority : check.host, "\r\n");
  for (const HttpField& field : request_fields(check)) {
    request += base::concat(field.name, ": ", field.value, "\r\n");
  }
  return base::concat(request, "Connection: close\r\n\r\n", check.body);
}

std::unique_ptr<Dialogue> make_http1_dialogue(const HttpCheck& check, const HttpPatterns& patterns,
                                              const std::string& request) {
  return std::make_unique<HttpDialogue>(request, http::parse_method(check.method),
                                        std::make_unique<HttpAnswer>(check, patterns));
}

std::unique_ptr<Dialogue> make_dialogue(const HttpCheck& check, const HttpPatterns& patterns,
                                        const HttpTerms& terms) {
  if (!check.http2) return make_http1_dialogue(check, patterns, http1_request(check, terms));
  return std::make_unique<H2Dialogue>(h2_request(check, terms),
                                      std::make_unique<HttpAnswer>(check, patterns));
}

}  // namespace hapair::check
