#include "libcheck/io/prober.hpp"

#include "libcheck/io/http_prober.hpp"
#include "libcheck/io/tcp_prober.hpp"

namespace hapair::check {

std::unique_ptr<Prober> make_prober(event::EventLoop& loop, const CheckSpec& spec,
                                    const ProbeSource& source, ProbeHandler& handler) {
  const ProbeSource& from = spec.source ? spec.source : source;
  switch (spec.kind) {
    case CheckKind::kTcp:
      return std::make_unique<TcpProber>(loop, spec, from, handler);
    case CheckKind::kHttp:
      return std::make_unique<HttpProber>(loop, spec, from, handler);
  }
  return nullptr;
}

}  // namespace hapair::check
