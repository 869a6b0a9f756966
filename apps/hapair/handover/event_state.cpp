// One event of the journal, as records.
#include "apps/hapair/handover/node_state.hpp"

namespace hapair::handover {
namespace {

enum EventTag : std::uint16_t {
  kNumber = 1,
  kId,
  kSubject,
  kFrom,
  kTo,
  kCause,
  kCausedBy,
  kAt,
  kWall,
  kFigureName,  ///< each followed by its value
  kFigureValue
};

}  // namespace

RecordWriter event_records(const base::JournalEvent& event) {
  RecordWriter out;
  out.number(kNumber, event.number).text(kId, event.id).text(kSubject, event.subject);
  out.text(kFrom, event.from).text(kTo, event.to).text(kCause, event.cause);
  if (event.caused_by) out.number(kCausedBy, *event.caused_by);
  out.time(kAt, event.at).time(kWall, event.wall);
  for (const auto& [name, value] : event.figures) {
    out.text(kFigureName, name).text(kFigureValue, value);
  }
  return out;
}

base::JournalEvent take_event(base::Bytes bytes) {
  base::JournalEvent event;
  RecordReader in(bytes);
  while (const auto record = in.next()) {
    if (record->tag == kNumber) event.number = record->number();
    if (record->tag == kId) event.id = record->text();
    if (record->tag == kSubject) event.subject = record->text();
    if (record->tag == kFrom) event.from = record->text();
    if (record->tag == kTo) event.to = record->text();
    if (record->tag == kCause) event.cause = record->text();
    if (record->tag == kCausedBy) event.caused_by = record->number();
    if (record->tag == kAt) event.at = record->instant();
    if (record->tag == kWall) event.wall = record->wall();
    if (record->tag == kFigureName) event.figures.emplace_back(record->text(), "");
    if (record->tag == kFigureValue && !event.figures.empty()) {
      event.figures.back().second = record->text();
    }
  }
  return event;
}

}  // namespace hapair::handover
