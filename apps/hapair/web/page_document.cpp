#include "apps/hapair/web/page_document.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "apps/hapair/web/json_text.hpp"
#include "apps/hapair/web/server_words.hpp"
#include "common/base/text.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::web {
namespace {

using base::concat;

constexpr std::string_view word_of(bool flag) { return flag ? "true" : "false"; }

std::string_view mode_of(lb::Mode mode) { return mode == lb::Mode::kHttp ? "http" : "tcp"; }

template <class Sample>
void put_sample(std::string& out, const Sample& sample) {
  char before = '[';
  for (const SmallNumber figure : sample) {
    out += before;
    base::append(out, large(figure));
    before = ',';
  }
  out += ']';
}

void put_number(std::string& out, std::string_view key, std::uint64_t number) {
  append_raw_member(out, key, concat(number));
}

void put_traffic(std::string& out, const lb::TrafficCounters& counters) {
  put_number(out, "sessions", counters.sessions.current());
  put_number(out, "sessions_max", counters.sessions.max());
  put_number(out, "sessions_total", counters.sessions_total);
  put_number(out, "requests_total", counters.requests);
}

}  // namespace

PageDocument::PageDocument(const History& history, const TrafficView& traffic, PageTerms terms)
    : history_(history), traffic_(traffic), terms_(std::move(terms)), number_(history.last()) {
  if (terms_.since > number_) terms_.since = 0;
}

std::string PageDocument::next() {
  std::string out;
  while (stage_ != Stage::kDone && out.size() < kPiece) write_next(out);
  return out;
}

void PageDocument::write_next(std::string& out) {
  switch (stage_) {
    case Stage::kHead:
      put_head(out);
      stage_ = Stage::kFrontends;
      return;
    case Stage::kFrontends:
      if (place_ < history_.frontends().size()) return put_frontend(out), void(++place_);
      out += "],\"backends\":[";
      place_ = 0;
      stage_ = Stage::kBackends;
      return;
    case Stage::kBackends:
      if (place_ < history_.backends().size()) {
        put_backend(out);
        server_ = 0;
        first_ = true;
        stage_ = Stage::kServers;
        return;
      }
      out += "]}";
      stage_ = Stage::kDone;
      return;
    case Stage::kServers:
      if (server_ < history_.backends()[place_].servers.size()) return put_server(out);
      out += "]}";
      ++place_;
      stage_ = Stage::kBackends;
      return;
    case Stage::kDone:
      return;
  }
}

void PageDocument::put_head(std::string& out) {
  out = concat("{", std::exchange(terms_.head, {}));
  put_number(out, "sample", number_);
  put_number(out, "since", terms_.since);
  append_raw_member(out, "time", concat(wall_ms(history_.at())));
  append_raw_member(out, "frontends", "[");
}

void PageDocument::put_frontend(std::string& out) const {
  const lb::FrontendView view = traffic_.frontend(place_);
  if (place_ > 0) out += ',';
  out += '{';
  append_member(out, "name", view.settings.name);
  append_member(out, "mode", mode_of(view.settings.mode));
  append_raw_member(out, "open", word_of(view.open));
  put_number(out, "limit", view.settings.max_connections);
  put_traffic(out, view.counters);
  put_history(out, history_.frontends()[place_]);
  out += '}';
}

void PageDocument::put_backend(std::string& out) const {
  const lb::Backend& backend = traffic_.backend(place_);
  if (place_ > 0) out += ',';
  std::size_t servers = 0;
  for (std::size_t i = 0; i < backend.size(); ++i) servers += backend.server(i).removed() ? 0U : 1U;
  out += '{';
  append_member(out, "name", backend.name());
  append_member(out, "mode", mode_of(backend.settings().mode));
  append_member(out, "balance", backend.settings().balance.text);
  put_number(out, "usable", backend.usable_servers());
  put_number(out, "size", servers);
  append_raw_member(out, "panics", word_of(backend.panics()));
  put_number(out, "queue", backend.queue().length().current());
  put_traffic(out, backend.counters);
  put_history(out, history_.backends()[place_].proxy);
  append_raw_member(out, "servers", "[");
}

void PageDocument::put_server(std::string& out) {
  const ServerTrack& track = history_.backends()[place_].servers[server_];
  const std::size_t place = server_++;
  if (terms_.since > 0 && track.changed <= terms_.since) return;
  if (terms_.since == 0 && track.name.empty()) return;
  if (!std::exchange(first_, false)) out += ',';
  out += '[';
  base::append(out, place);
  const lb::Backend& backend = traffic_.backend(place_);
  if (track.name.empty() || place >= backend.size()) {
    out += ']';
    return;
  }
  const lb::Server& server = backend.server(place);
  const ServerWords words = words_of(server);
  const lb::Gauge* const waiting = backend.waiting_for(place);
  out += ',';
  append_json(out, server.name());
  out += ',';
  const base::Endpoint& endpoint = server.settings().endpoint;
  append_json(out, endpoint.port == 0 ? std::string() : endpoint.to_string());
  for (const std::string_view text : {to_string(words.kind), words.state, words.reason}) {
    out += ',';
    append_json(out, text);
  }
  constexpr std::uint32_t kWhole = lb::Server::kShareOfWeight;
  out += concat(',', (server.share() + kWhole / 2) / kWhole, ',', server.weight(), ',',
                server.settings().backup ? 1 : 0, ',', wall_ms(server.since()), ',',
                server.max_connections(), ',', waiting != nullptr ? waiting->current() : 0, ',');
  const std::uint64_t from =
      terms_.since > 0 ? terms_.since : number_ - std::min(number_, kServerHistory);
  put_samples(out, track.seconds, from + 1, number_);
  out += ']';
}

void PageDocument::put_history(std::string& out, const ProxyTrack& track) const {
  append_raw_member(out, "seconds", "");
  put_samples(out, track.seconds, terms_.since + 1, number_);
  const std::uint64_t minute = terms_.since / History::kPerMinute;
  const std::uint64_t last = number_ / History::kPerMinute;
  if (terms_.since > 0 && minute == last) return;
  append_raw_member(out, "minutes", "");
  put_samples(out, track.minutes, minute + 1, last);
}

/// A list in which a number stands for so many more of the sample in front of it.
template <class Ring>
void PageDocument::put_samples(std::string& out, const Ring& ring, std::uint64_t from,
                               std::uint64_t last) {
  std::uint64_t at = std::max(from, ring.begin());
  // A sample may have been begun since: what is told ends with the one that was whole, `last`.
  const std::uint64_t end = std::min(ring.end(), last + 1);
  out += '[';
  for (bool first = true; at < end; first = false) {
    if (!first) out += ',';
    put_sample(out, ring.at(at));
    std::uint64_t same = 0;
    while (at + same + 1 < end && ring.at(at + same + 1) == ring.at(at)) ++same;
    if (same > 0) out += concat(',', same);
    at += same + 1;
  }
  out += ']';
}

std::int64_t PageDocument::wall_ms(base::Instant at) const {
  return std::chrono::floor<std::chrono::milliseconds>(
             (terms_.wall - std::chrono::duration_cast<base::WallTime::duration>(terms_.now - at))
                 .time_since_epoch())
      .count();
}

}  // namespace hapair::web
