// Error pages. HAProxy's files hold whole answers; hapair's their bodies alone.
#include <algorithm>
#include <array>
#include <string>

#include "apps/hapair/import/haproxy/translation.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxPageBytes = 64 * 1024;
constexpr std::array<std::string_view, 17> kStatuses = {"400", "401", "403", "404", "405", "408",
                                                        "410", "413", "414", "429", "431", "500",
                                                        "501", "502", "503", "504", "505"};

/// ".html" and the like, by what a head says of its body.
std::string_view ending_of(std::string_view type) {
  if (type.find("json") != std::string_view::npos) return ".json";
  if (type.find("xml") != std::string_view::npos && !type.starts_with("text/html")) return ".xml";
  if (type.starts_with("text/plain")) return ".txt";
  return ".html";
}

struct Body {
  std::string text;
  std::string_view ending = ".html";
  ErrorPage head{};  ///< what its head says
};

bool is_written_here(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "cache-control", "connection", "content-length", "content-type",
      "date",          "pragma",     "server",         "transfer-encoding"};
  return std::ranges::find(kNames, base::ascii_lowered(name)) != kNames.end();
}

/// Takes the head of an answer off; what begins otherwise is a body as it stands.
Body body_of(const std::string& file) {
  Body out{.text = file};
  if (!file.starts_with("HTTP/")) return out;
  std::string_view rest = file;
  std::string_view first = base::take_part(rest, '\n');
  (void)base::take_part(first, ' ');
  out.head.status = first.substr(0, 3);
  while (!rest.empty()) {
    std::string_view line = base::take_part(rest, '\n');
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    const std::string_view name = base::take_part(line, ':');
    if (base::equals_ignoring_case(name, "content-type")) {
      out.ending = ending_of(base::ascii_lowered(base::trim(line)));
    } else if (!is_written_here(name)) {
      out.head.fields.emplace_back(name);
    }
  }
  out.text = std::string(rest);
  return out;
}

class PageWriter {
 public:
  explicit PageWriter(Translation& all) : all_(all) {}

  void take(const Line& line) {
    if (line.keyword() == "errorfile") {
      all_.report.kept(line.at);
      add_file(line, line.word(1), std::string(line.word(2)));
    } else if (line.keyword() == "errorfiles") {
      add_section(line);
    } else if (line.keyword() == "http-error") {
      take_http_error(line);
    }
  }

  [[nodiscard]] JsonTree& pages() { return pages_; }

 private:
  bool is_status(const Line& line, std::string_view status) {
    if (std::ranges::find(kStatuses, status) != kStatuses.end()) return true;
    all_.report.changed(line.at, concat("hapair has no page for ", base::printable(status, 20),
                                        ": it never answers that by itself"));
    return false;
  }

  void add_file(const Line& line, std::string_view status, const std::string& path) {
    if (!is_status(line, status)) return;
    if (path == "/dev/null") {
      return all_.report.changed(line.at, "hapair's own page: a client always gets an answer");
    }
    auto found = all_.pages.find(path);
    if (found == all_.pages.end()) {
      found = all_.pages.emplace(path, read_page(path, status)).first;
    }
    const ErrorPage& page = found->second;
    if (!page.is_read) return say_unread(line, path);
    say_head(line, status, page);
    if (page.file.empty()) {
      return all_.report.changed(line.at, "there is no body in it: hapair's own page");
    }
    pages_[status] = page.file;
    all_.report.changed(line.at, concat("its body is the page, in ", page.file));
  }

  ErrorPage read_page(const std::string& path, std::string_view status) {
    const auto text = all_.model.context.files.read(path, kMaxPageBytes);
    if (!text) return {};
    Body body = body_of(*text);
    ErrorPage out = std::move(body.head);
    out.is_read = true;
    if (!body.text.empty()) out.file = add_page(path, status, body);
    return out;
  }

  /// HAProxy sends the file as it is, whatever error it stands for.
  void say_head(const Line& line, std::string_view status, const ErrorPage& page) {
    if (!page.status.empty() && page.status != status) {
      all_.report.not_supported(
          line.at, concat("the file answers with ", base::printable(page.status),
                          ", and a page of ", status, " goes with ", status,
                          ": where clients must see another status, write a rule with `answer` or "
                          "`redirect`"));
    }
    if (!page.fields.empty()) {
      all_.report.changed(line.at, concat("a page has no fields of its own: without ",
                                          base::printable(base::join(page.fields, ", "))));
    }
  }

