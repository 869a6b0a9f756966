// The statistics page: `stats uri`, `stats auth` and what goes with it.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::string_view kStandardUri = "/haproxy?stats";

struct Page {
  std::string uri{kStandardUri};
  std::string realm = "HAProxy Statistics";
  std::vector<const Line*> users{};
  const Line* admin = nullptr;  ///< who may give orders
  const Line* first = nullptr;  ///< any of its lines; nullptr: there is no page
  bool closed = false;          ///< who may see it can't be said, so nobody does
};

/// What the lines of one side say of the page. A user of the section itself stands beside those of
/// its defaults.
Page read_page(Translation& all, const Proxy& proxy) {
  Page page;
  for (const Line* line : proxy.lines) {
    if (line->keyword() != "stats" || line->prefix != Prefix::kNone) continue;
    const std::string_view word = line->word(1);
    page.first = line;
    if (word == "http-request") {
      page.closed = true;
      all.report.undecided(line->at,
                           "who may see the page is not in the result: it is refused to all",
                           "write `match` and `basic_auth` in place of the rule for the page's "
                           "path that has `deny`");
      continue;
    }
    if (word == "uri") {
      page.uri = std::string(line->word(2));
    } else if (word == "realm") {
      page.realm = joined(*line, 2);
    } else if (word == "auth") {
      page.users.push_back(line);
    } else if (word == "refresh") {
      all.report.changed(line->at, "the page renews itself");
      continue;
    } else if (word == "admin") {
      page.admin = line;
      continue;
    } else if (word != "enable") {
      continue;
    }
    all.report.kept(line->at);
  }
  return page;
}

std::string add_page_users(Translation& all, const Page& page, const std::string& frontend) {
  std::string lines;
  std::string plain;
  for (const Line* line : page.users) plain += joined(*line, 2) + "\n";
  if (const auto found = all.page_users.find(plain); found != all.page_users.end()) {
    return found->second;
  }
  const std::string name = config_name(concat("stats-", frontend));
  for (const Line* line : page.users) {
    const std::string_view both = line->word(2);
    const std::size_t colon = both.find(':');
    const std::string user(both.substr(0, colon));
    const std::string password(colon == std::string_view::npos ? "" : both.substr(colon + 1));
    const auto hash = hash_password(all, name, user, password);
    if (!hash || user.empty() || password.empty()) {
      all.report.undecided(
          line->at, "a user of the page has no name, no password, or one that can't be hashed",
          "write `stats auth NAME:PASSWORD`");
      continue;
    }
    lines += concat(user, ":", *hash, "\n");
    all.report.changed(line->at, "the password is hashed, in a file that only root can read");
  }
  if (lines.empty()) return {};
  add_users(all, name, lines);
  all.page_users.emplace(plain, name);
  return name;
}

/// `stats admin if TRUE`; other conditions would let some users give orders and others not.
bool takes_orders(const Page& page) {
  return page.admin != nullptr && page.admin->word(2) == "if" && page.admin->word(3) == "TRUE" &&
         page.admin->word(4).empty();
}

/// What becomes of `stats admin`. `users`: the page is for users.
void write_orders(Translation& all, const Page& page, bool users) {
  if (page.admin == nullptr) return;
  if (users && takes_orders(page)) return all.report.kept(page.admin->at);
  all.report.changed(page.admin->at,
                     users ? "the page takes no orders: that is for all of its users or for none"
                           : "the page takes no orders, since it asks nobody who he is");
}

void write_page(Translation& all, const Proxy& frontend, Page page) {
  JsonTree& tree = all.frontend(frontend);
  if (tree.contains("stats")) {
    return all.report.not_supported(page.first->at,
                                    "a frontend has one page: it shows all backends");
  }
  const bool traffic =
      tree.contains("default_backend") || frontend.setting({"use_backend"}) != nullptr;
  std::string path = page.uri.substr(0, page.uri.find('?'));
  if (!path.starts_with('/')) path.insert(0, "/");
  if (path == "/" && traffic) {
    // It would be in the place of what servers have there, and where it is refused to all so would
    // everything be, since `/` begins all paths.
    all.report.changed(page.first->at, "the page is at /haproxy?stats");
    page.uri = std::string(kStandardUri);
    path = "/haproxy";
  }
  const std::string uri = page.uri.starts_with('/') ? page.uri : "/" + page.uri;
  const std::string users =
      page.users.empty() ? std::string() : add_page_users(all, page, frontend.frontend);
  const bool for_users = !page.closed && !users.empty();
  write_orders(all, page, for_users);
  if (for_users) {
    tree["stats"]["uri"] = uri;
    tree["stats"]["users"] = users;
    tree["stats"]["realm"] = page.realm;
    if (takes_orders(page)) tree["stats"]["admin"] = true;
    return;
  }
  tree["stats"] = uri;
  if (page.users.empty() && !page.closed) return;
  JsonTree rule;
  rule["match"]["path_prefix"] = JsonTree::list();
  rule["match"]["path_prefix"].add(path);
  rule["deny"] = JsonTree();
  if (!tree.contains("rules")) tree["rules"] = JsonTree::list();
  tree["rules"].add(std::move(rule));
}

/// Backends that the frontend names, be they there for their page alone.
std::vector<const Proxy*> sides_of(const Translation& all, const Proxy& proxy) {
  std::vector<const Proxy*> out = backends_of(all, proxy);
  std::erase(out, &proxy);
  for (const Line* line : proxy.lines) {
    if (line->keyword() != "default_backend" && line->keyword() != "use_backend") continue;
    const Proxy* const target = all.model.backend(line->word(1));
    if (target == nullptr || !target->is_page()) continue;
    if (std::ranges::find(out, target) == out.end()) out.push_back(target);
  }
  return out;
}

}  // namespace

void translate_stats(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty() || proxy.mode != Mode::kHttp) return;
  Page page = read_page(all, proxy);
  if (page.first != nullptr) write_page(all, proxy, std::move(page));
  for (const Proxy* backend : sides_of(all, proxy)) {
    Page other = read_page(all, *backend);
    if (other.first == nullptr || all.frontend(proxy).contains("stats")) continue;
    all.report.changed(other.first->at,
                       concat("the page belongs to the frontend ", proxy.frontend));
    write_page(all, proxy, std::move(other));
  }
}

}  // namespace hapair::importing::haproxy
