#include "apps/hapair/config/request_rules.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "apps/hapair/config/keeping.hpp"
#include "apps/hapair/config/maps.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "common/base/text.hpp"
#include "liblb/core/rules/template.hpp"

namespace hapair::config {
namespace {

namespace spec = lb::rules;

std::vector<std::string> lowered(const std::vector<ListedText>& from) {
  std::vector<std::string> texts;
  for (const ListedText& each : from) texts.push_back(base::ascii_lowered(each.text));
  return texts;
}

std::chrono::minutes minutes_of(std::string_view time) {
  const auto number = [](std::string_view digits) {
    return static_cast<int>(base::parse_unsigned(digits).value_or(0));
  };
  return std::chrono::hours(number(time.substr(0, 2))) +
         std::chrono::minutes(number(time.substr(3, 2)));
}

class RuleBuilder {
 public:
  RuleBuilder(const Draft& draft, const std::vector<tls_files::Source>& files)
      : draft_(draft), files_(files) {}

  [[nodiscard]] spec::Rule rule(const RuleDraft& from) const {
    spec::Rule rule{.match = match(from.match), .actions = {}};
    add_questions(from, rule.actions);
    add_edits(from, rule.actions);
    add_rewrites(from, rule.actions);
    add_notes(from, rule.actions);
    add_ending(from, rule.actions);
    place_maps(draft_, rule);
    return rule;
  }

 private:
  [[nodiscard]] spec::Match match(const MatchDraft& from) const {
    spec::Match match;
    add_request(from, match.all);
    add_surroundings(from, match.all);
    for (const ListedText& name : from.is) {
      // Their tests stand beside the others: so those for hosts and paths can be looked up.
      for (spec::Test& test : named(name).all) match.all.push_back(std::move(test));
    }
    if (!from.any.empty()) {
      spec::AnyOf any;
      for (const ListedText& name : from.any) any.of.push_back(named(name));
      match.all.emplace_back(std::move(any));
    }
    for (const ListedText& name : from.none) {
      spec::Not none;
      none.of.push_back(named(name));
      match.all.emplace_back(std::move(none));
    }
    return match;
  }

  [[nodiscard]] spec::Match named(const ListedText& name) const {
    return match(std::ranges::find(draft_.matches, name.text, &NamedMatchDraft::name)->match);
  }

  static void add_paths(spec::Compare how, const std::vector<ListedText>& texts,
                        std::vector<spec::Test>& tests) {
    if (!texts.empty()) tests.emplace_back(spec::PathTest{.how = how, .texts = texts_of(texts)});
  }

  static void add_values(spec::Place place, const std::vector<ValueTestDraft>& from,
                         std::vector<spec::Test>& tests) {
    for (const ValueTestDraft& each : from) {
      const std::size_t before = tests.size();
      const auto add = [&](spec::Compare how, const std::vector<ListedText>& texts) {
        if (texts.empty()) return;
        tests.emplace_back(spec::ValueTest{
            .place = place, .name = each.name, .how = how, .texts = texts_of(texts)});
      };
      add(spec::Compare::kEquals, each.equals);
      add(spec::Compare::kContains, each.contains);
      add(spec::Compare::kPrefix, each.prefix);
      if (!each.regex.empty()) {
        tests.emplace_back(spec::ValueTest{.place = place,
                                           .name = each.name,
                                           .how = spec::Compare::kPattern,
                                           .pattern = {.text = each.regex}});
      }
      if (tests.size() == before) {
        tests.emplace_back(spec::ValueTest{.place = place, .name = each.name});
      }
    }
  }

  static void add_request(const MatchDraft& from, std::vector<spec::Test>& tests) {
    if (!from.host.empty()) tests.emplace_back(spec::HostTest{.names = lowered(from.host)});
    add_paths(spec::Compare::kEquals, from.exact_path, tests);
    add_paths(spec::Compare::kPrefix, from.path_prefix, tests);
    add_paths(spec::Compare::kSuffix, from.path_suffix, tests);
    if (!from.path_regex.empty()) {
      tests.emplace_back(
          spec::PathTest{.how = spec::Compare::kPattern, .pattern = {.text = from.path_regex}});
    }
    if (!from.method.empty()) tests.emplace_back(spec::MethodTest{.names = texts_of(from.method)});
    add_values(spec::Place::kHeader, from.header, tests);
    add_values(spec::Place::kQuery, from.query, tests);
    add_values(spec::Place::kCookie, from.cookie, tests);
  }

