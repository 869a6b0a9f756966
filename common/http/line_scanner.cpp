#include "common/http/line_scanner.hpp"

#include <algorithm>

#include "common/http/chars.hpp"

namespace hapair::http {

LineScanner::Line LineScanner::next(std::string_view buffered, std::size_t max_bytes,
                                    Fault too_long) {
  const std::size_t lf = buffered.find('\n', searched_);
  const bool complete = lf != std::string_view::npos;
  const std::size_t line_end = complete ? lf + 1 : buffered.size();
  // A CR at the end may be the beginning of CRLF: it is not content, or not known to be yet.
  std::size_t content_end = complete ? lf : line_end;
  const bool ends_with_cr = content_end > line_start_ && buffered[content_end - 1] == '\r';
  if (ends_with_cr) --content_end;

  // Faults are found in the order of the bytes, so that the cut into pieces does not matter.
  const bool too_many = line_end - line_start_ > max_bytes;
  const std::size_t judged_end = std::min(content_end, line_start_ + max_bytes);
  const std::size_t from = std::min(searched_, judged_end);
  const std::string_view fresh = buffered.substr(from, judged_end - from);
  const std::size_t control = find_forbidden_control(fresh);
  if (control < fresh.size()) {
    return {
        Outcome::kFault, {}, fresh[control] == '\r' ? Fault::kBareCr : Fault::kControlCharacter};
  }
  if (too_many) return {Outcome::kFault, {}, too_long};
  if (!complete) {
    searched_ = content_end;
    return {};
  }
  if (!ends_with_cr) return {Outcome::kFault, {}, Fault::kBareLf};
  const std::string_view text = buffered.substr(line_start_, content_end - line_start_);
  line_start_ = searched_ = line_end;
  return {Outcome::kLine, text, {}};
}

}  // namespace hapair::http
