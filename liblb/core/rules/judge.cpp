#include "liblb/core/rules/judge.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/text.hpp"
#include "common/http/chars.hpp"
#include "common/http/fault.hpp"
#include "common/http/target.hpp"
#include "common/http/url_text.hpp"
#include "liblb/core/rules/shelf.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::lb::rules {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailable = 503;

/// May stand in a field's value: no control characters, above all no line ends, and no blanks at
/// its ends, which would not be a part of it.
bool is_field_value(std::string_view text) {
  return http::find_forbidden_control(text) == text.size() && http::without_blanks(text) == text;
}

/// May stand in a Location field: visible ASCII, with a host where it names a scheme.
bool is_location(std::string_view text) {
  const auto is_visible = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '<'; };
  if (text.empty() || !std::ranges::all_of(text, is_visible)) return false;
  const std::size_t scheme = text.find("://");
  if (text.starts_with('/') || scheme == std::string_view::npos) return text.front() == '/';
  const std::string_view rest = text.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  return http::is_authority(authority) && !authority.starts_with(':');
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && http::all_of(http::kPathChar, text);
}

bool is_query(std::string_view text) {
  return text.empty() || http::all_of(http::kQueryChar, text);
}

std::string rendered(const Template& parts, const Facts& facts) {
  std::string out;
  append_rendered(parts, facts, out);
  return out;
}

}  // namespace

std::string render(const Verdict& verdict, http::ErrorTerms terms) {
  if (verdict.refusal) {
    for (const auto& [name, value] : verdict.refusal->fields) terms.fields.push_back({name, value});
  }
  // Somebody else's words, which a redirect may do without.
  const bool page = !verdict.refusal || (verdict.refusal->body.empty() && verdict.status >= 400);
  if (verdict.kind != Verdict::Kind::kAnswer && page) {
    return http::error_reply(verdict.status, terms);
  }
  http::Reply reply;
  reply.status = verdict.status;
  reply.fields = std::move(terms.fields);
  if (!page) {
    reply.content_type = verdict.refusal->type;
    reply.body = verdict.refusal->body;
  } else if (verdict.answer != nullptr) {
    reply.content_type = verdict.answer->type;
    reply.body = verdict.body ? *verdict.body : verdict.answer->body;
  } else {
    reply.fields.push_back({"Location", verdict.location});
  }
  reply.close = terms.close;
  reply.head_only = terms.head_only;
  reply.client = terms.client;
  return http::render(reply);
}

void Judge::begin(const http::RequestHead& head, bool tunnels) {
  head_ = &head;
  tunnels_ = tunnels || head.method == http::Method::kConnect;
  verdict_ = {};
  captures_.clear();
  request_edits_.clear();
  response_edits_.clear();
  new_path_.reset();
  new_query_.reset();
  new_target_.clear();
  user_.clear();
  asked_at_ = {};
  host_changed_ = ended_ = undecided_ = false;
  host_.read(head);
  const auto normal = http::normal_path(http::split_query(head.path).path, path_text_);
  path_ = normal.value_or(std::string_view());
  if (!normal) refuse(http::kBadRequestStatus);
}

void Judge::begin_connection() {
  static const http::RequestHead kNoRequest;
  begin(kNoRequest);
}

void Judge::hear(const RuleList& list, const ConnectionFacts& connection,
                 const Surroundings& surroundings) {
  if (!verdict_.passes()) return;
  const bool goes_on = asked_at_.list == &list;
  if (asked_at_.list != nullptr && !goes_on) return;  // it was heard to its end
  if (!goes_on) ++verdict_.lists;
  ended_ = false;
  const http::PathAndQuery target = http::split_query(head_->path);
  const Facts facts{.head = *head_,
                    .connection = connection,
                    .surroundings = surroundings,
                    .host = host_.view(),
                    .path = path_,
                    .query = target.query};
  RuleNumber first = 0;
  if (goes_on) {
    const Place place = std::exchange(asked_at_, {});
    if (!perform_from({&list, place.rule, place.action + 1}, facts)) return;
    first = place.rule + 1;
  }
  RuleList::Walk walk(list, facts, first);
  for (const Rule* rule = walk.next(); rule != nullptr; rule = walk.next()) {
    const auto number = static_cast<RuleNumber>(rule - list.rules().data());
    if (!perform_from({&list, number, 0}, facts)) return;
  }
  undecided_ = walk.undecided();
  if (walk.gave_up()) refuse(http::kBadRequestStatus);
}

