#include "liblb/core/pick_round_robin.hpp"

namespace hapair::lb {

std::optional<std::size_t> RoundRobin::pick(std::span<const Candidate> candidates) {
  credits_.resize(candidates.size());
  std::optional<std::size_t> chosen;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    if (!candidate.eligible || candidate.weight == 0) {
      // No credit is kept while a server is away, or it would get a burst when it comes back.
      credits_[i] = 0;
      continue;
    }
    credits_[i] += candidate.weight;
    total += candidate.weight;
    if (!chosen || credits_[i] > credits_[*chosen]) chosen = i;
  }
  if (chosen) credits_[*chosen] -= total;
  return chosen;
}

}  // namespace hapair::lb
