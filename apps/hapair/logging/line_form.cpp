#include "apps/hapair/logging/line_form.hpp"

#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <utility>

#include "apps/hapair/logging/journal_fields.hpp"
#include "apps/hapair/logging/record_text.hpp"
#include "common/base/text.hpp"

namespace hapair::logging {
namespace {

void append_two_digits(std::string& out, int number) {
  if (number < 10) out += '0';
  base::append(out, number);
}

}  // namespace

LineWriter::LineWriter(LineForm form, SyslogIdentity identity, RecordForm records)
    : form_(form), identity_(std::move(identity)), records_(records) {
  if (form_ == LineForm::kJournal) {
    append_journal_field(process_, "SYSLOG_IDENTIFIER", identity_.tag);
    append_journal_field(process_, "SYSLOG_FACILITY",
                         static_cast<std::uint64_t>(identity_.facility));
    append_journal_field(process_, "HAPAIR_NODE", identity_.host);
    return;
  }
  if (form_ == LineForm::kRfc3164) process_ = identity_.host + ' ';
  process_ += base::concat(identity_.tag, "[", ::getpid(), "]: ");
}

void LineWriter::append(std::string& out, const LogLine& line, base::WallTime now) {
  switch (form_) {
    case LineForm::kPlain:
      append_plain(out, line, now);
      return;
    case LineForm::kJournald:
      out += base::concat("<", severity(line.level), ">");
      out += line.text;
      out += '\n';
      return;
    case LineForm::kJournal:
      append_fields(out, line);
      return;
    case LineForm::kRfc3164:
    case LineForm::kRfc3164Local:
      append_priority(out, line);
      refresh_stamp(now);
      out += stamp_;
      out += process_;
      out += line.text;
      return;
    case LineForm::kRfc5424:
      append_priority(out, line);
      out += base::concat("1 ", base::format_wall_time(now), " ", identity_.host, " ",
                          identity_.tag, " ", ::getpid(), " ", line.id, " - ");
      out += line.text;
      return;
  }
}

void LineWriter::append_record(std::string& out, const base::LogRecord& record,
                               base::WallTime now) {
  const bool json = records_ == RecordForm::kJson;
  const std::string text = json ? record_json(record, identity_.host, now) : record_text(record);
  append(out,
         {.level = record.level,
          .id = record.id,
          .subject = record.subject,
          .text = text,
          .timed = json},
         now);
}

void LineWriter::append_fields(std::string& out, const LogLine& line) const {
  append_journal_field(out, "MESSAGE", line.text);
  append_journal_field(out, "PRIORITY", static_cast<std::uint64_t>(severity(line.level)));
  out += process_;
  if (line.id == kAccessLine) {
    static const std::string kMessageId = journal_message_id(kAccessLine);  // of every request
    append_journal_field(out, "MESSAGE_ID", kMessageId);
  } else {
    append_journal_field(out, "MESSAGE_ID", journal_message_id(line.id));
  }
  append_journal_field(out, "HAPAIR_ID", line.id);
  if (!line.subject.empty()) append_journal_field(out, "HAPAIR_SUBJECT", line.subject);
  out += line.fields;
}

void LineWriter::append_plain(std::string& out, const LogLine& line, base::WallTime now) const {
  if (!line.timed) {
    out += base::concat(base::format_wall_time(now), " ", base::to_string(line.level), " ");
  }
  out += line.text;
  out += '\n';
}

void LineWriter::append_priority(std::string& out, const LogLine& line) const {
  out += '<';
  base::append(out, identity_.facility * 8 + severity(line.level));
  out += '>';
}

void LineWriter::refresh_stamp(base::WallTime now) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::int64_t second =
      std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  if (second == second_) return;
  second_ = second;
  const std::time_t seconds = second;
  std::tm parts{};
  localtime_r(&seconds, &parts);
  stamp_ = kMonths[static_cast<std::size_t>(parts.tm_mon)];
  stamp_ += parts.tm_mday < 10 ? "  " : " ";
  base::append(stamp_, parts.tm_mday);
  char separator = ' ';
  for (const int part : {parts.tm_hour, parts.tm_min, parts.tm_sec}) {
    stamp_ += separator;
    append_two_digits(stamp_, part);
    separator = ':';
  }
  stamp_ += ' ';
}

}  // namespace hapair::logging
