// Any bytes on the control socket, in any pieces: the session answers with well-formed responses
// only, the same ones however the bytes were cut, and gives no order that was not asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/control/metrics.hpp"
#include "apps/hapair/control/session.hpp"
#include "apps/hapair/control/stats_line.hpp"
#include "common/base/bytes.hpp"
#include "common/base/random.hpp"
#include "common/http/body_decoder.hpp"
#include "common/http/framing.hpp"
#include "common/http/head_parser.hpp"
#include "tests/fuzz/memory_stream.hpp"
#include "tests/fuzz/require.hpp"

namespace hapair::fuzz {

/// With a few events, so that there is something to follow.
inline base::Journal some_journal() {
  base::Journal journal;
  for (int i = 0; i < 3; ++i) {
    journal.add({.id = "maintenance", .subject = "VI_1", .from = {}, .to = "on", .cause = {}});
  }
  return journal;
}

/// One session, which ends when it is closed.
class FuzzSessions final : public lb::SessionBook {
 public:
  std::size_t count() const override { return stands_ ? 1 : 0; }
  bool knows(const lb::SessionFilter& filter) const override {
    return (filter.frontend.empty() || filter.frontend == "front") &&
           (filter.backend.empty() || filter.backend == "web");
  }
  std::size_t places() const override { return 300; }
  void find(std::size_t first, std::size_t number, const lb::SessionFilter& filter,
            std::vector<Mark>& found) const override {
    const bool passes = !filter.client || *filter.client == base::IpAddress::v4(0xc0000207);
    if (stands_ && passes && first <= kId.place && kId.place < first + number) {
      found.push_back({.id = kId, .since = {}});
    }
  }
  std::optional<lb::SessionView> view(lb::SessionId id) const override {
    if (!stands_ || id != kId) return std::nullopt;
    lb::SessionView view;
    view.id = id;
    view.frontend = "front";
    return view;
  }
  bool close(lb::SessionId id) override { return id == kId && std::exchange(stands_, false); }

 private:
  static constexpr lb::SessionId kId{.place = 200, .generation = 1};
  bool stands_ = true;
};

class ControlFuzzNode final : public control::StatusSource, public control::ControlActions {
 public:
  control::Status status() const override {
    control::Status status;
    for (const char* name : {"s1", "s2"}) {
      lb::StatsRow row;
      row.type = lb::StatsRowType::kServer;
      row.pxname = "web";
      row.svname = name;
      status.traffic.rows.push_back(std::move(row));
    }
    lb::StatsRow backend;
    backend.type = lb::StatsRowType::kBackend;
    backend.pxname = "web";
    backend.svname = "BACKEND";
    status.traffic.rows.push_back(std::move(backend));
    return status;
  }
  std::string errors() const override { return "{}"; }
  std::string latency() const override { return "{}"; }
  std::string http2() const override { return "{}"; }
  std::string tables() const override { return "{}"; }
  std::string drill() const override { return "{}"; }
  control::SessionsFacts sessions() const override {
    return {.book = book, .node = "lb1", .now = {}};
  }
  lb::SessionBook& sessions_to_close(std::string_view which, std::string_view) override {
    require(!which.empty(), "an order names the sessions");
    ++orders;
    return book;
  }
  std::string reload() const override { return "{}"; }
  std::string log() const override { return "{}"; }
  control::LogOutcome change_log(const control::LogOrder& order, std::string_view) override {
    using enum control::LogOutcome;
    require(order.level || order.enabled, "an order says something");
    ++orders;
    if (const auto* index = std::get_if<std::size_t>(&order.target)) {
      return *index == 0 ? kDone : kUnknownTarget;
    }
    return std::get<std::string>(order.target) == "stderr" ? kAmbiguous : kNoLevel;
  }
  std::string config(bool) const override { return "{}"; }
  base::Result<std::uint64_t> reload(std::string_view) override {
    ++orders;
    if (orders % 2 == 0) return base::fail("a reload is under way");
    return 1;
  }
  control::Readiness readiness() const override { return {}; }
  base::Result<std::uint64_t> check_config(std::string_view) override {
    ++orders;
    if (orders % 2 == 0) return base::fail("a check is under way");
    return 1;
  }
  std::expected<unsigned, control::ActionFault> set_server_weight(
      std::string_view backend, std::string_view server, const control::WeightOrder& weight,
      std::string_view) override {
    require(!backend.empty() && !server.empty(), "an order names its server");
    require(weight.number <= 25'600 && (weight.percent || weight.number <= 256),
            "weights are in their range");
    ++orders;
    if (backend != "web") return std::unexpected(no_server());
    return weight.number;
  }
  std::expected<void, control::ActionFault> add_server(std::string_view backend,
                                                       std::string_view server,
                                                       const control::NewServer& what,
                                                       std::string_view) override {
    require(!backend.empty() && !server.empty(), "an order names its server");
    require(what.address.port != 0 && what.weight.value_or(0) <= 256, "a server can be reached");
    ++orders;
    if (backend != "web") return std::unexpected(no_server());
    return {};
  }
  std::expected<void, control::ActionFault> remove_server(std::string_view backend,
                                                          std::string_view server,
                                                          std::string_view) override {
    require(!backend.empty() && !server.empty(), "an order names its server");
    ++orders;
    if (backend != "web") return std::unexpected(no_server());
    return {};
  }
  std::expected<void, control::ActionFault> announce(std::string_view vip,
                                                     std::string_view) override {
    require(!vip.empty(), "an order names its VIP");
    ++orders;
    if (vip != "VI_1") return std::unexpected(no_server());
    return {};
  }
  std::unique_ptr<control::PiecedDocument> metrics_document() const override {
    return std::make_unique<control::MetricsDocument>(control::MetricsFacts({}, {}, {}));
  }
  base::Result<void> set_server_state(std::string_view backend, std::string_view server,
                                      check::Order, std::string_view) override {
    require(!backend.empty() && !server.empty(), "an order names its server");
    ++orders;
    if (backend != "web") return base::fail("no such server");
    return {};
  }
  const base::Journal& journal() const override { return events; }
  base::Result<void> set_maintenance(std::string_view vip, bool, std::string_view) override {
    ++orders;
    if (!vip.empty() && vip != "VI_1") return base::fail("no such VIP");
    return {};
  }

