#include "apps/hapair/config/sections_request_rules.hpp"

#include <chrono>

#include "apps/hapair/config/ranges.hpp"
#include "apps/hapair/config/rules.hpp"
#include "apps/hapair/config/rules_matches.hpp"
#include "apps/hapair/config/sections_auth.hpp"
#include "apps/hapair/config/sections_keeping.hpp"
#include "apps/hapair/config/sections_maps.hpp"

namespace hapair::config {
namespace {

using namespace std::chrono_literals;

constexpr CountRule kSome{1, 256};

void describe_value_tests(Shape& shape, const Key& key, const TextRule& name,
                          std::vector<ValueTestDraft>& into) {
  shape.list(key, kOneTo16, [&](Shape& each) {
    ValueTestDraft& test = into.emplace_back();
    test.path = each.path();
    each.text({"name", "Its name.", kMandatory}, name, test.name);
    each.texts({"equals", "It is one of these."}, kSome, rules::kShortText, test.equals);
    each.texts({"contains", "One of these is in it."}, kSome, rules::kShortText, test.contains);
    each.texts({"prefix", "It begins with one of these."}, kSome, rules::kShortText, test.prefix);
    each.text({"regex", "A regular expression (PCRE2) that it matches."}, rules::kRegex,
              test.regex);
  });
}

void describe_request(Shape& shape, MatchDraft& match) {
  shape.texts({"host", "Names of hosts, without port; \"*.example\" stands for all below it."},
              kSome, rules::kMatchHost, match.host);
  shape.texts({"path", "Paths, without the query. All ways to write a path count as one."}, kSome,
              rules::kMatchPath, match.exact_path);
  shape.texts({"path_prefix", "What the path begins with."}, kSome, rules::kMatchPath,
              match.path_prefix);
  shape.texts({"path_suffix", "What the path ends with."}, kSome, rules::kPathSuffix,
              match.path_suffix);
  shape.text({"path_regex", "A regular expression (PCRE2) that the path matches."}, rules::kRegex,
             match.path_regex);
  shape.texts({"method", "Methods."}, kOneTo16, rules::kMethodName, match.method);
  describe_value_tests(shape, {"header", "Header fields; each must be there as it says."},
                       rules::kAnyFieldName, match.header);
  describe_value_tests(shape, {"query", "Parameters of the query, likewise."}, rules::kValueName,
                       match.query);
  describe_value_tests(shape, {"cookie", "Cookies, likewise."}, rules::kValueName, match.cookie);
}

void describe_surroundings(Shape& shape, MatchDraft& match) {
  shape.texts({"source", "Networks that the client is in."}, kSome, rules::kNetworkPrefix,
              match.source);
  shape.number({"port", "The port that the client connected to."}, NumberRule{1, 65535, ""},
               match.port);
  shape.flag({"tls", "The client's connection is under TLS."}, match.tls);
  shape.texts({"sni", "Names that the client asked for under TLS, as in host."}, kSome,
              rules::kSniName, match.sni);
  shape.texts({"tls_version", "Versions of TLS."}, CountRule{1, 2}, rules::kTlsVersion,
              match.tls_version);
  shape.texts({"alpn",
               "Protocols, by their names for ALPN: what was agreed on, or where TLS is passed on "
               "one that is offered."},
              kOneTo16, rules::kProtocol, match.alpn);
  shape.flag({"client_certificate", "The client has shown a certificate that was found good."},
             match.certificate);
  shape.object({"time", "When it comes, in UTC."}, [&](Shape& time) {
    match.timed = true;
    time.texts({"days", "On which it begins; all by default."}, CountRule{1, 7}, rules::kDay,
               match.days);
    time.text({"from", "From that time on."}, rules::kTimeOfDay, match.from);
    time.text({"until", "Up to that time; over midnight where it is before `from`."},
              rules::kTimeOfDay, match.until);
  });
  shape.object({"healthy", "So many servers of a backend take traffic."}, [&](Shape& healthy) {
    healthy.text({"backend", "The backend.", kMandatory}, rules::kName, match.healthy);
    healthy.number({"at_least", "How many."}, NumberRule{1, 1024, ""}, match.at_least);
  });
  describe_map_match(shape, match);
  describe_rate_over(shape, match);
  shape.texts({"is", "Names in `matches`; all of them hold."}, kOneTo16, rules::kName, match.is);
  shape.texts({"any", "Names in `matches`; at least one of them holds."}, kOneTo16, rules::kName,
              match.any);
  shape.texts({"not", "Names in `matches`; none of them holds."}, kOneTo16, rules::kName,
              match.none);
}

void describe_match(Shape& shape, MatchDraft& match) {
  match.path = shape.path();
  describe_request(shape, match);
  describe_surroundings(shape, match);
}

void describe_fields(Shape& shape, RuleDraft& rule) {
  shape.texts({"set_header", "Fields of the request in place of all of their names."}, kOneTo16,
              rules::kEditLine, rule.set);
  shape.texts({"add_header", "Fields that are added to the request."}, kOneTo16, rules::kAddedLine,
              rule.add);
  shape.texts({"remove_header", "Names of fields that are taken off the request."}, kOneTo16,
              rules::kRemovedField, rule.remove);
  shape.list(
      {"replace_header", "What is replaced in fields of the request."}, kOneTo16, [&](Shape& each) {
        ReplaceDraft& replace = rule.replace.emplace_back();
        each.text({"name", "The name of the fields.", kMandatory}, rules::kEditedField,
                  replace.name);
        each.text({"regex", "What is looked for (PCRE2).", kMandatory}, rules::kRegex,
                  replace.regex);
        each.text({"with", "What comes in its place; \"\\1\" is the first group.", kMandatory},
                  rules::kTemplate, replace.with);
      });
  shape.texts({"set_response_header",
               "Fields of the server's response in place of all of their "
               "names."},
              kOneTo16, rules::kEditLine, rule.set_response);
  shape.texts({"add_response_header", "Fields that are added to the server's response."}, kOneTo16,
              rules::kEditLine, rule.add_response);
  shape.texts({"remove_response_header", "Names of fields that are taken off it."}, kOneTo16,
              rules::kEditedField, rule.remove_response);
}

void describe_rewrites(Shape& shape, RuleDraft& rule) {
  shape.object({"rewrite_path", "What becomes of the path, in its normal form."},
               [&](Shape& rewrite) {
                 lb::rules::RewritePath& into = rule.rewrite.emplace();
                 rewrite.one_of({{"prefix", {"with"}}, {"regex", {"with"}}});
                 rewrite.text({"prefix", "What it begins with is replaced."}, rules::kMatchPath,
                              into.prefix);
                 rewrite.text({"regex", "What matches (PCRE2) is replaced."}, rules::kRegex,
                              into.pattern.text);
                 rewrite.text({"with", "What comes in its place; \"\\1\" is the first group."},
                              rules::kReplacement, into.with);
               });
  shape.text({"set_path", "Another path."}, rules::kPathTemplate, rule.set_path);
  shape.text({"set_query", "Another query, without \"?\"; empty: none."}, rules::kQueryTemplate,
             rule.set_query);
  shape.object({"timeouts", "In place of the backend's, which hold for what is left out."},
               [&](Shape& timeouts) {
                 lb::rules::SetTimeouts& into = rule.timeouts.emplace();
                 timeouts.duration({"connect", "For a connection to stand."}, kTimeout,
                                   into.connect);
                 timeouts.duration({"queue", "For a server to have room."}, kTimeout, into.queue);
                 timeouts.duration({"server", "Without a byte from or to the server."}, kTimeout,
                                   into.server);
               });
}

void describe_notes(Shape& shape, RuleDraft& rule) {
  shape.number({"priority",
                "Of those who wait for a server of a backend, the lowest go first; 0 without a "
                "word."},
               NumberRule{-2047, 2047, ""}, rule.priority);
  shape.list({"capture", "What stands in access lines (mode http)."}, CountRule{1, 8},
             [&](Shape& capture) {
               CaptureDraft& into = rule.capture.emplace_back();
               into.path = capture.path();
               capture.one_of({{"from", {}}, {"from_response", {}}});
               capture.text({"name", "Its name in lines of JSON.", kMandatory}, rules::kCaptureName,
                            into.name);
               capture.text({"from", "What the request says."}, rules::kTemplate, into.from);
               capture.text({"from_response", "The name of a field of the response."},
                            rules::kAnyFieldName, into.from_response);
               capture.number({"length", "So many bytes of it are kept."}, NumberRule{1, 256, ""},
                              into.length);
             });
}

void describe_redirect(Shape& shape, RuleDraft& rule) {
  shape.object({"redirect", "The client is sent elsewhere."}, [&](Shape& redirect) {
    rule.redirects = true;
    redirect.one_of({{"to", {}}, {"prefix", {}}, {"scheme", {}}});
    redirect.text({"to", "Where: the whole location."}, rules::kTemplate, rule.redirect_to);
    redirect.text({"prefix", "Path and query stay, behind this."}, rules::kTemplate,
                  rule.redirect_prefix);
    redirect.choice({"scheme", "Host, path and query stay."}, {"http", "https"},
                    {std::string("http"), std::string("https")}, rule.redirect_scheme);
    redirect.choice({"status", "Of the response."}, {"301", "302", "303", "307", "308"},
                    {301, 302, 303, 307, 308}, rule.redirect_status);
  });
}

void describe_endings(Shape& shape, RuleDraft& rule) {
  const NumberRule error{400, 599, ""};
  describe_redirect(shape, rule);
  shape.object({"deny", "An error page."}, [&](Shape& deny) {
    deny.number({"status", "Of the response."}, error, rule.deny.emplace().status);
  });
  shape.object({"answer", "A response of one's own."}, [&](Shape& answer) {
    lb::rules::Answer& into = rule.answer.emplace();
    answer.number({"status", "Of the response."}, NumberRule{200, 599, ""}, into.status);
    answer.text({"type", "The media type of the text."}, rules::kMediaType, into.type);
    answer.text({"body", "The text."}, rules::kBodyText, into.body);
    answer.text({"file", "In place of body a file that holds the text; read anew when it changes."},
                rules::kAbsolutePath, rule.answer_file);
  });
  shape.object({"tarpit", "An error page that comes late."}, [&](Shape& tarpit) {
    lb::rules::Tarpit& into = rule.tarpit.emplace();
    tarpit.duration({"delay", "How late."}, DurationRule{10ms, 10min}, into.delay);
    tarpit.number({"status", "Of the response."}, error, into.status);
  });
  shape.flag({"drop", "The connection ends without an answer."}, rule.drop);
  shape.flag({"accept", "The default backend gets the request, and no further rule counts."},
             rule.accept);
}

}  // namespace

void describe_request_rules(Shape& owner, RulesOf whose, std::vector<RuleDraft>& into) {
  owner.list({"rules",
              "What becomes of requests, or in mode tcp of connections, in order: all rules that "
              "match count, up to the first that has the last word."},
             CountRule{0, 4096}, [&](Shape& shape) {
               RuleDraft& rule = into.emplace_back();
               rule.path = shape.path();
               shape.object({"match", "Which requests; all of its keys hold. All by default."},
                            [&](Shape& match) { describe_match(match, rule.match); });
               describe_auth(shape, rule);
               describe_fields(shape, rule);
               describe_rewrites(shape, rule);
               describe_notes(shape, rule);
               if (whose == RulesOf::kFrontend) {
                 describe_use_backend(shape, rule);
               }
               shape.text({"use_server", "The server that gets the request while it is usable."},
                          rules::kServerOf, rule.use_server);
               describe_endings(shape, rule);
             });
}

void describe_matches(Shape& root, Draft& draft) {
  root.map({"matches", "Matches for rules, by the names that `is` takes."}, CountRule{0, 256},
           [&](const std::string& name, Shape& match) {
             NamedMatchDraft& named = draft.matches.emplace_back();
             named.name = name;
             describe_match(match, named.match);
           });
}

}  // namespace hapair::config
