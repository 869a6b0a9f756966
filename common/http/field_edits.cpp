#include "common/http/field_edits.hpp"

#include "common/base/text.hpp"

namespace hapair::http {

bool FieldEdits::apply(FieldList& fields) const {
  for (const Edit& edit : edits_) {
    if (edit.kind != Kind::kAdd) {
      fields.remove_if([&edit](const Field& field) {
        return base::equals_ignoring_case(field.name, edit.name);
      });
    }
    if (edit.kind == Kind::kRemove) continue;
    if (!fields.has_room()) return false;
    const FieldId id = identify_field(edit.name);
    fields.add({.name = edit.name,
                .value = edit.value,
                .id = id == FieldId::kOther ? FieldId::kMadeHere : id});
  }
  return true;
}

}  // namespace hapair::http