  void add_surroundings(const MatchDraft& from, std::vector<spec::Test>& tests) const {
    if (!from.source.empty()) {
      spec::SourceTest source;
      for (const ListedText& each : from.source) {
        source.networks.push_back(base::Prefix::parse(each.text).value());
      }
      tests.emplace_back(std::move(source));
    }
    if (from.port) tests.emplace_back(spec::PortTest{.ports = {*from.port}});
    if (from.tls) tests.emplace_back(spec::TlsTest{.used = true});
    if (from.certificate) tests.emplace_back(spec::TlsTest{.certificate = true});
    if (!from.sni.empty()) tests.emplace_back(spec::TlsTest{.server_names = lowered(from.sni)});
    if (!from.tls_version.empty()) {
      spec::TlsTest versions;
      for (const ListedText& each : from.tls_version) {
        versions.versions.push_back(base::concat("TLSv", each.text));
      }
      tests.emplace_back(std::move(versions));
    }
    if (!from.alpn.empty()) tests.emplace_back(spec::TlsTest{.protocols = texts_of(from.alpn)});
    if (from.timed) tests.emplace_back(time_test(from));
    if (from.rate_over) {
      const auto [of, over] = amount_of(from.rate_over->amount);
      tests.emplace_back(spec::RateTest{
          .table = table_index(draft_, from.rate_over->table), .of = of, .over = over});
    }
    if (!from.healthy.empty()) {
      tests.emplace_back(spec::HealthTest{.backend = backend_index(draft_, from.healthy),
                                          .at_least = from.at_least});
    }
    if (from.map) tests.emplace_back(spec::MapTest{.in = look_up(*from.map)});
  }

  static spec::TemplatePart look_up(const MapLookupDraft& from) {
    spec::TemplatePart part = spec::parse_map_key(from.key).value();
    part.map = spec::MapName{.name = from.map};
    return part;
  }

  static spec::TimeTest time_test(const MatchDraft& from) {
    spec::TimeTest test{.from = minutes_of(from.from), .until = minutes_of(from.until)};
    if (!from.days.empty()) test.days = 0;
    for (const ListedText& day : from.days) {
      const auto number = std::ranges::find(rules::kDays, day.text) - rules::kDays.begin();
      test.days = static_cast<std::uint8_t>(test.days | (1U << static_cast<unsigned>(number)));
    }
    return test;
  }

  static void add_lines(const std::vector<ListedText>& lines, spec::FieldChange change,
                        bool response, std::vector<spec::Action>& actions) {
    for (const ListedText& line : lines) {
      const auto [name, value] = rules::split_field_line(line.text);
      spec::EditField edit{.response = response, .change = change, .name = std::string(name)};
      if (change != spec::FieldChange::kRemove) {
        edit.value = spec::parse_template(value).value();
      }
      actions.emplace_back(std::move(edit));
    }
  }

  void add_questions(const RuleDraft& from, std::vector<spec::Action>& actions) const {
    if (from.basic_auth) {
      actions.emplace_back(spec::BasicAuth{.users = user_list_index(draft_, from.basic_auth->users),
                                           .realm = from.basic_auth->realm,
                                           .pass = from.basic_auth->pass});
    }
    if (from.forward_auth) {
      const ForwardAuthDraft& auth = *from.forward_auth;
      actions.emplace_back(spec::ForwardAuth{.backend = backend_index(draft_, auth.backend),
                                             .target = auth.target,
                                             .request_fields = texts_of(auth.request_fields),
                                             .response_fields = texts_of(auth.response_fields),
                                             .timeout = auth.timeout});
    }
  }

  static void add_edits(const RuleDraft& from, std::vector<spec::Action>& actions) {
    using Change = spec::FieldChange;
    add_lines(from.remove, Change::kRemove, false, actions);
    add_lines(from.set, Change::kSet, false, actions);
    add_lines(from.add, Change::kAdd, false, actions);
    for (const ReplaceDraft& each : from.replace) {
      actions.emplace_back(spec::EditField{.change = Change::kReplace,
                                           .name = each.name,
                                           .value = spec::parse_template(each.with).value(),
                                           .pattern = {.text = each.regex}});
    }
    add_lines(from.remove_response, Change::kRemove, true, actions);
    add_lines(from.set_response, Change::kSet, true, actions);
    add_lines(from.add_response, Change::kAdd, true, actions);
  }

