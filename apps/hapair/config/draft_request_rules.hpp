// The rules for requests as read, a part of the draft (draft.hpp): names still are names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/hapair/config/draft_keeping.hpp"
#include "apps/hapair/config/draft_maps.hpp"
#include "apps/hapair/config/shape.hpp"
#include "common/base/time.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::config {

/// A header field, query parameter or cookie.
struct ValueTestDraft {
  std::string path;  ///< where it stands in the file
  std::string name;
  std::vector<ListedText> equals;
  std::vector<ListedText> contains;
  std::vector<ListedText> prefix;
  std::string regex;
};

/// A table counts more than that.
struct RateOverDraft {
  std::string table;  ///< empty where it is faulty
  AmountDraft amount;
};

struct MatchDraft {
  std::string path;  ///< where it stands in the file
  std::vector<ListedText> host;
  std::vector<ListedText> exact_path;
  std::vector<ListedText> path_prefix;
  std::vector<ListedText> path_suffix;
  std::string path_regex;
  std::vector<ListedText> method;
  std::vector<ValueTestDraft> header;
  std::vector<ValueTestDraft> query;
  std::vector<ValueTestDraft> cookie;
  std::vector<ListedText> source;  ///< Prefixes
  std::optional<std::uint16_t> port;
  bool tls = false;
  std::vector<ListedText> sni;
  std::vector<ListedText> tls_version;
  std::vector<ListedText> alpn;
  bool certificate = false;
  bool timed = false;
  std::vector<ListedText> days;
  std::string from = "00:00";
  std::string until = "24:00";
  std::string healthy;  ///< a backend; empty: none
  std::size_t at_least = 1;
  std::optional<MapLookupDraft> map;
  std::optional<RateOverDraft> rate_over;
  // Names of matches:
  std::vector<ListedText> is;   ///< all of them hold
  std::vector<ListedText> any;  ///< one of them does
  std::vector<ListedText> none;
};

struct NamedMatchDraft {
  std::string name;
  MatchDraft match;
};

struct ReplaceDraft {
  std::string name;
  std::string regex;
  std::string with;
};

/// One of `from` and `from_response` is given.
struct CaptureDraft {
  std::string path;  ///< where it stands in the file
  std::string name;
  std::string from;
  std::string from_response;
  std::size_t length = lb::rules::Capture().length;
};

struct BasicAuthDraft {
  std::string path;   ///< where it stands in the file
  std::string users;  ///< the name of a list; empty where it is faulty
  std::string realm = "login";
  bool pass = lb::rules::BasicAuth().pass;
};

struct ForwardAuthDraft {
  std::string path;     ///< where it stands in the file
  std::string backend;  ///< empty where it is faulty
  std::string target = "/";
  std::vector<ListedText> request_fields;
  std::vector<ListedText> response_fields;
  base::Duration timeout = lb::rules::ForwardAuth().timeout;
};

/// Who may log in; either of the two is given.
struct UserListDraft {
  std::string name;
  std::string path;                 ///< where it stands in the file
  std::vector<ListedText> entries;  ///< "name:hash"
  std::string file;

  /// The entries, a line for each.
  [[nodiscard]] std::string text() const {
    std::string text;
    for (const ListedText& each : entries) text += each.text + '\n';
    return text;
  }
};

struct RuleDraft {
  std::string path;  ///< where it stands in the file
  MatchDraft match;
  // What does not end the list; lines are "Name: text".
  std::vector<ListedText> set;
  std::vector<ListedText> add;
  std::vector<ListedText> remove;
  std::vector<ReplaceDraft> replace;
  std::vector<ListedText> set_response;
  std::vector<ListedText> add_response;
  std::vector<ListedText> remove_response;
  std::optional<lb::rules::RewritePath> rewrite;
  std::optional<std::string> set_path;
  std::optional<std::string> set_query;
  std::optional<lb::rules::SetTimeouts> timeouts;
  std::optional<int> priority;
  std::vector<CaptureDraft> capture;
  std::optional<BasicAuthDraft> basic_auth;
  std::optional<ForwardAuthDraft> forward_auth;
  // What ends it: at most one of these.
  std::string use_backend;
  std::string use_server;                    ///< "backend/server"
  std::optional<MapLookupDraft> use_mapped;  ///< in its place
  bool redirects = false;
  std::string redirect_to;  ///< one of these is given
  std::string redirect_prefix;
  std::string redirect_scheme;
  int redirect_status = lb::rules::Redirect().status;
  std::optional<lb::rules::Deny> deny;
  std::optional<lb::rules::Answer> answer;
  std::string answer_file;  ///< in place of its body; empty: none
  std::optional<lb::rules::Tarpit> tarpit;
  bool drop = false;
  bool accept = false;

  /// Where it sends what it matches, by its own name or that of a server; empty: nowhere.
  [[nodiscard]] std::string backend() const {
    return use_backend.empty() ? use_server.substr(0, use_server.find('/')) : use_backend;
  }
  [[nodiscard]] unsigned endings() const {
    return static_cast<unsigned>(!use_backend.empty() || use_mapped) +
           static_cast<unsigned>(!use_server.empty()) + static_cast<unsigned>(redirects) +
           static_cast<unsigned>(deny.has_value()) + static_cast<unsigned>(answer.has_value()) +
           static_cast<unsigned>(tarpit.has_value()) + static_cast<unsigned>(drop) +
           static_cast<unsigned>(accept);
  }
};

}  // namespace hapair::config
