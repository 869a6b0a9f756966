#include "common/http/field_edits.hpp"

#include <doctest/doctest.h>

#include <string>

#include "common/http/head_writer.hpp"

using namespace hapair;

namespace {

http::FieldList list() {
  http::FieldList fields;
  fields.add({.name = "Server", .value = "a"});
  fields.add({.name = "vary", .value = "Cookie"});
  fields.add({.name = "Vary", .value = "Host"});
  return fields;
}

std::string text(const http::FieldList& fields) {
  std::string out;
  for (const http::Field& field : fields) {
    out += std::string(field.name) + "=" + std::string(field.value) + ";";
  }
  return out;
}

}  // namespace

TEST_CASE("fields are added, set and taken off, whatever the case of their names") {
  http::FieldEdits edits;
  CHECK(edits.empty());
  edits.add("Server", "b");
  edits.set("VARY", "*");
  http::FieldList fields = list();
  CHECK(edits.apply(fields));
  CHECK(text(fields) == "Server=a;Server=b;VARY=*;");
  edits.remove("server");
  fields = list();
  CHECK(edits.apply(fields));
  CHECK(text(fields) == "VARY=*;");
  CHECK(edits.bytes() == 11 + 9);
}

TEST_CASE("a field that frames the message is known as such, so that it does not go on") {
  http::FieldEdits edits;
  edits.add("content-length", "5");
  http::FieldList fields;
  CHECK(edits.apply(fields));
  CHECK_FALSE(http::goes_on(fields[0], fields, {}));
}

TEST_CASE("a sender's Connection does not take off what was made here") {
  http::FieldEdits edits;
  edits.set("X-Forwarded-For", "192.0.2.1");
  http::FieldList fields;
  fields.add({.name = "Connection", .value = "X-Forwarded-For", .id = http::FieldId::kConnection});
  http::FieldList more = fields;
  more.add({.name = "X-Forwarded-For", .value = "a"});
  const http::FramingFacts facts{.nominates_others = true};
  CHECK_FALSE(http::goes_on(more[1], more, facts));
  CHECK(edits.apply(fields));
  CHECK(http::goes_on(fields[1], fields, facts));
}

TEST_CASE("a list takes more than any sender may fill, and no more than it holds") {
  http::FieldEdits edits;
  for (std::size_t i = 0; i < http::FieldList::kSpare; ++i) edits.add("A", "b");
  http::FieldList fields;
  while (!fields.full()) fields.add({.name = "X", .value = "y"});
  http::FieldList more = fields;
  CHECK(edits.apply(fields));
  edits.add("A", "b");
  CHECK_FALSE(edits.apply(more));
}
