#include "libcheck/core/http_answer.hpp"

#include <algorithm>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {

std::optional<Finding> Answer::on_trailer(std::string_view /*name*/, std::string_view /*value*/) {
  return std::nullopt;
}

std::optional<Finding> HttpAnswer::on_head(const http::ResponseHead& head) {
  status_ = static_cast<std::uint16_t>(head.status);
  reason_ = shown(head.reason);
  if (!check_.expect.contains(status_)) return refused(reason_, status_);
  if (auto finding = judge_fields(head)) return finding;
  if (!check_.expect_body) return good();
  return std::nullopt;
}

std::optional<Finding> HttpAnswer::judge_fields(const http::ResponseHead& head) const {
  for (std::size_t i = 0; i < check_.expect_fields.size(); ++i) {
    const FieldMatch& expected = check_.expect_fields[i];
    const auto fits = [&](const http::Field& field) {
      if (!base::equals_ignoring_case(field.name, expected.name)) return false;
      return !expected.value ||
             match_end(*expected.value, field.value, patterns_.fields[i].get()).has_value();
    };
    const bool found = std::ranges::any_of(head.fields, fits);
    const bool unwanted = expected.value ? expected.value->negated : expected.absent;
    if (found != unwanted) continue;
    if (!expected.value) return bad(base::concat(found ? "a field " : "no field ", expected.name));
    return bad(base::concat("field ", expected.name, ": expected ", describe(*expected.value)));
  }
  return std::nullopt;
}

std::optional<Finding> HttpAnswer::on_data(std::string_view bytes) {
  const PayloadMatch& expected = *check_.expect_body;
  // What the last bytes may have begun is looked at again; an expression, only at the end.
  const std::size_t overlap = std::min(body_.size(), expected.bytes.size());
  const std::size_t looked_at = body_.size() - overlap;
  body_ += bytes.substr(0, check_.max_body - body_.size());
  const bool full = body_.size() == check_.max_body;
  if (expected.how != MatchHow::kRegex && body_matches(looked_at)) {
    return expected.negated ? bad(base::concat("body: expected ", describe(expected))) : good();
  }
  if (full) return on_end();
  return std::nullopt;
}

Finding HttpAnswer::on_end() {
  const PayloadMatch& expected = *check_.expect_body;
  if (body_matches(0) != expected.negated) return good();
  return bad(base::concat("body: expected ", describe(expected)));
}

bool HttpAnswer::body_matches(std::size_t looked_at) const {
  return match_end(*check_.expect_body, std::string_view(body_).substr(looked_at),
                   patterns_.body.get())
      .has_value();
}

Finding HttpAnswer::good() const { return passed(reason_, status_); }

Finding HttpAnswer::bad(std::string what) const {
  Finding finding = malformed(std::move(what));
  finding.status = status_;
  return finding;
}

}  // namespace hapair::check