bool Judge::perform_from(Place place, const Facts& facts) {
  const std::vector<Action>& actions = place.list->rules()[place.rule].actions;
  for (; place.action < actions.size(); ++place.action) {
    const bool done =
        std::visit([&](const auto& each) { return perform(each, facts); }, actions[place.action]);
    if (!done) refuse(http::kBadRequestStatus);
    if (!ended_) continue;
    if (verdict_.kind == Verdict::Kind::kOpen) asked_at_ = place;
    return false;
  }
  return true;
}

void Judge::answer_with(Verdict::Kind kind, int status) {
  verdict_.kind = kind;
  verdict_.status = status;
  ended_ = true;
}

void Judge::refuse(int status) { answer_with(Verdict::Kind::kDenied, status); }

void Judge::refuse(Refusal refusal) {
  refuse(refusal.status);
  verdict_.refusal = std::move(refusal);
}

// Each returns false when what a rule makes of the request cannot be sent.

bool Judge::perform(const EditField& edit, const Facts& facts) {
  if (edit.change == FieldChange::kReplace) return replace(edit, facts);
  http::FieldEdits& edits = edit.response ? response_edits_ : request_edits_;
  if (edit.change == FieldChange::kRemove) {
    edits.remove(edit.name);
    return true;
  }
  const std::string value = rendered(edit.value, facts);
  if (!is_field_value(value)) return false;
  if (edit.change == FieldChange::kAdd) {
    edits.add(edit.name, value);
    return true;
  }
  edits.set(edit.name, value);
  if (!edit.response && http::identify_field(edit.name) == http::FieldId::kHost) {
    host_changed_ = true;
    return http::is_authority(value);
  }
  return true;
}

bool Judge::replace(const EditField& edit, const Facts& facts) {
  const std::string with = rendered(edit.value, facts);
  std::vector<std::string> values;
  bool changes = false;
  for (const http::Field& field : head_->fields) {
    if (!base::equals_ignoring_case(field.name, edit.name)) continue;
    std::string& value = values.emplace_back(field.value);
    const Found found = edit.pattern.made->replace(value, with);
    if (found == Found::kTooCostly || !is_field_value(value)) return false;
    changes = changes || found == Found::kYes;
  }
  if (!changes) return true;
  request_edits_.remove(edit.name);
  for (const std::string& value : values) request_edits_.add(edit.name, value);
  return true;
}

bool Judge::set_path(std::string path) {
  if (head_->form == http::TargetForm::kAuthority || !is_path(path)) return false;
  new_path_ = std::move(path);
  return true;
}

bool Judge::perform(const RewritePath& rewrite, const Facts& /*facts*/) {
  std::string path = new_path_.value_or(std::string(path_));
  if (rewrite.pattern.given()) {
    const Found found = rewrite.pattern.made->replace(path, rewrite.with);
    if (found == Found::kNo) return true;
    return found == Found::kYes && set_path(std::move(path));
  }
  if (!path.starts_with(rewrite.prefix)) return true;
  path.replace(0, rewrite.prefix.size(), rewrite.with);
  if (!path.starts_with('/')) path.insert(0, 1, '/');
  return set_path(std::move(path));
}

bool Judge::perform(const SetPath& set, const Facts& facts) {
  return set_path(rendered(set.to, facts));
}

bool Judge::perform(const SetQuery& set, const Facts& facts) {
  std::string query = rendered(set.to, facts);
  if (head_->form == http::TargetForm::kAuthority || !is_query(query)) return false;
  new_query_ = std::move(query);
  return true;
}

