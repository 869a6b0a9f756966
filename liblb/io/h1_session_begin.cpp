// How an HTTP/1 request begins: what is made of its head, whether it is answered here, and its
// exchange.
#include <memory>
#include <utility>

#include "common/http/fault.hpp"
#include "common/http/max_forwards.hpp"
#include "common/http/upgrade.hpp"
#include "liblb/io/certificate_terms.hpp"
#include "liblb/io/h1_session.hpp"
#include "liblb/io/local_answer.hpp"
#include "liblb/io/proxy_terms.hpp"
#include "liblb/io/request_rules.hpp"
#include "liblb/io/request_shaping.hpp"

namespace hapair::lb {

const ClientEnds* H1Session::ends() {
  if (!ends_) note_ends({});
  return ends_.get();
}

void H1Session::note_ends(const std::optional<base::Endpoint>& destination) {
  const auto ends = client_ends(client_, destination, *stream_);
  if (ends) ends_ = std::make_unique<ClientEnds>(*ends);
}

bool H1Session::shape() {
  if (policy() == nullptr) return true;
  Transaction& current = transaction();
  return shape_request(
      *policy(), client_.address, listener().tls().has_value(), [this] { return ends(); },
      current.head, current.notes);
}

bool H1Session::answer_here() {
  if (policy() == nullptr) return false;
  const auto answer = local_answer(listener(), frontend_, transaction().head, transaction().notes);
  if (!answer) return false;
  quiet_ = !answer->logged;
  ++frontend_.counters.intercepted;
  goes_on_ = can_go_on();
  close_ = !goes_on_;
  reply(answer->render(error_terms(answer->status)), answer->status, {.cause = 'L', .phase = 'R'});
  return true;
}

RequestOrigin H1Session::origin() {
  return origin_of(policy(), transaction().notes, client_.address, listener().tls().has_value());
}

const rules::Judge* H1Session::judge() {
  return frontend_.rules() != nullptr ? transaction().judge.get() : nullptr;
}

bool H1Session::begin_request(std::size_t head_bytes) {
  Transaction& current = transaction();
  const base::Instant now = context_.now();
  ++turn_requests_;
  ++frontend_.counters.requests;
  frontend_.counters.request_rate.count(now);
  frontend_.counters.bytes_in += head_bytes;
  listener().counters.bytes_in += head_bytes;
  current.head_end = current.input.unread().data() + head_bytes;
  current.input.consume_and_hold(head_bytes);
  current.input.begin_body(http::request_body(current.head));
  const FrontendSettings& settings = frontend_.settings();
  close_ = settings.connection_mode == ConnectionMode::kClose ||
           !http::wants_keep_alive(current.head.version, current.head.framing);
  until_close_ = false;
  goes_on_ = false;
  bad_request_ = false;
  current.head_complete = now;
  current.received = head_bytes;
  current.discarded = 0;
  const CertificateFields* certificate = frontend_.fields_for(certificate_);
  if (certificate != nullptr) certificate->purge(current.head.fields);
  if (!shape()) {
    refuse(http::Fault::kHeadTooLarge);
    return true;
  }
  if (!settings.passes(current.head.method)) {
    refuse(http::Fault::kMethodRefused);
    return true;
  }
  if (http::hops_left(current.head) == 0U) {
    ++frontend_.counters.intercepted;
    reply(http::reply_of_last_hop(current.head, close_ || !current.input.body_ended()), 200,
          {.cause = 'L', .phase = 'R'});
    return true;
  }
  if (answer_here() || is_over_limit(nullptr)) return true;
  if (frontend_.rules() != nullptr && obey_rules()) return true;
  serve_request();
  return true;
}

void H1Session::serve_request() {
  Transaction& current = transaction();
  if (visit_page()) return;
  if (backend_of(frontend_, judge()) == nullptr) {
    current.local_end = {.cause = 'S', .phase = 'C'};
    send_error(503);
    return;
  }
  const CertificateFields* certificate = frontend_.fields_for(certificate_);
  const std::size_t head_bytes = current.received;  // nothing of the body was read
  if (!fits_with(certificate, head_bytes, added_bytes(policy(), current.notes, judge()))) {
    refuse(http::Fault::kHeadTooLarge);
    return;
  }
  start_exchange();
}

void H1Session::start_exchange() {
  Transaction& current = transaction();
  BackendDriver& driver = *backend_of(frontend_, judge());
  if (is_over_limit(&driver)) return;
  ExchangeTerms terms = terms_of(frontend_.settings(), origin(), judge());
  terms.body_follows = !current.input.body_ended();
  terms.first_request = first_request_;
  terms.head_bytes = current.received;
  terms.upgrade = frontend_.settings().upgrade && http::offers_upgrade(current.head);
  terms.client_address = client_address_;
  terms.certificate = frontend_.fields_for(certificate_);
  if (driver.backend().sends_proxy()) terms.ends = ends();
  current.exchange.reset();  // what stands before its client goes after it
  ClientSide& client = compress_for(*this, current.compressed, context_, frontend_, current.head);
  current.exchange.emplace(client, driver.backend(), driver, current.head, terms);
  if (current.compressed) current.compressed->serve(*current.exchange);
  dress(*current.exchange, policy(), current.notes, judge());
  state_ = State::kExchange;
  first_request_ = false;
  current.exchange->start(context_.now());
  // A reset that came together with the request gives no event of its own.
  if (state_ == State::kExchange && current.exchange->report().waits_since &&
      stream_->failure() != 0) {
    current.exchange->on_client_gone(0);
  }
}

}  // namespace hapair::lb
