#include "apps/hapair/import/haproxy/server_words.hpp"

#include <array>

namespace hapair::importing::haproxy {
namespace {

struct TakesBack {
  std::string_view word;
  std::string_view of;
};

constexpr std::array<TakesBack, 10> kTakenBack = {{{"no-check", "check"},
                                                   {"no-backup", "backup"},
                                                   {"enabled", "disabled"},
                                                   {"no-ssl", "ssl"},
                                                   {"no-send-proxy", "send-proxy"},
                                                   {"no-send-proxy-v2", "send-proxy-v2"},
                                                   {"no-check-send-proxy", "check-send-proxy"},
                                                   {"no-agent-check", "agent-check"},
                                                   {"no-check-ssl", "check-ssl"},
                                                   {"check-ssl", "no-check-ssl"}}};

}  // namespace

void ServerWords::take(const std::vector<ReadWord>& words) {
  for (const ReadWord& word : words) {
    for (const TakesBack& each : kTakenBack) {
      if (each.word == word.name) {
        if (const auto found = words_.find(each.of); found != words_.end()) words_.erase(found);
      }
    }
    words_.insert_or_assign(std::string(word.name), word);
  }
}

const ReadWord* ServerWords::find(std::string_view name) const {
  const auto found = words_.find(name);
  return found == words_.end() ? nullptr : &found->second;
}

std::string ServerWords::value(std::string_view name) const {
  const ReadWord* const found = find(name);
  return found == nullptr ? std::string() : std::string(found->value);
}

}  // namespace hapair::importing::haproxy