  void say_unread(const Line& line, const std::string& path) {
    all_.report.changed(line.at, concat(path,
                                        " is not here to be read: hapair's own page, until "
                                        "`error_pages` names a file with the body alone"));
  }

  /// A page of our own: `NAME.html` for a file `NAME.http`.
  std::string add_page(std::string_view path, std::string_view status, const Body& body) {
    std::string_view name = path.substr(path.rfind('/') + 1);
    name = name.substr(0, name.rfind('.'));
    std::string stem = name.empty() ? std::string(status) : config_name(name);
    auto& files = all_.model.context.draft.secrets;
    std::string out;
    for (std::size_t i = 1; out.empty(); ++i) {
      const std::string wanted = concat(all_.model.context.options.secrets, "/error-", stem,
                                        i == 1 ? std::string() : concat("-", i), body.ending);
      if (std::ranges::find(files, wanted, &SecretFile::path) == files.end()) out = wanted;
    }
    files.push_back({.path = out, .text = body.text});
    return out;
  }

  /// "errorfiles NAME 500 503"; without statuses all of the section.
  void add_section(const Line& line) {
    const Section* const section = all_.model.file.find(Kind::kHttpErrors, line.word(1));
    if (section == nullptr) {
      return all_.report.wrong(
          line.place(1),
          concat("there is no http-errors section \"", base::printable(line.word(1), 60), "\""),
          "hapair's own pages");
    }
    all_.report.kept(line.at);
    for (const Line& each : section->lines) {
      if (each.keyword() != "errorfile") continue;
      const auto wanted = [&](const Word& word) { return word == each.word(1); };
      const bool all = line.words.size() == 2;
      if (all || std::any_of(line.words.begin() + 2, line.words.end(), wanted)) take(each);
    }
  }

  /// "http-error status 503 content-type text/html file /path".
  void take_http_error(const Line& line) {
    std::string_view status;
    std::string_view type;
    for (std::size_t at = 1; at < line.words.size(); ++at) {
      const std::string_view word = line.word(at);
      const std::string_view value = line.word(at + 1);
      if (word == "status") {
        status = value;
      } else if (word == "content-type") {
        type = value;
      } else if (word == "file" || word == "errorfile" || word == "lf-file") {
        add_file(line, status, std::string(value));
      } else if (word == "string" || word == "lf-string") {
        if (!is_status(line, status)) return;
        pages_[status] = add_page(concat("string-", status, "."), status,
                                  {.text = std::string(value), .ending = ending_of(type)});
        all_.report.changed(line.at, concat("the page is in ", *pages_[status].text()));
      } else if (word == "default-errorfiles") {
        all_.report.kept(line.at);
        continue;
      }
      ++at;
    }
  }

  Translation& all_;
  JsonTree pages_;
};

JsonTree pages_of(Translation& all, const Proxy& proxy) {
  PageWriter writer(all);
  for (const Line* line : proxy.lines) writer.take(*line);
  auto& members = writer.pages().members();
  std::ranges::sort(members, {}, &JsonTree::Member::key);
  return std::move(writer.pages());
}

}  // namespace

void translate_frontend_pages(Translation& all, const Proxy& proxy) {
  if (proxy.mode != Mode::kHttp || proxy.frontend.empty()) return;
  if (JsonTree pages = pages_of(all, proxy); !pages.empty()) {
    all.frontend(proxy)["error_pages"] = std::move(pages);
  }
}

void translate_backend_pages(Translation& all, const Proxy& proxy) {
  if (proxy.mode != Mode::kHttp || !proxy.frontend.empty() || proxy.backend.empty()) return;
  JsonTree pages = pages_of(all, proxy);
  if (pages.empty()) return;
  // Where all frontends have the same pages anyway, a backend needs none of its own.
  const std::string text = pages.to_text();
  bool same = true;
  bool any = false;
  for (const Proxy& each : all.model.proxies) {
    if (each.frontend.empty() || each.mode != Mode::kHttp) continue;
    const JsonTree* const theirs = all.frontend(each).find("error_pages");
    any = true;
    same = same && theirs != nullptr && theirs->to_text() == text;
  }
  if (!same || !any) all.backend(proxy)["error_pages"] = std::move(pages);
}

}  // namespace hapair::importing::haproxy
