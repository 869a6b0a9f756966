#include "apps/hapair/worker/shortage.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "apps/hapair/worker/journal_note.hpp"
#include "apps/hapair/worker/memory_reserve.hpp"
#include "common/base/text.hpp"
#include "common/event/clock.hpp"

namespace hapair::worker {
namespace {

/// The loop, the guardian's channel and heartbeat, hellos, the journal, logs, alerts, names, and 32
/// connections of the control socket.
constexpr std::size_t kOfItsOwn = 96;
constexpr lb::PressureSettings kDescriptors{.begins = {88, 94, 99}};
/// What was freed counts until the allocator has given it back, which takes a while: not at each
/// look.
constexpr base::Duration kTrimAgain = std::chrono::seconds(5);

std::size_t descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 1024;
  return static_cast<std::size_t>(files.rlim_cur);
}

std::string_view consequence_of(lb::Shed stage) {
  switch (stage) {
    case lb::Shed::kNothing:
      return "nothing is given up";
    case lb::Shed::kClients:
      return "new clients wait";
    case lb::Shed::kIdle:
      return "new clients wait, and idle connections are ended";
    case lb::Shed::kCaches:
      return "new clients wait, idle connections are ended, and caches given back";
  }
  return {};
}

}  // namespace

std::size_t reserved_descriptors(const config::Model& model) {
  std::size_t count = kOfItsOwn + model.targets.size() + 4 * model.vips.size();
  for (const config::Frontend& frontend : model.frontends) count += frontend.binds.size();
  // A check is a connection while it lasts.
  for (const config::Backend& backend : model.backends) count += backend.servers.size();
  return count;
}

std::size_t traffic_descriptors(std::size_t all, std::size_t reserved) {
  return all > 2 * reserved ? all - reserved : all / 2;
}

std::uint64_t memory_ceiling(const config::Process& process,
                             std::optional<std::uint64_t> cgroup_limit) {
  if (process.max_memory > 0) return process.max_memory;
  return cgroup_limit.value_or(0) / 4 * 3;
}

Shortage::Shortage(event::EventLoop& loop, const config::Model& model, lb::Engine& engine,
                   MemoryGauge gauge, std::uint64_t memory_limit, const base::Logger& log,
                   base::Journal& journal)
    : loop_(loop),
      model_(model),
      engine_(engine),
      gauge_(std::move(gauge)),
      log_(log),
      journal_(journal),
      reserved_(reserved_descriptors(model)),
      descriptors_{.begins = "descriptors-short",
                   .ends = "descriptors-back",
                   .view = {.resource = "descriptors"},
                   .pressure = lb::Pressure(kDescriptors),
                   .told = {}},
      memory_{.begins = "memory-short",
              .ends = "memory-back",
              .view = {.resource = "memory", .limit = memory_limit},
              .pressure = lb::Pressure({}),
              .told = {}},
      timer_(loop, event::Priority::kControl, event::Callback<>::to<&Shortage::on_look>(this)) {}

void Shortage::on_look() noexcept {
  const base::Instant now = loop_.now();
  look_at_descriptors(now);
  look_at_memory(now);
  const lb::Shed stage = std::max(descriptors_.view.stage, memory_.view.stage);
  engine_.shed(stage, memory_.view.stage >= lb::Shed::kClients);
  if (memory_.view.stage > lb::Shed::kNothing && now - trimmed_ >= kTrimAgain) {
    trimmed_ = now;
    ::malloc_trim(0);
  }
  timer_.arm_after(kLook);
}

void Shortage::on_reload(std::uint64_t memory_limit) {
  reserved_ = reserved_descriptors(model_);
  memory_.view.limit = memory_limit;
}

void Shortage::look_at_descriptors(base::Instant now) {
  const std::size_t all = descriptor_limit();
  engine_.set_descriptor_limit(traffic_descriptors(all, reserved_));
  const lb::DescriptorUse use = engine_.descriptors();
  View& view = descriptors_.view;
  view.used = use.used;
  view.limit = use.limit;
  // A bind that a reload has taken away takes its own along.
  if (std::exchange(view.refusals, use.refusals) < use.refusals) {
    descriptors_.pressure.on_refusal(now);
  }
  // Clients wait from half of it on, as each may want a server: that is the first stage, too.
  const std::uint64_t least = use.holds_clients ? use.limit - use.limit / 10 : 0;
  descriptors_.pressure.on_reading(std::max<std::uint64_t>(use.used, least), use.limit, now);
  view.remedy = base::concat("raise LimitNOFILE= of the service (the process may have ", all,
                             ") or, where the kernel refuses before that, fs.file-max; or lower "
                             "process.max_connections (",
                             model_.process.max_connections, ")");
  settle(descriptors_, now);
}

void Shortage::look_at_memory(base::Instant now) {
  View& view = memory_.view;
  view.used = gauge_.resident().value_or(0);
  if (memory_reserve::spent()) {
    ++view.refusals;
    memory_.pressure.on_refusal(now);
    (void)memory_reserve::renew();
  }
  memory_.pressure.on_reading(view.used, view.limit, now);
  view.remedy = base::concat(
      "raise process.max_memory, or MemoryMax= or MemoryHigh= of the service, or lower "
      "process.max_buffers (",
      model_.process.max_buffers, ") or max_connections (", model_.process.max_connections, ")");
  settle(memory_, now);
}

void Shortage::settle(Watched& what, base::Instant now) {
  const lb::Shed before = std::exchange(what.view.stage, what.pressure.stage());
  const bool is_short = what.view.stage != lb::Shed::kNothing;
  if (!is_short) {
    what.view.since.reset();
    what.view.remedy.clear();
  } else if (before == lb::Shed::kNothing) {
    what.view.since = event::wall_now();
  }
  if (is_short != what.announced) announce(what, now);
}

/// At most once a minute, and its end only where its beginning was told.
void Shortage::announce(Watched& what, base::Instant now) {
  const View& view = what.view;
  const std::string& node = model_.node().name;
  const std::string use = view.limit == 0
                              ? std::string("the kernel refuses more")
                              : base::concat(view.used, " of ", view.limit, " are in use");
  if (what.announced) {
    what.announced = false;
    const std::string text = base::concat("all is served again; ", use);
    log_.info(what.ends, node, text);
    note(journal_, loop_, what.ends, node, "enough", text);
    return;
  }
  if (!what.told.pass(now)) return;
  what.announced = true;
  const std::string text = base::concat(use, ": ", consequence_of(view.stage), "; ", view.remedy);
  log_.warning(what.begins, node, text);
  note(journal_, loop_, what.begins, node, "short", text);
}

}  // namespace hapair::worker
