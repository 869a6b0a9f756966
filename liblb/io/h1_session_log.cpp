// The access record of an HTTP/1 exchange; apart from h1_session.cpp because nothing here changes
// what a session does.
#include "liblb/io/access_note.hpp"
#include "liblb/io/h1_session.hpp"

namespace hapair::lb {

void H1Session::capture_response(const http::ResponseHead& head) {
  capture_fields(context_, frontend_.settings(), head, transaction().captured);
  if (judge() != nullptr) transaction().judge->captures().take_response(head.fields);
}

void H1Session::end_request(char lost_cause) {
  Transaction& current = transaction();
  if (frontend_.counts_requests(nullptr) && !bad_request_) {
    const int status = current.exchange ? current.exchange->report().status : current.local_status;
    frontend_.note_request(origin().client, current.head,
                           {.status = status,
                            .bytes_in = current.received,
                            .bytes_out = current.writer->bytes_written() - current.written_before},
                           current.counts);
  }
  log_access(lost_cause);
  current.page_place.reset();
}

void H1Session::log_access(char lost_cause) {
  if (quiet_ || !logs_access(context_, frontend_.settings())) return;
  Transaction& current = transaction();
  AccessNote note;
  note.client = client_;
  note.tls = listener().tls().has_value();
  note.first_byte = current.first_byte;
  note.head_complete = current.head_complete;
  if (!bad_request_) note.head = &current.head;
  if (!bad_request_ && policy() != nullptr) note.notes = &current.notes;
  if (current.judge) note.user = current.judge->user();
  note.bytes_from_client = current.received;
  note.bytes_to_client = current.writer->bytes_written() - current.written_before;
  note.captured = current.captured;
  if (judge() != nullptr) note.captures = &current.judge->captures();
  if (current.exchange) note.exchange = &*current.exchange;
  note.status = current.local_status;
  note.end = current.local_end;
  note.statistics = current.statistics;
  note.lost_cause = lost_cause;
  write_access(context_, frontend_, note);
}

void H1Session::log_null(int status, char cause) {
  log_null_access(context_, frontend_, client_, listener().tls().has_value(), accepted_, status,
                  cause);
}

}  // namespace hapair::lb
