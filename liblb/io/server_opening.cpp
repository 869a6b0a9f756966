#include "liblb/io/server_opening.hpp"

#include <array>
#include <span>
#include <utility>

#include "liblb/io/h2_server_pool.hpp"
#include "liblb/io/proxy_terms.hpp"

namespace hapair::lb {

ServerOpening::ServerOpening(Context& context, H2ServerPool& pool, ServerStream stream,
                             SendProxy send_proxy, const ClientSide* client)
    : context_(context),
      pool_(pool),
      stream_(std::move(stream)),
      send_proxy_(send_proxy),
      client_(client),
      begun_(context.now()) {
  context_.add_user();
}

ServerOpening::~ServerOpening() { context_.remove_user(); }

ServerSide& ServerOpening::add(Exchange& exchange) {
  ++waiting_;
  return waiters_.emplace_back(*this, exchange, waiters_.empty());
}

Exchange* ServerOpening::next() {
  for (Waiter& waiter : waiters_) {
    if (Exchange* exchange = waiter.take()) {
      --waiting_;
      return exchange;
    }
  }
  return nullptr;
}

void ServerOpening::silence() {
  over_ = true;
  if (stream_.held()) stream_->set_handler(nullptr);
}

void ServerOpening::Waiter::abandon() {
  if (take() != nullptr) opening_.on_abandoned();
}

void ServerOpening::on_abandoned() {
  if (--waiting_ == 0 && !over_) pool_.on_deserted(*this);
}

void ServerOpening::on_stream_ready() noexcept {
  std::array<std::uint8_t, net::kMaxProxyWritten> room;
  std::size_t greeting = 0;
  if (send_proxy_ != SendProxy::kNone) {
    const Exchange* first = nullptr;
    for (const Waiter& waiter : waiters_) {
      if (first == nullptr) first = waiter.exchange();
    }
    const ClientEnds* ends = first != nullptr ? first->client_ends() : nullptr;
    greeting = net::write_proxy_header(room, proxy_version(send_proxy_), proxied_ends(ends));
  }
  switch (stream_.advance(std::span(room).first(greeting))) {
    case ServerStream::Opening::kUnderWay:
      return;
    case ServerStream::Opening::kFailed:
      pool_.on_failed(*this);
      return;
    case ServerStream::Opening::kOpen:
      break;
  }
  pool_.on_open(*this);
}

}  // namespace hapair::lb
