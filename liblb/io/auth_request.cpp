#include "liblb/io/auth_request.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/text.hpp"
#include "common/http/fault.hpp"
#include "common/http/head_parser.hpp"
#include "liblb/core/field_names.hpp"

namespace hapair::lb {
namespace {

constexpr int kUnavailable = 503;

/// What it always sees of a request.
constexpr std::array<std::string_view, 2> kSeen = {"Cookie", "Authorization"};
/// What a client always sees of a refusal.
constexpr std::array<std::string_view, 3> kSaid = {"Location", "Set-Cookie", "WWW-Authenticate"};

bool names(const auto& list, std::string_view name) {
  return std::ranges::any_of(
      list, [&](std::string_view each) { return base::equals_ignoring_case(each, name); });
}

bool admits(int status) { return status >= 200 && status <= 299; }

/// Its own words are for the client; anything else is a fault of the service.
bool refuses(int status) {
  constexpr std::array kStatuses = {301, 302, 303, 307, 308, 401, 403};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

/// What the client asks for, in the form that starts with a slash where there is one.
std::string target_of(const http::RequestHead& head) {
  if (head.form == http::TargetForm::kAuthority) return std::string(head.authority);
  if (head.path.starts_with('/') || head.form == http::TargetForm::kAsterisk) {
    return std::string(head.path);
  }
  return base::concat('/', head.path);
}

/// The question says who the client is, in place of the backend.
const Forwarding& said_here() {
  static const Forwarding kTelling({.from = true});
  return kTelling;
}

/// RFC 9110, section 7.2: Host is left to what writes the head, which names the server.
std::string text_of(const http::RequestHead& head, const RequestOrigin& origin,
                    const rules::ForwardAuth& auth) {
  std::string text = base::concat("GET ", auth.target, " HTTP/1.0\r\n");
  const auto add = [&](std::string_view name, std::string_view value) {
    base::append(text, base::concat(name, ": ", value, "\r\n"));
  };
  add("X-Forwarded-Method", head.method_text);
  add("X-Forwarded-Uri", target_of(head));
  if (!head.host.empty()) add("X-Forwarded-Host", head.host);
  add("X-Forwarded-Proto", origin.secure ? "https" : "http");
  add("X-Forwarded-For", origin.client.to_string());
  for (const http::Field& field : head.fields) {
    if (names(kSeen, field.name) || names(auth.request_fields, field.name)) {
      add(field.name, field.value);
    }
  }
  text += "\r\n";
  return text;
}

}  // namespace

std::unique_ptr<Inquiry> AuthRequest::begin(const InquiryTerms& terms,
                                            const rules::ForwardAuth& auth) {
  auto inquiry = std::unique_ptr<AuthRequest>(new AuthRequest(terms, auth));
  if (!inquiry->read_head()) {
    terms.judge.refuse({.status = http::info(http::Fault::kHeadTooLarge).status});
    return nullptr;
  }
  inquiry->start(terms);
  return inquiry;
}

AuthRequest::AuthRequest(const InquiryTerms& terms, const rules::ForwardAuth& auth)
    : context_(terms.context),
      desk_(terms.frontend.owner().inquiries()),
      driver_(terms.frontend.owner().backend(auth.backend)),
      judge_(terms.judge),
      asker_(terms.asker),
      auth_(auth),
      client_address_(terms.connection.client_text),
      text_(text_of(terms.judge.head(), terms.origin, auth)),
      task_(event::Callback<>::to<&AuthRequest::tell>(this)),
      timer_(event::Callback<>::to<&AuthRequest::on_timeout>(this)),
      limit_(event::Callback<>::to<&AuthRequest::on_late>(this)) {}

AuthRequest::~AuthRequest() {
  if (exchange_ && !over_) exchange_->on_client_gone(0);
  driver_.forget(*this);
}

bool AuthRequest::read_head() {
  // The request's own fields fit into a head; with ours they may not.
  http::RequestParser parser;
  return parser.parse(text_, head_).complete();
}

void AuthRequest::start(const InquiryTerms& terms) {
  ExchangeTerms exchange{
      .head_bytes = text_.size(),
      .timeouts = {.connect = auth_.timeout, .queue = auth_.timeout, .server = auth_.timeout},
      .secure = terms.origin.secure,
      .source = terms.origin.client,
      .client_address = client_address_,
      .forwarding = &said_here()};
  if (driver_.backend().sends_proxy()) exchange.ends = asker_.ends();
  const base::Instant now = context_.now();
  context_.wheel.arm(limit_, now + auth_.timeout);
  exchange_.emplace(static_cast<ClientSide&>(*this), driver_.backend(), driver_, head_, exchange);
  exchange_->start(now);
}

bool AuthRequest::send_head(const http::ResponseHead& head, const http::BodyFraming& /*body*/) {
  if (head.is_interim()) return true;
  status_ = head.status;
  for (const http::Field& field : head.fields) {
    const bool wanted =
        admits(status_) ? names(auth_.response_fields, field.name) : names(kSaid, field.name);
    if (wanted) fields_.emplace_back(field.name, field.value);
    if (base::equals_ignoring_case(field.name, "Content-Type")) type_ = field.value;
    if (base::equals_ignoring_case(field.name, "Content-Encoding")) plain_body_ = false;
  }
  return true;
}

std::size_t AuthRequest::send_body(Pieces pieces, bool /*end*/) {
  const std::size_t bytes = size_of(pieces);
  if (!refuses(status_) || body_.size() + bytes > kMaxBody) {
    plain_body_ = false;
  } else {
    for (const std::string_view piece : pieces) body_ += piece;
  }
  return bytes;
}

bool AuthRequest::take_back_head() {
  status_ = 0;
  return true;
}

void AuthRequest::send_error(int /*status*/) { status_ = 0; }

void AuthRequest::end_exchange(Ending ending) {
  if (ending == Ending::kCut) status_ = 0;
  over_ = true;
  timer_.cancel();
  limit_.cancel();
  context_.work.add(task_);  // it may have failed before anybody knows of this inquiry
}

void AuthRequest::on_late() noexcept {
  late_ = true;
  exchange_->on_deadline(context_.now());  // the server's fault
  if (!over_) exchange_->on_client_gone(0);
}

void AuthRequest::tell() noexcept {
  if (admits(status_)) {
    admit();
  } else if (refuses(status_)) {
    refuse();
  } else {
    fail();
  }
  asker_.on_answer();
}

void AuthRequest::admit() {
  http::FieldEdits& edits = judge_.request_edits();
  for (const std::string& name : auth_.response_fields) {
    // What the client says under these names, or under one that a server might take for it.
    for (const http::Field& field : judge_.head().fields) {
      if (seen_as(field.name, name)) edits.remove(field.name);
    }
    edits.remove(name);
  }
  for (const auto& [name, value] : fields_) edits.add(name, value);
  judge_.admit();
}

void AuthRequest::refuse() {
  rules::Refusal refusal{.status = status_, .fields = std::move(fields_)};
  if (plain_body_) {
    refusal.body = std::move(body_);
    refusal.type = type_.empty() ? "application/octet-stream" : type_;
  }
  judge_.refuse(std::move(refusal));
}

void AuthRequest::fail() {
  late_ = late_ || (status_ == 0 && exchange_->report().cause == 's');
  judge_.refuse({.status = kUnavailable, .cause = late_ ? 's' : 'S'});
  const auto held_back = desk_.failures.pass(context_.now());
  if (!held_back) return;
  const std::string why =
      status_ != 0 ? base::concat("has answered with status ", status_)
                   : std::string(late_ ? "has not answered in time" : "has given no answer");
  context_.log.warning("auth-service-failed", driver_.backend().name(),
                       base::concat(why, "; the request was refused with 503; ", *held_back,
                                    " others were refused since the last such line"));
}

}  // namespace hapair::lb
