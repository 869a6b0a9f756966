#include "libcheck/io/probe_sockets.hpp"

#include <algorithm>
#include <utility>

namespace hapair::check {

class ProbeSockets::Kept final : public net::StreamHandler {
 public:
  Kept(ProbeSockets& owner, const SocketKind& kind, std::unique_ptr<net::SocketStream> stream)
      : owner_(owner), kind_(kind), stream_(std::move(stream)) {}

  [[nodiscard]] const SocketKind& kind() const { return kind_; }
  [[nodiscard]] std::unique_ptr<net::SocketStream> take() { return std::move(stream_); }

 private:
  void on_stream_ready() noexcept override { owner_.on_rested(*this); }

  ProbeSockets& owner_;
  const SocketKind kind_;
  std::unique_ptr<net::SocketStream> stream_;
};

ProbeSockets::ProbeSockets(event::EventLoop& loop) : loop_(loop) {}
ProbeSockets::~ProbeSockets() = default;

base::Result<std::unique_ptr<net::SocketStream>> ProbeSockets::connect(const SocketKind& kind,
                                                                       const base::Endpoint& to) {
  // The last one that became ready is the likeliest to be in the processor's caches.
  const auto fits = std::ranges::find_if(ready_.rbegin(), ready_.rend(),
                                         [&](const auto& kept) { return kept->kind() == kind; });
  if (fits == ready_.rend()) {
    auto fd = net::connect_tcp(to, kind.source, kind.first_word);
    if (!fd) return std::unexpected(std::move(fd.error()));
    return std::make_unique<net::SocketStream>(loop_, event::Priority::kCheck, std::move(*fd));
  }
  std::unique_ptr<net::SocketStream> stream = (*fits)->take();
  std::swap(*fits, ready_.back());
  ready_.pop_back();
  if (auto begun = stream->connect(to); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return stream;
}

void ProbeSockets::end(const SocketKind& kind, std::unique_ptr<net::SocketStream> stream) {
  net::SocketStream& ending = *stream;
  auto kept = std::make_unique<Kept>(*this, kind, std::move(stream));
  if (this->kept() < kMaxKept && ending.dissolve(*kept)) {
    resting_.push_back(std::move(kept));
  } else {
    ending.abort();
  }
}

void ProbeSockets::on_rested(Kept& kept) {
  const auto place = std::ranges::find(resting_, &kept, &std::unique_ptr<Kept>::get);
  if (place == resting_.end()) return;  // it is ready already
  ready_.push_back(std::move(*place));
  std::swap(*place, resting_.back());
  resting_.pop_back();
}

}  // namespace hapair::check