  static void add_rewrites(const RuleDraft& from, std::vector<spec::Action>& actions) {
    if (from.rewrite) actions.emplace_back(*from.rewrite);
    if (from.set_path) {
      actions.emplace_back(spec::SetPath{.to = spec::parse_template(*from.set_path).value()});
    }
    if (from.set_query) {
      actions.emplace_back(spec::SetQuery{.to = spec::parse_template(*from.set_query).value()});
    }
    if (from.timeouts) actions.emplace_back(*from.timeouts);
  }

  static void add_notes(const RuleDraft& from, std::vector<spec::Action>& actions) {
    if (from.priority) actions.emplace_back(spec::SetPriority{.priority = *from.priority});
    for (const CaptureDraft& each : from.capture) {
      actions.emplace_back(spec::Capture{.name = each.name,
                                         .from = spec::parse_template(each.from).value(),
                                         .response_field = each.from_response,
                                         .length = each.length});
    }
  }

  /// Servers found by name come and go behind those that have an address.
  [[nodiscard]] spec::UseServer server_named(std::string_view backend,
                                             std::string_view server) const {
    const std::size_t index = backend_index(draft_, backend);
    spec::UseServer use{.backend = index};
    for (const ServerDraft& each : draft_.backends[index].servers) {
      if (each.name == server) break;
      if (!each.by_name()) ++use.server;
    }
    return use;
  }

  [[nodiscard]] spec::UseMapped use_mapped(const MapLookupDraft& from) const {
    spec::UseMapped use{.in = look_up(from)};
    if (!from.fallback.empty()) use.otherwise = backend_index(draft_, from.fallback);
    const std::vector<std::string> names = mapped_backends(draft_);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names[i].empty()) use.choices.push_back(i);
    }
    return use;
  }

  [[nodiscard]] spec::Answer answer(const RuleDraft& from) const {
    spec::Answer answer = *from.answer;
    if (from.answer_file.empty()) return answer;
    const auto file = std::ranges::find(files_, answer_source_of(from));
    answer.file = static_cast<std::size_t>(file - files_.begin());
    return answer;
  }

  void add_ending(const RuleDraft& from, std::vector<spec::Action>& actions) const {
    if (!from.use_backend.empty()) {
      actions.emplace_back(spec::UseBackend{.backend = backend_index(draft_, from.use_backend)});
    }
    if (!from.use_server.empty()) {
      const std::string backend = from.backend();
      actions.emplace_back(server_named(backend, from.use_server.substr(backend.size() + 1)));
    }
    if (from.use_mapped) actions.emplace_back(use_mapped(*from.use_mapped));
    if (from.redirects) {
      std::string to = from.redirect_to;
      if (to.empty()) to = from.redirect_prefix + "%{target}";
      if (!from.redirect_scheme.empty()) to = from.redirect_scheme + "://%{host}%{target}";
      actions.emplace_back(spec::Redirect{.status = from.redirect_status,
                                          .location = spec::parse_template(to).value()});
    }
    if (from.deny) actions.emplace_back(*from.deny);
    if (from.answer) actions.emplace_back(answer(from));
    if (from.tarpit) actions.emplace_back(*from.tarpit);
    if (from.drop) actions.emplace_back(spec::SilentDrop{});
    if (from.accept) actions.emplace_back(spec::Accept{});
  }

  const Draft& draft_;
  const std::vector<tls_files::Source>& files_;
};

}  // namespace

std::vector<lb::rules::UserList> build_user_lists(const Draft& draft, const FileContents& files) {
  std::vector<lb::rules::UserList> lists;
  for (const UserListDraft& each : draft.users) {
    const auto file = files.find(each.file);
    const std::string text = file != files.end() ? file->second : each.text();
    lists.push_back(lb::rules::UserList::parse(text).value_or(lb::rules::UserList()));
  }
  return lists;
}

std::vector<lb::rules::Rule> build_rules(const Draft& draft, const std::vector<RuleDraft>& from,
                                         const std::vector<tls_files::Source>& files) {
  const RuleBuilder builder(draft, files);
  std::vector<lb::rules::Rule> rules;
  for (const RuleDraft& each : from) rules.push_back(builder.rule(each));
  return rules;
}

}  // namespace hapair::config