  std::expected<void, lb::TableFault> clear_table(std::string_view table,
                                                  std::optional<std::string_view>,
                                                  std::string_view) override {
    require(!table.empty(), "an order names its table");
    ++orders;
    if (table == "clients") return {};
    return fault(table == "other" ? lb::TableFault::Kind::kNoTable
                                  : lb::TableFault::Kind::kNoClient);
  }
  control::StepDown step_down(std::string_view vip, bool, std::string_view) override {
    using Outcome = control::StepDown::Outcome;
    ++orders;
    if (vip.empty()) return {.vips = {"VI_1"}};
    if (vip == "VI_2") return {.outcome = Outcome::kNotMaster};
    return {.outcome = vip == "VI_1" ? Outcome::kNoPeer : Outcome::kUnknownVip, .vips = {"VI_1"}};
  }
  control::DrillStart drill(std::string_view vip, std::string_view) override {
    using Outcome = control::DrillStart::Outcome;
    ++orders;
    if (vip.empty()) return {.number = 1, .peer = "lb2", .vips = {"VI_1"}};
    if (vip == "VI_2") return {.outcome = Outcome::kNotMaster};
    return {.outcome = vip == "VI_1" ? Outcome::kRefused : Outcome::kUnknownVip, .reasons = {"no"}};
  }
  void upgrade(std::string_view) override { ++orders; }
  [[nodiscard]] control::UpgradeState upgrade_state() const override { return {}; }
  std::expected<void, lb::TableFault> set_client(std::string_view table, std::string_view,
                                                 const lb::ClientEntry& entry,
                                                 std::string_view) override {
    require(!table.empty(), "an order names its table");
    require(!entry.server.empty() || !entry.figures.empty(), "an entry says something");
    ++orders;
    if (table == "clients") return {};
    return fault(entry.server.empty() ? lb::TableFault::Kind::kBadEntry
                                      : lb::TableFault::Kind::kBadKey);
  }

  int orders = 0;
  FuzzSessions book;
  base::Journal events = some_journal();

 private:
  static control::ActionFault no_server() {
    return {.status = 404, .code = "unknown_server", .message = "no", .remedy = "none"};
  }
  static std::unexpected<lb::TableFault> fault(lb::TableFault::Kind kind) {
    return std::unexpected(lb::TableFault{.kind = kind, .message = "no", .remedy = "none"});
  }
};

struct SilentOwner final : control::SessionOwner {
  void on_session_end() noexcept override {}
};

/// How a client goes about it.
struct ControlClient {
  enum class End { kFinish, kSilence, kReadNothing };

