// The access record of an HTTP/1 exchange; apart from h1_session.cpp because nothing here changes
// what a session does.
#include "liblb/io/access_note.hpp"
#include "liblb/io/h1_session.hpp"

namespace hapair::lb {

void H1Session::capture_response(const http::ResponseHead& head) {
  capture_fields(context_, frontend_.settings(), head, transaction().captured);
  if (judge() != nullptr) transaction().judge->captures().take_response(head.fields);
}

void H1Session::end_request() {
  Transaction& current = transaction();
  if (frontend_.counts_requests(nullptr) && !bad_request_) {
    const int status = current.exchange ? current.exchange->report().status : local_status_;
    frontend_.note_request(origin().client, current.head,
                           {.status = status,
                            .bytes_in = current.received,
                            .bytes_out = current.writer->bytes_written() - current.written_before},
                           current.counts);
  }
  log_access();
  current.page_place.reset();
}

void H1Session::log_access() {
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
  note.status = local_status_;
  note.end = local_end_;
  note.statistics = statistics_;
  note.lost_cause = lost_cause_;
  write_access(context_, frontend_, note);
}

void H1Session::log_null(int status, char cause) {
  log_null_access(context_, frontend_, client_, listener().tls().has_value(), accepted_, status,
                  cause);
}

}  // namespace hapair::lb
