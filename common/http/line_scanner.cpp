#include "common/http/line_scanner.hpp"

#include <algorithm>

#include "common/http/chars.hpp"

namespace hapair::http {

// One pass: the first control character of a well-formed line is the CR that ends it. Faults are
// thus found in the order of the bytes, and the cut into pieces does not matter.
LineScanner::Line LineScanner::next(std::string_view buffered, std::size_t max_bytes,
                                    Fault too_long) {
  const std::size_t limit = line_start_ + max_bytes;
  const std::string_view judged = buffered.substr(0, std::min(buffered.size(), limit));
  const std::size_t from = std::min(searched_, judged.size());
  const std::size_t at = from + find_forbidden_control(judged.substr(from));
  if (at == judged.size()) {
    if (buffered.size() > limit) return faulty(too_long, limit);
    searched_ = at;
    return {};
  }
  if (buffered[at] == '\n') return faulty(Fault::kBareLf, at);
  if (buffered[at] != '\r') return faulty(Fault::kControlCharacter, at);
  if (at + 1 == buffered.size()) {
    searched_ = at;
    return {};
  }
  if (buffered[at + 1] != '\n') return faulty(Fault::kBareCr, at);
  if (at + 2 > limit) return faulty(too_long, limit);
  const std::string_view text = buffered.substr(line_start_, at - line_start_);
  line_start_ = searched_ = at + 2;
  return {Outcome::kLine, text, {}};
}

}  // namespace hapair::http
