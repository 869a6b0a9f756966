#include "apps/hapair/top/model.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/hapair/cli/commands.hpp"
#include "apps/hapair/cli/figures.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "apps/hapair/control/state_tone.hpp"
#include "apps/hapair/top/screen_text.hpp"
#include "common/base/text.hpp"

namespace hapair::top {
namespace {

using base::concat;
using cli::short_number;
using cli::short_time;
using control::figure_at;
using control::flag_at;
using control::list_at;
using control::number_at;
using control::text_at;
using control::tone_of;

constexpr std::string_view kGap = "  ";
constexpr std::string_view kFooter = "q quit  Tab view  s sort  r turn  f filter  p pause  h help";
/// A screen with fewer rows shows no last events and one line of a kind.
constexpr std::size_t kRoomy = 20;
constexpr std::ptrdiff_t kPage = 10;
constexpr std::size_t kKeyWidth = 12;

constexpr std::array<std::pair<std::string_view, const char*>, 4> kQuantiles{
    {{"p50", "p50"}, {"p90", "p90"}, {"p99", "p99"}, {"p99.9", "p999"}}};

std::string in_capitals(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

std::string per_second(const std::optional<Counted>& rates, double Counted::* of) {
  return concat(cli::short_rate(rates ? std::optional((*rates).*of) : std::nullopt), "/s");
}

}  // namespace

Model::Model() = default;
Model::~Model() = default;

void Model::on_status(Json status, base::Instant now) {
  // Without a file the events of a new worker begin anew.
  if (number_at(status, {"journal", "last"}) < last_event_) {
    last_event_ = 0;
    events_.clear();
  }
  rates_.take(status);
  status_ = std::make_unique<Json>(std::move(status));
  failure_.clear();
  heard_ = now;
}

void Model::on_latency(Json latency) { latency_ = std::make_unique<Json>(std::move(latency)); }

void Model::on_events(const Json& document) {
  for (const Json& event : list_at(document, {"events"})) {
    const std::uint64_t number = number_at(event, {"number"});
    if (number <= last_event_) continue;
    last_event_ = number;
    events_.push_back(event);
    if (events_.size() > kMaxEvents) events_.erase(events_.begin());
  }
}

void Model::on_failure(std::string why) { failure_ = std::move(why); }

void Model::choose(View view) {
  view_ = view;
  order_ = {};
  first_ = 0;
}

void Model::move(std::ptrdiff_t rows) {
  const auto last = static_cast<std::ptrdiff_t>(std::max<std::size_t>(sheet().rows(), 1)) - 1;
  first_ = static_cast<std::size_t>(
      std::clamp(static_cast<std::ptrdiff_t>(first_) + rows, std::ptrdiff_t{0}, last));
}

void Model::on_key(Key key) {
  constexpr std::size_t kCount = std::size(kViews);
  const auto at = static_cast<std::size_t>(view_);
  switch (static_cast<char32_t>(key)) {
    case U'q':
    case U'Q':
    case static_cast<char32_t>(Key::kInterrupt):
      over_ = true;
      return;
    case U'h':
    case U'?':
      helps_ = !helps_;
      return;
    case U'\t':
    case U'v':
      choose(kViews[(at + 1) % kCount]);
      break;
    case U'1':
    case U'2':
    case U'3':
    case U'4':
      choose(kViews[static_cast<char32_t>(key) - U'1']);
      break;
    case U's': {
      const std::size_t columns = sheet().columns().size();
      const std::size_t next = order_.column ? *order_.column + 1 : 0;
      order_.column = next < columns ? std::optional(next) : std::nullopt;
      first_ = 0;
      break;
    }
    case U'r':
      order_.reversed = !order_.reversed;
      first_ = 0;
      break;
    case U'f':
      only_amiss_ = !only_amiss_;
      first_ = 0;
      break;
    case U'p':
    case U' ':
      paused_ = !paused_;
      break;
    case U'k':
    case static_cast<char32_t>(Key::kUp):
      move(-1);
      break;
    case U'j':
    case static_cast<char32_t>(Key::kDown):
      move(1);
      break;
    case static_cast<char32_t>(Key::kPageUp):
      move(-kPage);
      break;
    case static_cast<char32_t>(Key::kPageDown):
      move(kPage);
      break;
    default:
      break;
  }
  helps_ = false;
}

Sheet Model::sheet() const {
  static const Json kNothing = Json::object();
  const Json& status = status_ ? *status_ : kNothing;
  const auto of_view = [&] {
    switch (view_) {
      case View::kServers:
        return servers_sheet(status, rates_);
      case View::kVips:
        return vips_sheet(status);
      case View::kFrontends:
        return frontends_sheet(status, latency_ ? *latency_ : kNothing, rates_);
      case View::kEvents:
        break;
    }
    return events_sheet(events_);
  };
  Sheet sheet = of_view();
  if (only_amiss_) sheet.keep_amiss();
  sheet.sort(order_);
  return sheet;
}

Line Model::title(base::Instant now) const {
  Line line{.pieces = {}, .bar = true};
  line.add("hapair top");
  if (!status_) return line.add("  waiting for the node");
  line.add(concat("  ", text_at(*status_, {"node"})));
  if (paused_) line.add("  PAUSED");
  const std::string age = short_time(std::chrono::duration<double>(now - heard_).count());
  if (!failure_.empty()) line.add(concat("  as of ", age, " ago"));
  line.add(concat("  up ", short_time(figure_at(*status_, {"uptime_seconds"}))));
  const std::string clock = cli::clock_of(text_at(*status_, {"time"}));
  if (!clock.empty()) line.add(concat("  ", clock, "Z"));
  return line.add(concat("  hapair ", text_at(*status_, {"version"}), "  cluster ",
                         text_at(*status_, {"cluster"})));
}

void Model::add_trouble(Frame& frame) const {
  if (!failure_.empty()) {
    frame.push_back(Line().add(concat("! the node is away: ", failure_), Tone::kBad));
  }
  if (!status_) return;
  for (const Json& each : list_at(*status_, {"shortages"})) {
    if (number_at(each, {"stage"}) == 0) continue;
    frame.push_back(Line().add(concat("! short of ", text_at(each, {"resource"}), ", gives up ",
                                      text_at(each, {"gives_up"}), ": ", text_at(each, {"remedy"})),
                               Tone::kBad));
  }
}

void Model::add_vips(Frame& frame, std::size_t limit) const {
  const Json& vips = list_at(*status_, {"vips"});
  for (std::size_t i = 0; i < vips.size() && i < limit; ++i) {
    const Json& vip = vips[i];
    const std::string role = text_at(vip, {"role"});
    Line line;
    line.add(concat("VIP ", text_at(vip, {"name"}), " "));
    line.add(in_capitals(role), tone_of(role));
    line.add(concat(" ", short_time(figure_at(vip, {"since_seconds"}))));
    const std::string master = text_at(vip, {"master_address"});
    if (role != "master") {
      line.add(master.empty() ? std::string(", no master known") : concat(", master ", master));
    }
    const std::string verdict = text_at(vip, {"verdict"});
    if (verdict != "serves") line.add(concat(", ", verdict), Tone::kWarning);
    line.add(concat(": ", text_at(vip, {"reason"})));
    if (i + 1 == limit && vips.size() > limit) {
      line.add(concat(" (", vips.size() - limit, " more)"));
    }
    frame.push_back(std::move(line));
  }
}

void Model::add_peers(Frame& frame, std::size_t limit) const {
  const Json& peers = list_at(*status_, {"peers"});
  for (std::size_t i = 0; i < peers.size() && i < limit; ++i) {
    const Json& peer = peers[i];
    const bool there = flag_at(peer, {"present"});
    const std::string since = short_time(figure_at(peer, {"silent_for_seconds"}));
    Line line;
    line.add(concat("peer ", text_at(peer, {"name"}), " "));
    line.add(there ? "present" : "SILENT", there ? Tone::kGood : Tone::kBad);
    line.add(there ? concat(", heard ", since, " ago") : concat(" for ", since));
    if (there && !flag_at(peer, {"same_config"})) line.add(", other config", Tone::kWarning);
    for (const Json& vip : list_at(peer, {"vips"})) {
      if (!there) break;
      const std::string role = text_at(vip, {"role"});
      const bool would = role == "master" || flag_at(vip, {"would_take_over"});
      line.add(concat(", ", text_at(vip, {"name"}), " ", role));
      if (!would) line.add(" would not take over", Tone::kBad);
    }
    frame.push_back(std::move(line));
  }
}

Line Model::totals() const {
  double sessions = 0;
  for (const Json& frontend : list_at(*status_, {"frontends"})) {
    sessions += figure_at(frontend, {"sessions", "current"}).value_or(0);
  }
  const auto rates = rates_.total();
  Line line;
  line.add(concat("sessions ", short_number(sessions), kGap, "requests ",
                  per_second(rates, &Counted::requests), kGap, "in ",
                  per_second(rates, &Counted::in), kGap, "out ", per_second(rates, &Counted::out),
                  kGap));
  const bool bad = rates && rates->server_errors > 0;
  return line.add(concat("5xx ", per_second(rates, &Counted::server_errors)),
                  bad ? Tone::kWarning : Tone::kPlain);
}

Line Model::health() const {
  std::size_t usable = 0;
  std::size_t all = 0;
  double waiting = 0;
  for (const Json& backend : list_at(*status_, {"backends"})) {
    all += list_at(backend, {"servers"}).size();
    usable += number_at(backend, {"servers_usable"});
    waiting += figure_at(backend, {"queue", "current"}).value_or(0);
  }
  Line line;
  line.add(concat("servers ", usable, " of ", all, " usable"),
           usable < all ? Tone::kWarning : Tone::kPlain);
  line.add(concat(kGap, "waiting ", short_number(waiting), kGap, "loop lag p99 ",
                  cli::milliseconds(figure_at(*status_, {"loop_lag", "p99_ms"}))));
  return line;
}

void Model::add_latency(Frame& frame, std::size_t limit) const {
  if (!latency_) return;
  const Json& frontends = list_at(*latency_, {"frontends"});
  for (std::size_t i = 0; i < frontends.size() && i < limit; ++i) {
    Line line;
    line.add(concat("latency ", text_at(frontends[i], {"name"})));
    for (const auto& [name, key] : kQuantiles) {
      line.add(
          concat(kGap, name, " ", cli::milliseconds(figure_at(frontends[i], {"total_ms", key}))));
    }
    frame.push_back(std::move(line));
  }
}

Line Model::tabs(const Sheet& sheet) const {
  Line line{.pieces = {}, .bar = true};
  for (const View view : kViews) {
    const std::string name(name_of(view));
    line.add(view == view_ ? concat("[", name, "] ") : concat(" ", name, "  "));
  }
  line.add(concat(" ", sheet.rows(), only_amiss_ ? " not well" : " rows"));
  if (first_ > 0) line.add(concat(", from ", first_ + 1));
  if (order_.column) line.add(concat(", by ", sheet.columns()[*order_.column].title));
  return line;
}

void Model::add_last_events(Frame& frame, std::size_t limit) const {
  const std::size_t count = std::min(limit, events_.size());
  for (std::size_t i = events_.size() - count; i < events_.size(); ++i) {
    frame.push_back(event_line(events_[i]));
  }
}

Frame Model::help() {
  Frame frame;
  for (const cli::Term& key : cli::find_command("top")->terms) {
    frame.push_back(Line().add(fit(key.word, kKeyWidth)).add(key.help));
  }
  return frame;
}

Frame Model::frame(Size size, base::Instant now) const {
  const bool roomy = size.rows >= kRoomy;
  const std::size_t limit = roomy ? size.rows / 8 : 1;
  Frame frame{title(now)};
  add_trouble(frame);
  if (status_) {
    add_vips(frame, limit);
    add_peers(frame, limit);
    frame.push_back(totals());
    if (roomy) frame.push_back(health());
    add_latency(frame, limit);
  }
  const std::size_t footer = roomy ? 1 : 0;
  const Sheet table = sheet();
  if (status_) frame.push_back(tabs(table));
  Frame below;
  if (roomy && view_ != View::kEvents && !helps_) add_last_events(below, limit);
  const std::size_t used = frame.size() + below.size() + footer;
  const std::size_t left = size.rows > used ? size.rows - used : 0;
  Frame middle = helps_    ? help()
                 : status_ ? table.lines({.columns = size.columns, .rows = left}, first_, order_)
                           : Frame();
  middle.resize(left);
  std::ranges::move(middle, std::back_inserter(frame));
  std::ranges::move(below, std::back_inserter(frame));
  if (footer > 0) frame.push_back(Line{.pieces = {}, .bar = true}.add(kFooter));
  frame.resize(size.rows);
  for (Line& line : frame) line = clipped(line, size.columns);
  return frame;
}

}  // namespace hapair::top
