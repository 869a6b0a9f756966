#include "apps/hapair/web/page_tables.hpp"

#include <initializer_list>
#include <utility>

#include "apps/hapair/web/html_text.hpp"
#include "apps/hapair/web/pair_json.hpp"
#include "apps/hapair/web/server_words.hpp"
#include "common/base/text.hpp"
#include "liblb/core/backend.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::web {
namespace {

using base::concat;

/// The first cell heads the row.
void put_row(std::string& out, std::initializer_list<std::string> cells) {
  out += "<tr>";
  bool first = true;
  for (const std::string& cell : cells) {
    out += first ? "<th scope=\"row\">" : "<td>";
    append_html(out, cell);
    out += first ? "</th>" : "</td>";
    first = false;
  }
  out += "</tr>\n";
}

void begin_table(std::string& out, std::string_view caption,
                 std::initializer_list<std::string_view> columns) {
  out += concat("<div class=\"scroll\"><table><caption>", caption, "</caption><thead><tr>");
  for (const std::string_view column : columns) {
    out += concat("<th scope=\"col\">", column, "</th>");
  }
  out += "</tr></thead><tbody>\n";
}

constexpr std::string_view kTableEnd = "</tbody></table></div>\n";

void put_vips(std::string& out, const control::Status& pair) {
  if (pair.vips.empty()) return;
  begin_table(out, "Virtual addresses", {"VIP", "Addresses", "Held by", "This node", "Why"});
  for (const control::VipStatus& vip : pair.vips) {
    const Holder holder = holder_of(pair, vip);
    const std::string who = !holder.node.empty()      ? holder.node
                            : !holder.address.empty() ? holder.address
                                                      : std::string("nobody known");
    put_row(out, {vip.name, base::join(vip.addresses, ", "), who, vip.role, vip.reason});
  }
  out += kTableEnd;
}

void put_nodes(std::string& out, const control::Status& pair) {
  if (pair.nodes.empty()) return;
  begin_table(out, "Other nodes", {"Node", "Address", "State", "Could take over"});
  for (const control::NodeStatus& node : pair.nodes) {
    std::vector<std::string> could;
    for (const control::NodeVipStatus& vip : node.vips) {
      if (vip.would_take_over) could.push_back(vip.name);
    }
    put_row(out, {node.name, node.address, node.present ? "present" : "silent",
                  could.empty() ? std::string("nothing") : base::join(could, ", ")});
  }
  out += kTableEnd;
}

/// Of the last whole sample.
std::uint64_t figure(const ProxyTrack& track, std::uint64_t number, ProxyFigure which) {
  if (!track.seconds.has(number)) return 0;
  return large(track.seconds.at(number).at(static_cast<std::size_t>(which)));
}

std::string milliseconds(std::uint64_t microseconds) {
  std::string text;
  base::append_fixed(text, static_cast<double>(microseconds) / 1000, 1);
  return text + " ms";
}

}  // namespace

PageTables::PageTables(const History& history, const TrafficView& traffic,
                       const control::Status& pair)
    : history_(history), traffic_(traffic) {
  head_ = "<h1>";
  append_html(head_, pair.node);
  head_ += " <small>";
  append_html(head_, pair.cluster);
  head_ += "</small></h1>\n<p>Without JavaScript this page shows one moment; load it again for ";
  head_ += "the next.</p>\n";
  put_vips(head_, pair);
  put_nodes(head_, pair);
  begin_table(head_, "Frontends",
              {"Frontend", "State", "Sessions", "Requests/s", "Errors/s", "p50", "p99"});
}

std::string PageTables::next() {
  std::string out;
  while (stage_ != Stage::kDone && out.size() < kPiece) write_next(out);
  return out;
}

void PageTables::write_next(std::string& out) {
  switch (stage_) {
    case Stage::kHead:
      out = std::exchange(head_, {});
      stage_ = Stage::kFrontends;
      return;
    case Stage::kFrontends:
      if (place_ < history_.frontends().size()) return put_frontend(out), void(++place_);
      out += kTableEnd;
      begin_table(out, "Backends and servers",
                  {"Server", "State", "Address", "Sessions", "Requests/s", "Reason"});
      place_ = 0;
      stage_ = Stage::kServers;
      return;
    case Stage::kServers:
      if (place_ == history_.backends().size()) {
        out += kTableEnd;
        stage_ = Stage::kDone;
      } else if (server_ < history_.backends()[place_].servers.size()) {
        put_server(out);
        ++server_;
      } else {
        put_backend(out);
        ++place_;
        server_ = 0;
      }
      return;
    case Stage::kDone:
      return;
  }
}

void PageTables::put_frontend(std::string& out) const {
  const lb::FrontendView view = traffic_.frontend(place_);
  const ProxyTrack& track = history_.frontends()[place_];
  const std::uint64_t number = history_.last();
  put_row(out, {view.settings.name, view.open ? "open" : "closed",
                concat(view.counters.sessions.current()),
                concat(figure(track, number, ProxyFigure::kRequests)),
                concat(figure(track, number, ProxyFigure::kErrors)),
                milliseconds(figure(track, number, ProxyFigure::kP50)),
                milliseconds(figure(track, number, ProxyFigure::kP99))});
}

void PageTables::put_backend(std::string& out) const {
  const lb::Backend& backend = traffic_.backend(place_);
  const ProxyTrack& track = history_.backends()[place_].proxy;
  put_row(out, {concat(backend.name(), " (all)"), backend.usable_servers() > 0 ? "up" : "down",
                backend.settings().balance.text, concat(backend.counters.sessions.current()),
                concat(figure(track, history_.last(), ProxyFigure::kRequests)),
                concat(backend.usable_servers(), " usable")});
}

void PageTables::put_server(std::string& out) const {
  const lb::Backend& backend = traffic_.backend(place_);
  const ServerTrack& track = history_.backends()[place_].servers[server_];
  if (track.name.empty() || server_ >= backend.size()) return;
  const lb::Server& server = backend.server(server_);
  const ServerWords words = words_of(server);
  const base::Endpoint& endpoint = server.settings().endpoint;
  std::uint64_t requests = 0;
  if (track.seconds.has(history_.last())) {
    requests = large(track.seconds.at(history_.last()).front());
  }
  put_row(
      out,
      {concat(backend.name(), "/", server.name()), concat(symbol_of(words.kind), " ", words.state),
       endpoint.port == 0 ? std::string() : endpoint.to_string(),
       concat(server.counters.sessions.current()), concat(requests), std::string(words.reason)});
}

}  // namespace hapair::web
