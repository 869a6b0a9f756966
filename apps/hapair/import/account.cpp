#include "apps/hapair/import/account.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::importing {

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::kOpen:
      return "open";
    case Fate::kBlank:
      return "blank";
    case Fate::kComment:
      return "comment";
    case Fate::kNotNeeded:
      return "not needed";
    case Fate::kKept:
      return "kept";
    case Fate::kChanged:
      return "changed";
    case Fate::kNotSupported:
      return "not supported";
    case Fate::kWrong:
      return "wrong";
  }
  return "";
}

void Account::add_source(std::uint32_t file, const Source& source) {
  if (fates_.size() <= file) fates_.resize(file + 1);
  std::vector<Fate>& fates = fates_[file];
  fates.assign(source.lines.size(), Fate::kOpen);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    if (base::trim(source.lines[i]).empty()) fates[i] = Fate::kBlank;
  }
}

void Account::mark(const Place& at, Fate fate) {
  Fate& old = fates_[at.file][at.line - 1];
  old = std::max(old, fate);
}

void Account::add(Note note) {
  mark(note.at, note.fate);
  if (note.open_decision) ++open_decisions_;
  if (notes_.size() == kMaxNotes) {
    ++dropped_;
    return;
  }
  notes_.push_back(std::move(note));
}

void Account::changed(const Place& at, std::string how) {
  add({.at = at, .fate = Fate::kChanged, .text = std::move(how)});
}

void Account::not_needed(const Place& at, std::string why) {
  add({.at = at, .fate = Fate::kNotNeeded, .text = std::move(why)});
}

void Account::not_supported(const Place& at, std::string instead) {
  add({.at = at, .fate = Fate::kNotSupported, .text = std::move(instead)});
}

void Account::wrong(const Place& at, std::string what, std::string assumed) {
  add({.at = at, .fate = Fate::kWrong, .text = std::move(what), .assumed = std::move(assumed)});
}

void Account::undecided(const Place& at, std::string what, std::string decide) {
  add({.at = at,
       .fate = Fate::kWrong,
       .text = std::move(what),
       .assumed = std::move(decide),
       .open_decision = true});
}

void Account::same_as(const Place& at, const Place& first) { followers_.push_back({at, first}); }

std::vector<Note> Account::notes() const {
  std::vector<const Note*> order;
  order.reserve(notes_.size());
  for (const Note& each : notes_) order.push_back(&each);
  std::ranges::sort(order, [](const Note* a, const Note* b) {  // of one place: as they came
    return std::tie(a->at, a) < std::tie(b->at, b);
  });
  std::vector<Note> out;
  out.reserve(order.size());
  constexpr std::size_t kLookBack = 64;
  std::size_t begin = 0;  // of the notes of this line
  for (const Note* each : order) {
    if (begin < out.size() &&
        (out[begin].at.line != each->at.line || out[begin].at.file != each->at.file)) {
      begin = out.size();
    }
    begin = std::max(begin, out.size() - std::min(out.size(), kLookBack));
    const bool told = std::any_of(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                                  [&](const Note& one) { return one.text == each->text; });
    if (!told) out.push_back(*each);
  }
  return out;
}

std::size_t Account::Count::total() const {
  return std::accumulate(lines.begin(), lines.end(), std::size_t{0});
}

std::size_t Account::Count::directives() const {
  return total() - (*this)[Fate::kBlank] - (*this)[Fate::kComment];
}

Account::Count& Account::Count::operator+=(const Count& other) {
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] += other.lines[i];
  return *this;
}

Account::Count Account::count(std::uint32_t file) const {
  Count out;
  if (file >= fates_.size()) return out;
  for (const Fate each : fates_[file]) ++out.lines[static_cast<std::size_t>(each)];
  return out;
}

Account::Count Account::count() const {
  Count out;
  for (std::uint32_t file = 0; file < fates_.size(); ++file) out += count(file);
  return out;
}

void Account::close() {
  for (const Follower& each : followers_) mark(each.at, fate(each.first));
  followers_.clear();
  for (std::uint32_t file = 0; file < fates_.size(); ++file) {
    for (std::uint32_t i = 0; i < fates_[file].size(); ++i) {
      if (fates_[file][i] != Fate::kOpen) continue;
      not_supported({.file = file, .line = i + 1},
                    "the import has nothing to say of this line; see to it by hand, and please "
                    "report it");
    }
  }
}

}  // namespace hapair::importing
