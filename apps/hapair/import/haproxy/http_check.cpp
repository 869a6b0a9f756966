// HTTP checks: `option httpchk` in both of its forms, and `http-check` with its steps.
#include <algorithm>
#include <array>
#include <string>

#include "apps/hapair/import/haproxy/check_rules.hpp"
#include "apps/hapair/import/haproxy/status_ranges.hpp"
#include "common/base/text.hpp"
#include "common/text/regex.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "OPTIONS", "POST", "PUT"};
constexpr std::size_t kMaxFields = 16;

class HttpCheckWriter {
 public:
  HttpCheckWriter(Translation& all, JsonTree& check) : all_(all), check_(check) {
    check_["method"] = "OPTIONS";  // both paths of HAProxy's without a word
  }

  /// "option httpchk", "... URI", "... METHOD URI", "... METHOD URI VERSION".
  void take_option(const Line& line) {
    const std::size_t words = line.words.size();
    if (words == 3) return set_path(line, line.word(2));
    if (words < 4) return;
    set_method(line, 2);
    set_path(line, line.word(3));
    if (words > 4) take_version(line, joined(line, 4));
  }

  void take(const Line& line) {
    const std::string_view word = line.word(1);
    if (word == "send") {
      if (sent_) return not_again(line, "request");
      sent_ = true;
      take_send(line);
    } else if (word == "expect") {
      take_expect(line);
    } else if (word == "connect") {
      if (connected_ || sent_) return not_again(line, "connection");
      connected_ = true;
      connect_words(all_, line, check_);
    }
  }

  void finish() {
    leave_body_out();
    if (const JsonTree* const method = check_.find("method"); *method->text() == "GET") {
      check_.remove("method");
    }
    if (const JsonTree* const path = check_.find("path"); path != nullptr && *path->text() == "/") {
      check_.remove("path");
    }
    if (!fields_.empty()) check_["headers"] = std::move(fields_);
    if (!expected_fields_.empty()) check_["expect_headers"] = std::move(expected_fields_);
  }

 private:
  void leave_body_out() {
    const std::string& method = *check_.find("method")->text();
    if (!check_.contains("body") || method == "POST" || method == "PUT") return;
    check_.remove("body");
    all_.report.not_supported(
        body_at_, concat("a check by ", method, " has no body, which is left out: use meth POST"));
  }

  void not_again(const Line& line, std::string_view what) {
    all_.report.not_supported(
        line.at, concat("a check has one ", what, ": let the server answer for all in one path"));
  }

  void set_method(const Line& line, std::size_t at) {
    const std::string_view method = line.word(at);
    if (std::ranges::find(kMethods, method) == kMethods.end()) {
      return all_.report.changed(line.place(at), concat("the check asks by OPTIONS, not by ",
                                                        base::printable(method, 20)));
    }
    check_["method"] = method;
  }

