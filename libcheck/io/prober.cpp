#include "libcheck/io/prober.hpp"

#include "common/net/random_number.hpp"
#include "common/tls/digest.hpp"
#include "libcheck/io/datagram_prober.hpp"
#include "libcheck/io/dialogue_prober.hpp"
#include "libcheck/io/regex_pattern.hpp"
#include "libcheck/io/tcp_prober.hpp"

namespace hapair::check {
namespace {

/// An id for a question that a stranger can't guess.
std::uint16_t unforeseeable_id() { return static_cast<std::uint16_t>(net::random_number()); }

/// One overload for each kind.
class Maker {
 public:
  Maker(const ProbeParts& parts, const CheckSpec& spec, ProbeHandler& handler)
      : parts_(parts), spec_(spec), handler_(handler) {}

  [[nodiscard]] std::unique_ptr<Prober> operator()(const TcpCheck& /*check*/) const {
    return std::make_unique<TcpProber>(parts_, spec_, handler_);
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const HttpCheck& check) const {
    const auto patterns = std::make_shared<const HttpPatterns>(patterns_of(check));
    if (!check.http2) {
      return talking(
          [&check, patterns, request = http1_request(check, http_terms())] {
            return make_http1_dialogue(check, *patterns, request);
          },
          net::FirstWord::kOurs);
    }
    return talking(
        [&check, patterns, terms = http_terms()] { return make_dialogue(check, *patterns, terms); },
        net::FirstWord::kOurs);
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const GrpcCheck& check) const {
    return talking([&check, terms = http_terms(),
                    limit = spec_.timeout] { return make_dialogue(check, terms, limit); },
                   net::FirstWord::kOurs);
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const ScriptedCheck& check) const {
    // Shared, since what std::function holds must be copyable; the same below.
    const auto patterns = std::make_shared<const StepPatterns>(patterns_of(check));
    return talking([&check, patterns] { return make_dialogue(check, *patterns); });
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const MysqlCheck& check) const {
    return talking(
        [&check] { return make_dialogue(check, {.sha1 = tls::sha1, .sha256 = tls::sha256}); });
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const DnsCheck& check) const {
    if (check.over_tcp) {
      return talking([&check] { return make_dialogue(check, unforeseeable_id()); });
    }
    return asking([&check] { return make_inquiry(check, unforeseeable_id()); });
  }
  [[nodiscard]] std::unique_ptr<Prober> operator()(const UdpCheck& check) const {
    std::shared_ptr<const Pattern> pattern;
    if (check.expect) pattern = pattern_of(*check.expect);
    return asking([&check, pattern] { return make_inquiry(check, pattern.get()); });
  }
  /// The other kinds that talk.
  template <class Check>
  [[nodiscard]] std::unique_ptr<Prober> operator()(const Check& check) const {
    return talking([&check] { return make_dialogue(check); });
  }

 private:
  [[nodiscard]] HttpTerms http_terms() const {
    return {.authority = spec_.endpoint.to_string(), .under_tls = spec_.tls.has_value()};
  }
  [[nodiscard]] std::unique_ptr<Prober> talking(
      DialogueProber::MakeDialogue make, net::FirstWord first = net::FirstWord::kTheirs) const {
    return std::make_unique<DialogueProber>(parts_, spec_, first, std::move(make), handler_);
  }
  [[nodiscard]] std::unique_ptr<Prober> asking(DatagramProber::MakeInquiry make) const {
    return std::make_unique<DatagramProber>(parts_, spec_, std::move(make), handler_);
  }

  const ProbeParts& parts_;
  const CheckSpec& spec_;
  ProbeHandler& handler_;
};

}  // namespace

ProbeSource source_for(const ProbeParts& parts, const CheckSpec& spec) {
  const base::IpAddress& to = spec.endpoint.address;
  const ProbeSource& source = spec.source ? spec.source : parts.source;
  if (!source || source->family() != to.family()) return std::nullopt;
  // No VIP is ever chosen on the way to this host itself, and a node that is known by a loopback
  // address reaches nobody else from there.
  const bool superfluous = !spec.source && to.is_loopback() != source->is_loopback();
  return superfluous ? std::nullopt : source;
}

std::unique_ptr<Prober> make_prober(const ProbeParts& parts, const CheckSpec& spec,
                                    ProbeHandler& handler) {
  return std::visit(Maker(parts, spec, handler), spec.kind);
}

}  // namespace hapair::check
