#include "liblb/core/rules/captures.hpp"

#include <algorithm>

#include "common/base/text.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::lb::rules {

std::string_view last_value(const http::FieldList& fields, std::string_view name,
                            std::size_t length) {
  for (std::size_t i = fields.size(); i-- > 0;) {
    if (base::equals_ignoring_case(fields[i].name, name)) return fields[i].value.substr(0, length);
  }
  return {};
}

void Captures::take(const Capture& capture, const Facts& facts) {
  auto at = std::ranges::find_if(
      taken_, [&capture](const Taken& each) { return each.what->name == capture.name; });
  if (at == taken_.end()) {
    if (taken_.size() == kMaxNames) return;
    at = taken_.insert(at, Taken{});
  }
  at->what = &capture;
  at->value.clear();
  append_rendered(capture.from, facts, at->value);
  if (at->value.size() > capture.length) at->value.resize(capture.length);
}

void Captures::take_response(const http::FieldList& fields) {
  for (Taken& each : taken_) {
    const std::string& field = each.what->response_field;
    if (!field.empty()) each.value = last_value(fields, field, each.what->length);
  }
}

std::string_view Captures::find(std::string_view name) const {
  const auto at =
      std::ranges::find_if(taken_, [name](const Taken& each) { return each.what->name == name; });
  return at == taken_.end() ? std::string_view() : std::string_view(at->value);
}

void CaptureNames::add_from(const RuleList& list) {
  for (const Rule& rule : list.rules()) {
    for (const Action& action : rule.actions) {
      const auto* capture = std::get_if<Capture>(&action);
      if (capture == nullptr) continue;
      std::vector<std::string>& names = capture->response_field.empty() ? request : response;
      if (std::ranges::find(names, capture->name) == names.end()) names.push_back(capture->name);
    }
  }
}

}  // namespace hapair::lb::rules
