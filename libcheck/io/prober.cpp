#include "libcheck/io/prober.hpp"

#include "libcheck/io/http_prober.hpp"
#include "libcheck/io/tcp_prober.hpp"

namespace hapair::check {
namespace {

/// One overload for each kind.
struct Maker {
  const ProbeParts& parts;
  const CheckSpec& spec;
  ProbeHandler& handler;

  [[nodiscard]] std::unique_ptr<Prober> operator()(const TcpCheck& /*check*/) const {
    return std::make_unique<TcpProber>(parts, spec, handler);
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const HttpCheck& check) const {
    return std::make_unique<HttpProber>(parts, spec, check, handler);
  }
};

}  // namespace

std::unique_ptr<Prober> make_prober(const ProbeParts& parts, const CheckSpec& spec,
                                    ProbeHandler& handler) {
  return std::visit(Maker{parts, spec, handler}, spec.kind);
}

}  // namespace hapair::check
