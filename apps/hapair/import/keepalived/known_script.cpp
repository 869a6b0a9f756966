#include "apps/hapair/import/keepalived/known_script.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/text.hpp"

namespace hapair::importing::keepalived {
namespace {

using Tokens = std::vector<std::string_view>;

/// The words of a shell text; signs of the shell part them, comments are left out.
Tokens tokens_of(std::string_view text) {
  Tokens out;
  constexpr std::string_view kParting = " \t\r\n$()`'\"[]{};|&<>=";
  while (!text.empty()) {
    std::string_view line = base::take_part(text, '\n');
    if (base::trim(line).starts_with('#')) continue;
    while (!line.empty()) {
      const std::size_t end = std::min(line.find_first_of(kParting), line.size());
      if (end > 0) out.push_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
  }
  return out;
}

/// "/usr/bin/killall": "killall".
std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// A name of a process or service, without path and ".service"; empty: it is none.
std::string process_name(std::string_view word) {
  word = base_name(word);
  if (word.ends_with(".service")) word.remove_suffix(8);
  if (word.ends_with(".pid")) word.remove_suffix(4);
  const bool plain = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
  constexpr std::size_t kMost = 64;
  if (!plain || word.empty() || word.size() > kMost || word.front() == '-') return {};
  return std::string(word);
}

/// The first word behind `at` that is no option; empty: none.
std::string_view operand(const Tokens& tokens, std::size_t at) {
  for (std::size_t i = at + 1; i < tokens.size(); ++i) {
    if (!tokens[i].starts_with('-')) return tokens[i];
  }
  return {};
}

bool is_local(std::string_view word) {
  return word.contains("localhost") || word.contains("127.0.0.1") || word.contains("::1");
}

class Recognition {
 public:
  explicit Recognition(std::string_view text) : tokens_(tokens_of(text)) {}

  KnownScript run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) look_at(i);
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view at(std::size_t i) const {
    return i < tokens_.size() ? tokens_[i] : std::string_view();
  }

  void process(std::string_view word) {
    const std::string name = process_name(word);
    if (name.empty() || name == "keepalived" || out_.kind != KnownScript::Kind::kOther) return;
    out_.kind = KnownScript::Kind::kProcess;
    out_.process = name;
  }

  void look_at(std::size_t i) {
    const std::string_view word = base_name(tokens_[i]);
    if (word == "killall" || word == "pkill" || word == "kill") {
      signal(i, word);
    } else if (word == "pidof" || word == "pgrep" || word == "is-active") {
      process(operand(tokens_, i));
    } else if (word == "ps" && at(i + 1) == "-C") {
      process(at(i + 2));
    } else if (word == "grep" && i > 0 && !tokens_[0].empty()) {
      grep(i);
    } else if (word == "systemctl" || word == "service" || tokens_[i].contains("/init.d/")) {
      service(i, word);
    } else if (word == "curl" || word == "wget" || word == "nc" || word == "ncat" ||
               word == "telnet") {
      request(i);
    } else if (tokens_[i].contains("/dev/tcp/")) {
      if (is_local(tokens_[i])) local(KnownScript::Kind::kLocalRequest);
    } else if (word == "socat") {
      socket(i);
    }
  }

  void signal(std::size_t i, std::string_view word) {
    const std::string_view target = operand(tokens_, i);
    if (base_name(target) == "keepalived") {
      out_.stops_keepalived = true;
    } else if (at(i + 1) == "-0" || (at(i + 1) == "-s" && at(i + 2) == "0")) {
      // kill -0 $(cat /run/haproxy.pid), kill -0 $(pidof haproxy)
      const std::string_view last = word == "kill" && base_name(target) == "cat"
                                        ? operand(tokens_, i + 2)
                                    : target == "0" ? operand(tokens_, i + 2)
                                                    : target;
      if (base_name(last) != "pidof") process(last);
    }
  }

  /// ps aux | grep haproxy
  void grep(std::size_t i) {
    const bool of_ps =
        std::ranges::any_of(tokens_.begin(), tokens_.begin() + static_cast<std::ptrdiff_t>(i),
                            [](std::string_view each) { return base_name(each) == "ps"; });
    const std::string_view name = operand(tokens_, i);
    if (of_ps && name != "grep") process(name);
  }

  void service(std::size_t i, std::string_view word) {
    static constexpr std::array<std::string_view, 3> kStarts{"start", "restart", "reload"};
    const bool is_file = tokens_[i].contains("/init.d/");
    // "systemctl stop NAME", "service NAME stop", "/etc/init.d/NAME stop"
    const std::string_view first = operand(tokens_, i);
    const std::string_view order = word == "systemctl" || is_file ? first : at(i + 2);
    const std::string_view name = is_file               ? word
                                  : word == "systemctl" ? operand(tokens_, i + 1)
                                                        : first;
    if (process_name(name) == "keepalived") {
      out_.stops_keepalived = out_.stops_keepalived || order == "stop";
    } else if (order == "status") {
      process(name);
    } else if (std::ranges::find(kStarts, order) != kStarts.end()) {
      out_.starts_process = true;
    }
  }

  void request(std::size_t i) {
    constexpr std::size_t kNear = 12;
    for (std::size_t j = i + 1; j < std::min(tokens_.size(), i + kNear); ++j) {
      if (is_local(tokens_[j])) return local(KnownScript::Kind::kLocalRequest);
    }
  }

  void socket(std::size_t i) {
    constexpr std::size_t kNear = 6;
    for (std::size_t j = i + 1; j < std::min(tokens_.size(), i + kNear); ++j) {
      if (tokens_[j].contains("haproxy")) return local(KnownScript::Kind::kProxySocket);
    }
  }

  void local(KnownScript::Kind kind) {
    if (out_.kind == KnownScript::Kind::kOther) out_.kind = kind;
  }

  Tokens tokens_;
  KnownScript out_;
};

}  // namespace

KnownScript recognise(std::string_view text) { return Recognition(text).run(); }

}  // namespace hapair::importing::keepalived
