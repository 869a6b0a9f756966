// The statistics page: `stats uri`, `stats auth` and what goes with it.
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
  const Line* first = nullptr;  ///< any of its lines; nullptr: there is no page
};

/// What the lines of one side say of the page. A user of the section itself stands beside those of
/// its defaults.
Page read_page(Translation& all, const Proxy& proxy) {
  Page page;
  for (const Line* line : proxy.lines) {
    if (line->keyword() != "stats" || line->prefix != Prefix::kNone) continue;
    const std::string_view word = line->word(1);
    if (word == "http-request") continue;
    page.first = line;
    if (word == "uri") {
      page.uri = std::string(line->word(2));
    } else if (word == "realm") {
      page.realm = joined(*line, 2);
    } else if (word == "auth") {
      page.users.push_back(line);
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
    if (!hash || user.empty()) {
      all.report.undecided(line->at,
                           "a user of the page has no name, or a password that can't be "
                           "hashed",
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
    // The password would be asked for everywhere, since `/` begins all paths.
    all.report.changed(page.first->at, "the page is at /haproxy?stats");
    page.uri = std::string(kStandardUri);
    path = "/haproxy";
  }
  tree["stats"] = page.uri.starts_with('/') ? page.uri : "/" + page.uri;
  if (page.users.empty()) return;
  const std::string users = add_page_users(all, page, frontend.frontend);
  if (users.empty()) return;
  JsonTree rule;
  rule["match"]["path_prefix"] = JsonTree::list();
  rule["match"]["path_prefix"].add(path);
  rule["basic_auth"]["users"] = users;
  rule["basic_auth"]["realm"] = page.realm;
  if (!tree.contains("rules")) tree["rules"] = JsonTree::list();
  tree["rules"].add(std::move(rule));
}

}  // namespace

void translate_stats(Translation& all, const Proxy& proxy) {
  if (proxy.frontend.empty() || proxy.mode != Mode::kHttp) return;
  Page page = read_page(all, proxy);
  if (page.first != nullptr) write_page(all, proxy, std::move(page));
  for (const Proxy* backend : backends_of(all, proxy)) {
    if (backend == &proxy) continue;
    Page other = read_page(all, *backend);
    if (other.first == nullptr || all.frontend(proxy).contains("stats")) continue;
    all.report.changed(other.first->at,
                       concat("the page belongs to the frontend ", proxy.frontend));
    write_page(all, proxy, std::move(other));
  }
}

}  // namespace hapair::importing::haproxy
