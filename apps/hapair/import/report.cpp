#include "apps/hapair/import/report.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::importing {
namespace {

using base::concat;

constexpr std::array<Fate, 5> kFatesShown{Fate::kKept, Fate::kChanged, Fate::kNotNeeded,
                                          Fate::kNotSupported, Fate::kWrong};

std::string number(std::size_t count) { return std::to_string(count); }

std::string percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? std::string("100 %") : concat(part * 100 / whole, " %");
}

/// Comments and strings of the inputs may hold anything; UTF-8 stays readable.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 120;
  std::string out;
  for (const char c : base::trim(text).substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return out;
}

std::vector<Note> notes_of(const std::vector<Note>& all, Fate fate) {
  std::vector<Note> out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [fate](const Note& note) { return note.fate == fate; });
  return out;
}

std::string note_lines(const Context& context, const std::vector<Note>& notes) {
  std::string out;
  for (const Note& note : notes) {
    out += concat("  ", context.sources.name(note.at), ": ", shown(context.sources.line(note.at)),
                  "\n      ", note.text, "\n");
    if (!note.assumed.empty()) {
      out += concat("      ", note.open_decision ? "decide: " : "assumed: ", note.assumed, "\n");
    }
  }
  return out;
}

std::string section(std::string_view heading, const std::string& lines) {
  return lines.empty() ? std::string() : concat("\n", heading, "\n", lines);
}

std::string count_text(const Context& context) {
  std::string out;
  for (std::uint32_t file = 0; file < context.sources.size(); ++file) {
    const Account::Count count = context.account.count(file);
    out += concat("  ", context.sources[file].path, ": ", count.total(), " lines:");
    for (const Fate fate : kFatesShown) out += concat(" ", count[fate], " ", to_string(fate), ",");
    out += concat(" ", count[Fate::kComment], " comments, ", count[Fate::kBlank], " blank\n");
  }
  const Account::Count all = context.account.count();
  const std::size_t good = all[Fate::kKept] + all[Fate::kChanged] + all[Fate::kNotNeeded];
  out += concat("  in all ", all.total(), " lines, each accounted for once; of ", all.directives(),
                " that say something ", good, " are kept, changed or not needed (",
                percent(good, all.directives()), ")\n");
  return out;
}

std::string fault_lines(const std::vector<config::Fault>& faults) {
  std::string out;
  for (const config::Fault& fault : faults) {
    out += concat("  ", fault.to_string("hapair.json"), "\n");
  }
  return out;
}

std::string list_lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& each : texts) out += concat("  ", each, "\n");
  return out;
}

std::string secret_lines(const Context& context) {
  std::string out;
  for (const SecretFile& each : context.draft.secrets) {
    out += concat("  ", each.path, each.text.empty() ? " (a new random key)" : "", "\n");
  }
  return out;
}

// --- JSON ---

JsonTree count_json(const Account::Count& count) {
  JsonTree out;
  out["lines"] = count.total();
  for (const Fate fate : kFatesShown) out[to_string(fate)] = count[fate];
  out["comments"] = count[Fate::kComment];
  out["blank"] = count[Fate::kBlank];
  return out;
}

JsonTree note_json(const Note& note) {
  JsonTree out;
  out["what"] = to_string(note.fate);
  out["column"] = note.at.column;
  out["text"] = note.text;
  if (!note.assumed.empty()) out[note.open_decision ? "decide" : "assumed"] = note.assumed;
  return out;
}

JsonTree lines_json(const Context& context, std::uint32_t file, const std::vector<Note>& notes) {
  JsonTree out = JsonTree::list();
  auto next =
      std::ranges::lower_bound(notes, Place{.file = file, .line = 1, .column = 0}, {}, &Note::at);
  const Source& source = context.sources[file];
  for (std::uint32_t line = 1; line <= source.lines.size(); ++line) {
    JsonTree entry;
    entry["line"] = line;
    entry["fate"] = to_string(context.account.fate({.file = file, .line = line}));
    for (; next != notes.end() && next->at.file == file && next->at.line == line; ++next) {
      entry["notes"].add(note_json(*next));
    }
    out.add(std::move(entry));
  }
  return out;
}

JsonTree faults_json(const std::vector<config::Fault>& faults) {
  JsonTree out = JsonTree::list();
  for (const config::Fault& fault : faults) {
    JsonTree entry;
    entry["line"] = fault.at.line;
    entry["column"] = fault.at.column;
    entry["path"] = fault.path;
    entry["message"] = fault.message;
    out.add(std::move(entry));
  }
  return out;
}

JsonTree texts_json(const std::vector<std::string>& texts) {
  JsonTree out = JsonTree::list();
  for (const std::string& each : texts) out.add(each);
  return out;
}

}  // namespace

std::string text_report(const Context& context, const Outcome& outcome) {
  const std::vector<Note> notes = context.account.notes();
  std::string out = concat("What became of each line\n", count_text(context));
  out += section("Wrong: faults of the files, and what was assumed",
                 note_lines(context, notes_of(notes, Fate::kWrong)));
  out += section("To decide before the result is used", list_lines(context.draft.decisions));
  out += section("Not supported, and what to do instead",
                 note_lines(context, notes_of(notes, Fate::kNotSupported)));
  out += section("Changed", note_lines(context, notes_of(notes, Fate::kChanged)));
  out += section("Not needed", note_lines(context, notes_of(notes, Fate::kNotNeeded)));
  if (context.account.dropped_notes() > 0) {
    out += concat("\n", number(context.account.dropped_notes()), " further notes are left out\n");
  }
  out += section("Secrets, each in a file for root only", secret_lines(context));
  out += section("To do", list_lines(context.draft.advice));
  out += section("Faults of the result, as hapair check names them", fault_lines(outcome.faults));
  out += section("Notices of hapair check", fault_lines(outcome.notices));
  out += concat("\n",
                outcome.faults.empty() ? "The result passes hapair check"
                                       : "The result does not pass hapair check",
                exit_code(context, outcome) == kExitDecision
                    ? "; something is open for you to decide, see above\n"
                    : "\n");
  return out;
}

std::string json_report(const Context& context, const Outcome& outcome) {
  const std::vector<Note> notes = context.account.notes();
  JsonTree out;
  out["valid"] = outcome.faults.empty();
  out["exit_code"] = exit_code(context, outcome);
  out["count"] = count_json(context.account.count());
  out["decisions"] = texts_json(context.draft.decisions);
  out["advice"] = texts_json(context.draft.advice);
  JsonTree& secrets = out["secrets"];
  secrets = JsonTree::list();
  for (const SecretFile& each : context.draft.secrets) secrets.add(each.path);
  out["faults"] = faults_json(outcome.faults);
  out["notices"] = faults_json(outcome.notices);
  JsonTree& files = out["files"];
  files = JsonTree::list();
  for (std::uint32_t file = 0; file < context.sources.size(); ++file) {
    JsonTree entry;
    entry["path"] = context.sources[file].path;
    entry["program"] = to_string(context.sources[file].program);
    entry["count"] = count_json(context.account.count(file));
    entry["lines"] = lines_json(context, file, notes);
    files.add(std::move(entry));
  }
  return out.to_text();
}

}  // namespace hapair::importing