  void set_path(const Line& line, std::string_view path) {
    if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
      const std::size_t slash = path.find('/', scheme + 3);
      path = slash == std::string_view::npos ? "/" : path.substr(slash);
    }
    if (path.starts_with('/')) {
      check_["path"] = path;
      return;
    }
    const std::string made = path == "*" ? "/" : concat("/", path);
    all_.report.changed(line.at, concat("a check asks for a path: ", base::printable(made, 60),
                                        ", not ", base::printable(path, 60)));
    check_["path"] = made;
  }

  /// Before 2.2 fields stood behind the version: "HTTP/1.1\r\nHost:\ www".
  void take_version(const Line& line, std::string_view text) {
    (void)base::take_part(text, '\n');
    while (!text.empty()) {
      std::string_view field = base::take_part(text, '\n');
      while (field.ends_with('\r')) field.remove_suffix(1);
      const std::string_view name = base::take_part(field, ':');
      if (!name.empty()) add_field(line, name, base::trim(field));
    }
  }

  void add_field(const Line& line, std::string_view name, std::string_view value) {
    if (value.find("%[") != std::string_view::npos) {
      return all_.report.not_supported(
          line.at, concat("the field ", name, " depends on the server: write its text"));
    }
    if (base::equals_ignoring_case(name, "Host")) {
      check_["host"] = value;
      return;
    }
    for (const std::string_view framing :
         {"Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive", "Upgrade", "TE"}) {
      if (base::equals_ignoring_case(name, framing)) {
        return all_.report.changed(line.at, concat("the check writes the field ", name, " itself"));
      }
    }
    if (fields_.items().size() < kMaxFields) fields_.add(concat(name, ": ", value));
  }

  void take_send(const Line& line) {
    all_.report.kept(line.at);
    for (std::size_t at = 2; at < line.words.size(); ++at) {
      const std::string_view word = line.word(at);
      if (word == "meth") {
        set_method(line, ++at);
      } else if (word == "uri") {
        set_path(line, line.word(++at));
      } else if (word == "ver" || word == "comment") {
        ++at;
      } else if (word == "hdr") {
        add_field(line, line.word(at + 1), line.word(at + 2));
        if (base::equals_ignoring_case(line.word(at + 1), "Authorization")) {
          all_.report.changed(line.place(at + 1),
                              "the secret stands in the result: see that only root can read it");
        }
        at += 2;
      } else if (word == "body") {
        body_at_ = line.place(at);
        check_["body"] = line.word(++at);
      } else {
        all_.report.not_supported(line.place(at),
                                  concat("`", base::printable(word, 40),
                                         "`: a check says the same each time: write the text"));
        ++at;
      }
    }
  }

  void take_expect(const Line& line) {
    Expectation expected;
    const std::size_t at = expect_words(line, expected);
    const std::string_view pattern = line.word(at);
    all_.report.kept(line.at);
    if (expected.what == "status") {
      expect_status(line, pattern, expected.negated);
    } else if (expected.what == "rstatus") {
      expect_status_regex(line, pattern, expected.negated);
    } else if (expected.what == "string" || expected.what == "rstring") {
      if (check_.contains("expect_body")) return not_again(line, "expectation of the body");
      JsonTree& body = check_["expect_body"];
      body[expected.what == "string" ? "contains" : "regex"] = pattern;
      if (expected.negated) body["not"] = true;
      // What the status may be is said by nothing then.
      if (!check_.contains("expect_status")) check_["expect_status"] = "100-599";
    } else if (expected.what == "hdr" || expected.what == "fhdr") {
      expect_field(line, at, expected.negated);
    } else {
      all_.report.not_supported(line.at, "a check expects a status, a field or a text");
    }
  }

  void expect_status(const Line& line, std::string_view list, bool negated) {
    std::string text(list);
    if (negated || text.empty() || !status_in(list, 200)) {
      if (!status_in(list, 200)) {
        return all_.report.wrong(
            line.at, concat("\"", base::printable(list, 40), "\" is no list of statuses"),
            "200 to 399 are good");
      }
      text = status_ranges([&](int status) { return !status_in(list, status).value_or(false); });
    }
    check_["expect_status"] = text;
  }

  void expect_status_regex(const Line& line, std::string_view pattern, bool negated) {
    const auto regex = text::Regex::compile(pattern);
    if (!regex) {
      return all_.report.wrong(line.at,
                               concat("the expression is no good: ", regex.error().message),
                               "200 to 399 are good");
    }
    const std::string ranges = status_ranges(
        [&](int status) { return regex->find(concat(status)).has_value() != negated; });
    if (ranges.empty()) {
      return all_.report.wrong(line.at, "no status fits the expression", "200 to 399 are good");
    }
    check_["expect_status"] = ranges;
  }

  /// "hdr name Content-Type value -m beg text/": only `value` knows ways to compare here.
  void expect_field(const Line& line, std::size_t at, bool negated) {
    JsonTree field;
    std::string_view how = "str";
    for (; at + 1 < line.words.size(); at += 2) {
      const std::string_view word = line.word(at);
      if (word == "name") {
        field["name"] = line.word(at + 1);
      } else if (word == "-m") {
        how = line.word(at + 1);
      } else if (word == "value") {
        if (line.word(at + 1) == "-m") {
          how = line.word(at + 2);
          at += 2;
        }
        write_value(line, how, line.word(at + 1), field);
      }
    }
    if (!field.contains("name")) {
      return all_.report.not_supported(line.at, "an expected field has one name: write it out");
    }
    if (negated) field["not"] = true;
    if (expected_fields_.items().size() < kMaxFields) expected_fields_.add(std::move(field));
    if (!check_.contains("expect_status")) check_["expect_status"] = "100-599";
  }

  void write_value(const Line& line, std::string_view how, std::string_view value,
                   JsonTree& field) {
    if (how == "str") {
      field["value"] = value;
    } else if (how == "sub") {
      field["contains"] = value;
    } else if (how == "reg") {
      field["regex"] = value;
    } else if (how == "beg" || how == "end") {
      std::string escaped;
      for (const char c : value) {
        if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
      }
      field["regex"] = how == "beg" ? concat("^", escaped) : concat(escaped, "$");
    } else {
      all_.report.not_supported(line.at, concat("`-m ", how, "`: write an expression"));
    }
  }

  Translation& all_;
  JsonTree& check_;
  JsonTree fields_ = JsonTree::list();
  JsonTree expected_fields_ = JsonTree::list();
  Place body_at_{};  ///< the last word `body`
  bool sent_ = false;
  bool connected_ = false;
};

}  // namespace

void write_http_check(Translation& all, const Proxy& proxy, const Line& option, JsonTree& check) {
  HttpCheckWriter writer(all, check);
  writer.take_option(option);
  for (const Line* line : check_rules(proxy, "http-check")) writer.take(*line);
  writer.finish();
  arrange(check, {"type", "method", "path", "host", "headers", "body", "expect_status",
                  "expect_headers", "expect_body"});
}

}  // namespace hapair::importing::haproxy
