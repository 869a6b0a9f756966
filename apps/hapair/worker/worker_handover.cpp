// The worker in a change of the process: it hands what it knows to another hapair's worker and
// finishes what it has, or takes that in from one and serves in its place. The guardians settle
// when; docs/decisions/0036-upgrade.md has the steps.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/worker.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"
#include "common/net/regular_file.hpp"

namespace hapair::worker {
namespace {

constexpr base::Duration kPreparePause = std::chrono::milliseconds(20);
/// For the process before to close the socket that nodes say hello by.
constexpr base::Duration kHelloPause = std::chrono::milliseconds(200);

base::Result<std::vector<std::uint8_t>> read_whole(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size < 0 || static_cast<std::size_t>(size) > handover::NodeState::kMaxBytes) {
    return base::fail("the state handed over can't be read");
  }
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return base::os_fail("the state handed over", got < 0 ? errno : ENODATA);
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

/// Servers that a name stands for: each process numbers them by the order of its own answers, so
/// that what is known of one would come to another.
std::set<std::string> servers_by_name(const std::vector<check::Target>& targets,
                                      const config::Model& model) {
  std::set<std::string> by_address;
  for (const config::Backend& backend : model.backends) {
    for (const config::Server& server : backend.servers) {
      if (!server.by_name) by_address.insert(base::concat(backend.name, "/", server.name));
    }
  }
  std::set<std::string> out;
  for (const check::Target& target : targets) {
    if (target.kind != check::TargetKind::kServer || by_address.contains(target.name)) continue;
    out.insert(target.name);
  }
  return out;
}

}  // namespace

// The one that is replaced.

void Worker::upgrade(std::string_view who) {
  log_.info("upgrade-ordered", model_.node().name, base::concat("ordered by ", who));
  note(journal_, loop_, "upgrade-ordered", model_.node().name, "",
       base::concat("ordered by ", who));
  upgrade_ = {.phase = control::UpgradeState::Phase::kUnderWay, .why = {}};
  guardian_.want_upgrade();
}

void Worker::on_give_away(const guardian::GiveAway& what, net::UniqueFd memory) noexcept {
  using What = guardian::GiveAway::What;
  switch (what.what) {
    case What::kSockets:
      return tell_sockets();
    case What::kState:
      return stand_still(std::move(memory));
    case What::kNothing:
      return go_on();
    case What::kAll:
      return retire(what.drain);
  }
}

std::optional<guardian::SocketTag> Worker::tag_of(std::string_view bind) const {
  for (const config::Frontend& frontend : model_.frontends) {
    for (const config::Bind& each : frontend.binds) {
      if (each.text == bind) return guardian::SocketTag{guardian::SocketKind::kBind, each.id};
    }
  }
  return std::nullopt;
}

void Worker::tell_sockets() {
  using Kind = guardian::SocketKind;
  std::vector<std::pair<guardian::SocketTag, int>> all;
  for (const lb::Engine::BoundSocket& socket : engine_->bound_sockets()) {
    const auto tag = tag_of(socket.name);
    if (tag && socket.fd >= 0) all.emplace_back(*tag, socket.fd);
  }
  for (const VipSet::Receiver& receiver : vips_->receivers()) {
    const Kind kind = receiver.family == base::Family::kIpv4 ? Kind::kVrrp4 : Kind::kVrrp6;
    all.emplace_back(guardian::SocketTag{kind, static_cast<std::uint16_t>(receiver.interface)},
                     receiver.fd);
  }
  all.emplace_back(guardian::SocketTag{Kind::kControl, 0}, control_->fd());
  for (std::size_t first = 0; first < all.size(); first += guardian::SocketsHere::kMax) {
    const std::size_t end = std::min(first + guardian::SocketsHere::kMax, all.size());
    guardian::SocketsHere here{.last = end == all.size()};
    std::vector<int> fds;
    for (std::size_t i = first; i < end; ++i) {
      here.sockets.push_back(all[i].first);
      fds.push_back(all[i].second);
    }
    guardian_.answer(here, fds);
  }
}

/// Between here and go_on() or retire() nothing is accepted and nothing is decided. The guardian
/// goes on advertising by what it was told last.
void Worker::stand_still(net::UniqueFd memory) {
  const bool busy = !leaving_->idle() || engine_->leaves() || (drilling_ && drilling_->under_way());
  if (busy) {
    return guardian_.answer(guardian::StateHere{.whole = false});
  }
  stands_still_ = true;
  engine_->hold_accepts(true);
  vips_->freeze();
  control_->hold();
  const bool whole =
      memory && net::write_whole(memory.get(), handover::encode_state(node_state()), "the state");
  guardian_.answer(guardian::StateHere{.whole = whole});
}

void Worker::go_on() {
  if (!std::exchange(stands_still_, false)) return;
  engine_->hold_accepts(false);
  vips_->thaw();
  if (const auto started = control_->start(); !started) {
    log_.error("control-accept", "control", started.error().message);
  }
}

handover::NodeState Worker::node_state() const {
  handover::NodeState state;
  for (std::size_t vip = 0; vip < model_.vips.size(); ++vip) {
    state.vips.push_back(
        {.name = model_.vips[vip].name, .router = vips_->routers()[vip]->memory()});
  }
  const check::Registry& registry = health_->registry();
  for (const check::TargetId id : registry.ids()) state.targets.push_back(registry.get(id));
  state.engine = engine_->memory(loop_.now());
  state.journal.assign(journal_.events().begin(), journal_.events().end());
  return state;
}

/// What is under way is finished; all else is the other's, and is not even told of here any more.
void Worker::retire(base::Duration drain) {
  retired_ = true;
  control_.reset();
  pages_->refuse_orders();
  drilling_.reset();
  hello_.reset();
  commands_->deafen();
  alerts_->deafen();
  journal_feed_.reset();
  status_->use(status_parts());  // pages on connections that finish go on asking it
  engine_->give_sockets_away();
  log_.info("worker-retired", model_.node().name,
            base::concat("finishing ", engine_->session_count(), " connections within ",
                         base::format_duration(drain)));
  engine_->finish(loop_.now() + drain, [this](const lb::DrainReport& report) {
    leaving_->tell(model_.node().name, report);
    hand_over_.schedule();
  });
}

// The one that replaces it.

void Worker::prepare() noexcept {
  if (!successor_) {
    tells_peers_ = true;
    if (hello_) hello_->start();
    return;
  }
  if (!names_->settled() && loop_.now() < prepared_by_) return prepare_.arm_after(kPreparePause);
  guardian_.prepared();
}

void Worker::on_take_over(net::UniqueFd memory) noexcept {
  const auto bytes = read_whole(memory.get());
  auto state = bytes ? handover::decode_state(*bytes)
                     : base::Result<handover::NodeState>(std::unexpected(bytes.error()));
  if (!state) {
    log_.error("take-over-failed", model_.node().name, state.error().message);
    exit_code_ = 1;
    loop_.stop();
    return;
  }
  adopt(std::move(*state));
  guardian_.adopted();
}

void Worker::adopt(handover::NodeState state) {
  journal_.go_on(std::move(state.journal));
  const check::Moment now{loop_.now(), event::wall_now()};
  check::Registry& registry = health_->registry();
  const std::set<std::string> by_name = servers_by_name(state.targets, model_);
  for (const check::Target& target : state.targets) {
    if (by_name.contains(target.name)) continue;
    if (const auto id = registry.find(target.name)) registry.adopt(*id, target, now);
  }
  engine_->adopt(state.engine);
  vip_states_ = std::move(state.vips);
}

void Worker::on_serve() noexcept {
  successor_ = false;
  upgrade_.phase = control::UpgradeState::Phase::kDone;
  resume_vips();
  engine_->hold_accepts(false);
  if (journal_feed_) journal_feed_->begin();
  health_->start(loop_.now());
  if (const auto started = control_->start(); !started) {
    log_.error("control-accept", "control", started.error().message);
  }
  prepare_.arm_after(kHelloPause);
  log_.info("worker-ready", model_.node().name, "serving, in place of the process before");
  note(journal_, loop_, "upgraded", model_.node().name, "serving",
       "took over from the process before");
}

void Worker::resume_vips() {
  // Their roles first: who is let in depends on them.
  std::vector<const handover::VipState*> of_vip(model_.vips.size(), nullptr);
  for (const handover::VipState& state : vip_states_) {
    const auto vip = std::ranges::find(model_.vips, state.name, &config::Vip::name);
    if (vip == model_.vips.end()) continue;
    const auto place = static_cast<std::size_t>(vip - model_.vips.begin());
    of_vip[place] = &state;
    scripts_->know_role(place, state.router.election.state, 0);
    if (state.router.election.state != vrrp::State::kMaster) continue;
    master_of_[place] = true;
    engine_->enable_binds(place);
  }
  vips_->thaw();
  for (std::size_t vip = 0; vip < of_vip.size(); ++vip) {
    if (of_vip[vip] != nullptr) {
      vips_->resume(vip, of_vip[vip]->router);
    } else {
      vips_->start(vip);
    }
  }
  vip_states_.clear();
}

}  // namespace hapair::worker
