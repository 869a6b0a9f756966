#include "apps/hapair/config/parse.hpp"

#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/validate.hpp"

namespace hapair::config {

ParsedConfig parse_config(std::string_view text) {
  ParsedConfig parsed;
  const auto document = parse_document(text, parsed.faults);
  if (!document) return parsed;
  parsed.reading = read_document(*document, parsed.faults);
  if (document->kind == Value::Kind::kObject) {
    validate(parsed.reading, parsed.faults, parsed.notices);
  }
  return parsed;
}

}  // namespace hapair::config