bool Judge::perform(const SetTimeouts& set, const Facts& /*facts*/) {
  const auto take = [](base::Duration from, base::Duration& into) {
    if (from != base::Duration(0)) into = from;
  };
  take(set.connect, verdict_.timeouts.connect);
  take(set.queue, verdict_.timeouts.queue);
  take(set.server, verdict_.timeouts.server);
  return true;
}

bool Judge::perform(const SetPriority& set, const Facts& /*facts*/) {
  verdict_.priority = set.priority;
  return true;
}

bool Judge::perform(const Capture& capture, const Facts& facts) {
  captures_.take(capture, facts);
  return true;
}

bool Judge::perform(const BasicAuth& auth, const Facts& /*facts*/) {
  verdict_.question = &auth;
  answer_with(Verdict::Kind::kOpen, 0);
  return true;
}

bool Judge::perform(const ForwardAuth& auth, const Facts& /*facts*/) {
  verdict_.question = &auth;
  answer_with(Verdict::Kind::kOpen, 0);
  return true;
}

bool Judge::perform(const UseBackend& use, const Facts& /*facts*/) {
  verdict_.backend = use.backend;
  ended_ = true;
  return true;
}

bool Judge::perform(const UseServer& use, const Facts& /*facts*/) {
  verdict_.backend = use.backend;
  verdict_.server = use.server;
  ended_ = true;
  return true;
}

bool Judge::perform(const UseMapped& use, const Facts& facts) {
  const auto value = look_up(use.in, facts);
  if (!value && !use.otherwise) return true;
  return perform(UseBackend{.backend = value ? value->backend : *use.otherwise}, facts);
}

bool Judge::perform(const Redirect& redirect, const Facts& facts) {
  verdict_.location = rendered(redirect.location, facts);
  if (!is_location(verdict_.location)) return false;
  answer_with(Verdict::Kind::kAnswer, redirect.status);
  return true;
}

bool Judge::perform(const Deny& deny, const Facts& /*facts*/) {
  refuse(deny.status);
  return true;
}

bool Judge::perform(const Answer& answer, const Facts& facts) {
  if (tunnels_ && answer.status < 300) {
    refuse(kForbidden);
    return true;
  }
  if (answer.file) {
    const Shelf* const shelf = facts.surroundings.shelf();
    verdict_.body = shelf != nullptr ? shelf->body(*answer.file) : nullptr;
    if (!verdict_.body) {
      refuse(kUnavailable);
      return true;
    }
  }
  verdict_.answer = &answer;
  answer_with(Verdict::Kind::kAnswer, answer.status);
  return true;
}

bool Judge::perform(const Tarpit& tarpit, const Facts& /*facts*/) {
  verdict_.delay = tarpit.delay;
  answer_with(Verdict::Kind::kTarpit, tarpit.status);
  return true;
}

bool Judge::perform(const SilentDrop& /*drop*/, const Facts& /*facts*/) {
  answer_with(Verdict::Kind::kDrop, 0);
  return true;
}

bool Judge::perform(const Accept& /*accept*/, const Facts& /*facts*/) {
  ended_ = true;
  return true;
}

bool Judge::apply(http::RequestHead& head, std::size_t head_bytes) {
  if (new_path_ || new_query_) {
    const http::PathAndQuery as_sent = http::split_query(head.path);
    const std::string_view query = new_query_ ? std::string_view(*new_query_) : as_sent.query;
    new_target_ = new_path_ ? *new_path_ : std::string(as_sent.path);
    if (!query.empty()) new_target_ += base::concat('?', query);
    head.path = new_target_;
  }
  if (added_bytes() > 0 && head_bytes + added_bytes() > kMaxHead) return false;
  if (!request_edits_.apply(head.fields)) return false;
  if (host_changed_ && head.form != http::TargetForm::kAuthority) {
    if (const http::Field* host = head.fields.find("Host")) {
      head.host = host->value;
      head.has_host = true;
      head.authority = {};
    }
  }
  return true;
}

}  // namespace hapair::lb::rules
