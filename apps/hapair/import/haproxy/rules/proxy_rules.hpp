// The rules of one proxy, line by line, into the lists of its frontend and its backend.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/import/haproxy/rules/rule_list.hpp"
#include "apps/hapair/import/haproxy/rules/rule_text.hpp"
#include "apps/hapair/import/haproxy/rules/scope.hpp"

namespace hapair::importing::haproxy {

/// One line while it is translated.
struct RuleLine {
  const Line& line;
  std::vector<Word> words;  ///< without the condition
  std::optional<Condition> condition{};
  Stage stage = Stage::kRequest;
  std::size_t action = 1;  ///< the place of the action among the words
  /// What it does holds somebody up: where it can't be said, the operator must decide.
  bool guards = false;
  Remarks remarks{};

  [[nodiscard]] std::string_view word(std::size_t index) const {
    return index < words.size() ? std::string_view(words[index].text) : std::string_view();
  }
  /// The word behind `name`; empty where there is none.
  [[nodiscard]] std::string_view after(std::string_view name, std::size_t from) const;
  [[nodiscard]] bool has(std::string_view name, std::size_t from) const;
};

/// What has been changed of a request before its later rules look at it.
using Changes = std::map<std::string, Place, std::less<>>;

class ProxyRules {
 public:
  /// `before`: changes that frontends make.
  ProxyRules(Scope& scope, const Changes& before);

  /// All lines that are rules.
  void translate();
  [[nodiscard]] const Changes& changes() const { return changes_; }

 private:
  void translate_line(const Line& line);
  void http_request(RuleLine& rule);
  void http_response(RuleLine& rule);
  void tcp_request(RuleLine& rule);
  void legacy(RuleLine& rule);

  // Actions on requests: actions_request.cpp, actions_answer.cpp.
  [[nodiscard]] bool edit_action(RuleLine& rule, std::string_view action);
  [[nodiscard]] bool target_action(RuleLine& rule, std::string_view action);
  [[nodiscard]] bool answer_action(RuleLine& rule, std::string_view action);
  [[nodiscard]] bool note_action(RuleLine& rule, std::string_view action);
  [[nodiscard]] bool refused_action(RuleLine& rule, std::string_view action);
  /// Behind set-header and add-header; false: it has been marked.
  [[nodiscard]] bool has_field(RuleLine& rule);
  void edit_field(RuleLine& rule, std::string_view key, std::string_view name,
                  std::string_view format);
  void remove_field(RuleLine& rule, std::string_view key, std::string_view name);
  /// Of a field of responses that frontend and backend change, HAProxy does the backend's first,
  /// hapair the frontend's.
  void changes_field(RuleLine& rule, std::string_view name);
  void changes_response(RuleLine& rule, std::string_view name);
  void replace_field(RuleLine& rule, std::string_view name, std::string_view regex,
                     std::string_view with, bool whole);
  void rewrite_path(RuleLine& rule, std::string_view regex, std::string_view with, bool whole);
  void set_target(RuleLine& rule, std::string_view key, std::string_view format);
  void set_uri(RuleLine& rule, std::string_view format);
  void deny(RuleLine& rule, int usual_status);
  void answer(RuleLine& rule, int status);
  void tarpit(RuleLine& rule);
  void redirect(RuleLine& rule, std::size_t first);
  /// At another port than those that clients leave out.
  [[nodiscard]] bool listens_elsewhere();
  void auth(RuleLine& rule);
  void set_variable(RuleLine& rule);
  void set_source(RuleLine& rule);
  void capture(RuleLine& rule);
  void request_id(RuleLine& rule, std::string_view name);
  void expect_proxy(RuleLine& rule);
  void refuse_connection(RuleLine& rule, bool silently);
  /// A limit of hapair's own says it better than a rule; false: it is none.
  [[nodiscard]] bool limit(RuleLine& rule);
  void allow(RuleLine& rule);
  void use_service(RuleLine& rule);

  void use_backend(RuleLine& rule);
  void use_mapped(RuleLine& rule, const Sample& sample);
  void use_named(RuleLine& rule, std::string_view format);
  void use_server(RuleLine& rule);
  void monitor_fail(RuleLine& rule);
  // Old keywords: legacy_rules.cpp.
  void legacy_edit(RuleLine& rule, std::string_view keyword);
  void legacy_replace(RuleLine& rule, bool ignore_case);

  /// When the line counts; nullopt: it can't be said, and has been marked.
  [[nodiscard]] std::optional<Formula> when(RuleLine& rule);
  /// One rule of the result; false: it has been marked.
  bool emit(RuleLine& rule, const Formula& formula, std::string_view action, JsonTree value);
  /// A rule for each case of a text.
  void emit_texts(RuleLine& rule, std::string_view format,
                  const std::function<bool(const std::string& text, const Formula& when)>& each);
  void cannot(RuleLine& rule, std::string_view why);
  /// HAProxy, too, would refuse the line.
  void faulty(RuleLine& rule, std::string_view what, std::string_view decide);
  /// No word follows the first `count` but the condition; false: it has been marked.
  [[nodiscard]] bool ends_at(RuleLine& rule, std::size_t count);
  void look_for_changes(RuleLine& rule, const std::set<std::string>& looks);
  void changes(RuleLine& rule, std::string_view what);
  [[nodiscard]] Marks& marks() { return scope_.shared().marks; }
  [[nodiscard]] Model& model() { return scope_.shared().model; }
  [[nodiscard]] bool in_backend() const { return scope_.proxy().frontend.empty(); }
  [[nodiscard]] JsonTree& owner();
  [[nodiscard]] bool send_to_page(RuleLine& rule, const Formula& formula);
  [[nodiscard]] std::string time_out(std::string_view name);

  Scope& scope_;
  Changes before_;
  Changes changes_;
  std::size_t turn_ = 0;  ///< the place of the line that is translated
  /// By HAProxy's lists of rules: the place of the last that does more than let clients through.
  std::map<std::string, std::size_t> last_of_list_;
  NewRules rules_;
  /// Of a listen that other frontends use, too: what its backend does to their requests.
  NewRules guest_rules_;
  bool has_guests_ = false;
  /// Who has been let through by the rules of a stage so far.
  std::map<Stage, std::vector<Formula>> allowed_;
  std::vector<Formula> served_;  ///< what a service has answered before the rules that come now
};

}  // namespace hapair::importing::haproxy
