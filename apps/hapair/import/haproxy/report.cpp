#include "apps/hapair/import/haproxy/report.hpp"

namespace hapair::importing::haproxy {

void Report::kept(const Place& at) {
  if (is_new(at, "")) account_.kept(at);
}

void Report::changed(const Place& at, const std::string& how) {
  if (is_new(at, how)) account_.changed(at, how);
}

void Report::not_needed(const Place& at, const std::string& why) {
  if (is_new(at, why)) account_.not_needed(at, why);
}

void Report::not_supported(const Place& at, const std::string& instead) {
  if (is_new(at, instead)) account_.not_supported(at, instead);
}

void Report::wrong(const Place& at, const std::string& what, const std::string& assumed) {
  if (is_new(at, what)) account_.wrong(at, what, assumed);
}

void Report::undecided(const Place& at, const std::string& what, const std::string& decide) {
  if (is_new(at, what)) account_.undecided(at, what, decide);
}

void Report::say(const Place& at, Fate fate, const std::string& text) {
  if (fate == Fate::kNotNeeded) return not_needed(at, text);
  if (fate == Fate::kNotSupported) return not_supported(at, text);
  if (fate == Fate::kChanged) return changed(at, text);
  kept(at);
}

}  // namespace hapair::importing::haproxy
