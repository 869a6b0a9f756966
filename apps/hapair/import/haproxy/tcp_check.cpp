#include <string>
#include <utility>

#include "apps/hapair/import/haproxy/check_rules.hpp"
#include "common/base/text.hpp"

namespace hapair::importing::haproxy {
namespace {

using base::concat;

constexpr std::size_t kMaxSteps = 32;

class TcpCheckWriter {
 public:
  TcpCheckWriter(Translation& all, JsonTree& check) : all_(all), check_(check) {}

  void take(const Line& line) {
    const std::string_view word = line.word(1);
    if (word == "connect") {
      if (over_ || connected_ || !steps_.empty()) {
        over_ = true;
        return all_.report.not_supported(
            line.at,
            "a check has one connection: what comes behind it here is left out; check the "
            "other port in a backend of its own, and let servers `track` it");
      }
      connected_ = true;
      connect_words(all_, line, check_);
    } else if (word == "comment") {
      comment_ = joined(line, 2);
      all_.report.kept(line.at);
    } else if (over_) {
      all_.report.not_supported(line.at, "it belongs to the second connection of a check");
    } else {
      take_step(line, word);
    }
  }

  void finish() {
    if (!steps_.empty()) check_["steps"] = std::move(steps_);
  }

 private:
  void take_step(const Line& line, std::string_view word) {
    JsonTree step;
    std::string comment = std::exchange(comment_, {});
    if (word == "send" || word == "send-binary" || word == "send-lf") {
      if (word == "send-lf" && line.word(2).find('%') != std::string_view::npos) {
        return all_.report.not_supported(line.at,
                                         "a check says the same each time: write the text");
      }
      step[word == "send-binary" ? "send_hex" : "send"] = line.word(2);
      if (line.word(3) == "comment") comment = std::string(line.word(4));
    } else if (word == "expect") {
      Expectation expected;
      const std::size_t at = expect_words(line, expected);
      const std::string_view key = expected.what == "string"    ? "expect"
                                   : expected.what == "rstring" ? "expect_regex"
                                   : expected.what == "binary"  ? "expect_hex"
                                                                : "";
      if (key.empty()) {
        return all_.report.not_supported(line.at,
                                         concat("`expect ", base::printable(expected.what, 40),
                                                "`: write the bytes, or an expression for text"));
      }
      step[key] = line.word(at);
      if (expected.negated) step["not"] = true;
      if (!expected.comment.empty()) comment = expected.comment;
    } else {
      return;  // the table of keywords judges it
    }
    if (!comment.empty()) step["comment"] = comment;
    if (steps_.items().size() == kMaxSteps) {
      return all_.report.not_supported(line.at,
                                       concat("a check has at most ", kMaxSteps, " steps"));
    }
    all_.report.kept(line.at);
    steps_.add(std::move(step));
  }

  Translation& all_;
  JsonTree& check_;
  JsonTree steps_ = JsonTree::list();
  std::string comment_;
  bool connected_ = false;
  bool over_ = false;
};

}  // namespace

void write_tcp_check(Translation& all, const Proxy& proxy, JsonTree& check) {
  TcpCheckWriter writer(all, check);
  for (const Line* line : check_rules(proxy, "tcp-check")) writer.take(*line);
  writer.finish();
}

}  // namespace hapair::importing::haproxy
