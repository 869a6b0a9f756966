#include "apps/hapair/worker/sight.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/web/json_text.hpp"
#include "apps/hapair/web/page_document.hpp"
#include "apps/hapair/web/page_tables.hpp"
#include "apps/hapair/web/pair_json.hpp"
#include "apps/hapair/worker/status_source.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "liblb/io/engine.hpp"

namespace hapair::worker {
namespace {

constexpr base::Duration kSecond = std::chrono::seconds(1);
/// Pages that missed some of the samples get documents of their own; so many are kept.
constexpr std::size_t kDocuments = 4;
/// Healths that a turn renews.
constexpr std::size_t kHealths = 64;

}  // namespace

Sight::Sight(event::EventLoop& loop, const lb::Engine& engine, const WorkerStatus& status,
             const base::Journal& journal)
    : loop_(loop),
      engine_(engine),
      status_(status),
      journal_(journal),
      run_(base::concat(::getpid(), "-", base::to_ns(event::now()))),
      second_(loop, event::Priority::kTraffic, event::Callback<>::to<&Sight::on_second>(this)),
      piece_(loop, event::Priority::kTraffic, event::Callback<>::to<&Sight::take_piece>(this)) {}

void Sight::start() {
  second_.arm_after(kSecond);
  if (!is_shown()) return;
  if (!history_.sampling()) begin(loop_.now());
  piece_.schedule();
}

bool Sight::is_shown() const {
  for (std::size_t place = 0; place < engine_.frontends(); ++place) {
    if (engine_.frontend(place).settings.stats_uri) return true;
  }
  return false;
}

void Sight::begin(base::Instant now) {
  fresh_ = false;
  next_health_ = 0;
  history_.begin(now);
}

void Sight::on_second() noexcept {
  const base::Instant now = loop_.now();
  second_.arm_at(std::max(second_.deadline() + kSecond, now + kSecond / 2));
  if (!is_shown()) {
    history_ = {};  // what comes later does not follow on it
    return;
  }
  begin(now);
  piece_.schedule();
}

void Sight::take_piece() noexcept {
  if (!history_.sampling()) return;
  if (!fresh_) fresh_ = engine_.refresh_healths(next_health_, kHealths);
  if (!fresh_ || !history_.step(*this)) {
    (void)loop_.now();  // whoever asks the time lets the loop end its turn
    piece_.schedule();
    return;
  }
  events_[history_.last() % events_.size()] = journal_.last_number();
  documents_.clear();
}

void Sight::hurry() {
  if (!history_.sampling()) begin(loop_.now());
  take_piece();
}

base::Duration Sight::next_in() const {
  return std::max(second_.deadline() - loop_.now(), base::Duration::zero());
}

std::string Sight::run() const { return base::concat(run_, "-", changes()); }

bool Sight::Document::step() {
  if (!maker_) return true;
  const std::string piece = maker_->next();
  if (piece.empty()) maker_.reset();
  text_ += piece;
  return maker_ == nullptr;
}

std::string Sight::head(std::uint64_t since) const {
  std::string out;
  web::append_raw_member(out, "format", "1");
  web::append_member(out, "run", run());
  const bool known = since > 0 && history_.last() - since < events_.size();
  web::append_events(out, journal_, known ? events_[since % events_.size()] : 0);
  web::append_pair(out, status_.pair(), status_.readiness());
  return out;
}

std::shared_ptr<Sight::Document> Sight::document(std::string_view run, std::uint64_t since) {
  const std::uint64_t last = history_.last();
  // Whoever missed more than servers are remembered for begins anew.
  if (run != this->run() || since > last || last - since >= web::kServerSeconds) since = 0;
  const auto found = std::ranges::find_if(documents_, [&](const auto& each) {
    return each->since_ == since && each->changes_ == changes();
  });
  if (found != documents_.end()) return *found;
  auto made = std::make_shared<Document>();
  made->since_ = since;
  made->changes_ = changes();
  if (since == last) {
    made->text_ = "{";
    web::append_member(made->text_, "run", this->run());
    web::append_raw_member(made->text_, "sample", base::concat(last));
    made->text_ += '}';
    return made;
  }
  const web::TrafficView& traffic = *this;
  made->maker_ = std::make_unique<web::PageDocument>(
      history_, traffic,
      web::PageTerms{
          .head = head(since), .since = since, .now = loop_.now(), .wall = event::wall_now()});
  if (documents_.size() == kDocuments) documents_.erase(documents_.begin());
  documents_.push_back(made);
  return made;
}

std::unique_ptr<control::PiecedDocument> Sight::tables() const {
  const web::TrafficView& traffic = *this;
  return std::make_unique<web::PageTables>(history_, traffic, status_.pair());
}

std::uint64_t Sight::changes() const { return engine_.changes(); }
std::size_t Sight::frontends() const { return engine_.frontends(); }
lb::FrontendView Sight::frontend(std::size_t place) const { return engine_.frontend(place); }
std::size_t Sight::backends() const { return engine_.backends(); }
const lb::Backend& Sight::backend(std::size_t place) const { return engine_.backend(place); }

}  // namespace hapair::worker
