#include "apps/hapair/import/haproxy/file.hpp"

#include <algorithm>

namespace hapair::importing::haproxy {
namespace {

template <class Wanted>
const Section* first_of(const std::vector<Section>& sections, Wanted wanted) {
  const auto found = std::ranges::find_if(sections, wanted);
  return found == sections.end() ? nullptr : &*found;
}

}  // namespace

bool Line::starts_with(std::initializer_list<std::string_view> first) const {
  return words.size() >= first.size() &&
         std::equal(first.begin(), first.end(), words.begin(),
                    [](std::string_view wanted, const Word& word) { return word == wanted; });
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kGlobal:
      return "global";
    case Kind::kDefaults:
      return "defaults";
    case Kind::kFrontend:
      return "frontend";
    case Kind::kBackend:
      return "backend";
    case Kind::kListen:
      return "listen";
    case Kind::kUserlist:
      return "userlist";
    case Kind::kPeers:
      return "peers";
    case Kind::kResolvers:
      return "resolvers";
    case Kind::kMailers:
      return "mailers";
    case Kind::kCache:
      return "cache";
    case Kind::kHttpErrors:
      return "http-errors";
    case Kind::kProgram:
      return "program";
    case Kind::kRing:
      return "ring";
    case Kind::kLogForward:
      return "log-forward";
    case Kind::kLogProfile:
      return "log-profile";
    case Kind::kFcgiApp:
      return "fcgi-app";
    case Kind::kCrtStore:
      return "crt-store";
    case Kind::kTraces:
      return "traces";
    case Kind::kAcme:
      return "acme";
    case Kind::kHealthcheck:
      return "healthcheck";
  }
  return "";
}

const Section* File::frontend(std::string_view name) const {
  return first_of(sections,
                  [&](const Section& each) { return each.has_frontend() && each.name == name; });
}

const Section* File::backend(std::string_view name) const {
  return first_of(sections,
                  [&](const Section& each) { return each.has_backend() && each.name == name; });
}

const Section* File::find(Kind kind, std::string_view name) const {
  return first_of(sections,
                  [&](const Section& each) { return each.kind == kind && each.name == name; });
}

std::vector<const Line*> File::lines_of(const Section& section) const {
  std::vector<const Section*> chain = {&section};
  // A section's defaults always stand before it, so this ends.
  while (chain.back()->defaults) chain.push_back(&sections[*chain.back()->defaults]);
  std::vector<const Line*> out;
  for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
    for (const Line& line : (*at)->lines) out.push_back(&line);
  }
  return out;
}

}  // namespace hapair::importing::haproxy