  std::size_t max_piece = 1;  ///< bytes come in pieces of 1 to this many
  std::uint32_t uid = 0;
  End end = End::kFinish;
};

struct ControlRun {
  std::string output;
  int orders = 0;
  bool over = false;  ///< before the client ended it
};

inline ControlRun run_control_session(std::string_view bytes, const ControlClient& client,
                                      base::Random& random) {
  static const auto loop = event::EventLoop::create().value();
  ControlFuzzNode node;
  SilentOwner owner;
  MemoryStream stream;
  stream.set_blocked(client.end == ControlClient::End::kReadNothing);
  std::optional<control::WriteGroup> group;
  if (bytes.size() % 2 == 1) group = control::WriteGroup{.name = "hapair-admin", .gid = 990};
  const control::Router router(node, node, group);
  control::Session session(*loop, stream, router,
                           {.pid = 1, .uid = client.uid, .gid = 0, .groups = {}}, owner);
  stream.set_handler(&session.handler());
  while (!bytes.empty()) {
    const std::size_t piece =
        std::min(bytes.size(), std::size_t{1} + random.below(std::uint64_t{client.max_piece}));
    stream.feed(bytes.substr(0, piece));
    bytes.remove_prefix(piece);
    loop->run_once();
  }
  // One request a call of the loop: go on while answers come.
  for (std::size_t before = SIZE_MAX; before != stream.output().size();) {
    before = stream.output().size();
    loop->run_once();
  }
  session.on_news();  // there are none: who follows is told nothing
  loop->run_once();
  const ControlRun run{stream.output(), node.orders, session.over()};
  if (client.end == ControlClient::End::kFinish) {
    stream.finish();
    for (int turn = 0; turn < 3; ++turn) loop->run_once();
  } else {
    session.on_timeout();  // answers what was begun with 408
    session.on_timeout();  // which who reads nothing does not take
  }
  require(session.over(), "whatever the client does, its session ends");
  return run;
}

/// Promises to go on are only made to clients that wait for one: they depend on the cuts.
inline std::string without_promises(std::string text) {
  constexpr std::string_view kPromise = "HTTP/1.1 100 Continue\r\n\r\n";
  for (std::size_t at = 0; (at = text.find(kPromise)) != std::string::npos;) {
    text.erase(at, kPromise.size());
  }
  return text;
}

/// True when `text` is a series of whole responses. HEAD is not told apart here, so bodies are only
/// checked when they follow.
inline bool is_series_of_responses(std::string_view text) {
  while (!text.empty()) {
    http::ResponseParser parser;
    const auto head = std::make_unique<http::ResponseHead>();
    const http::ParseResult parsed = parser.parse(text, *head);
    if (!parsed.complete()) return false;
    text.remove_prefix(parsed.bytes);
    if (head->is_interim()) continue;
    if (text.starts_with("HTTP/1.1 ") || text.empty()) continue;  // the answer to a HEAD
    http::BodyDecoder decoder(http::response_body(*head, http::Method::kGet));
    while (!decoder.done() && !text.empty()) {
      const http::BodyDecoder::Step step = decoder.next(text);
      if (step.status == http::BodyDecoder::Step::Status::kFault) return false;
      text.remove_prefix(step.consumed);
    }
    // Events that are followed have no end.
    if (!decoder.finish()) return head->framing.chunked && text.empty();
  }
  return true;
}

inline void fuzz_control_request(std::span<const std::uint8_t> bytes) {
  using End = ControlClient::End;
  base::Random random(bytes.size() + 1);
  const std::string_view text = base::as_text(bytes);
  const std::size_t all = std::max<std::size_t>(text.size(), 1);
  const ControlRun whole = run_control_session(text, {.max_piece = all}, random);
  const ControlRun cut = run_control_session(text, {.max_piece = 7, .end = End::kSilence}, random);
  const bool line = control::speech_of(text) == control::Speech::kLine;
  require(line || is_series_of_responses(whole.output), "answers are well-formed");
  require(!line || whole.orders == 0, "a line of commands gives no orders");
  require(without_promises(whole.output) == without_promises(cut.output),
          "cuts do not change the answers");
  require(whole.orders == cut.orders, "cuts do not change what is done");
  require(whole.over == cut.over, "cuts do not change whether the session ends");

  const ControlRun stranger = run_control_session(text, {.max_piece = all, .uid = 1000}, random);
  require(stranger.orders == 0, "only root and the write group give orders");
  const ControlRun deaf =
      run_control_session(text, {.max_piece = all, .end = End::kReadNothing}, random);
  require(deaf.output.empty(), "nothing is written to who reads nothing");
}

}  // namespace hapair::fuzz
