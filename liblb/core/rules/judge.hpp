// Takes one request through the rules: what becomes of it, and what is changed on its way and on
// its response's. Kept from request to request. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/time.hpp"
#include "common/http/field_edits.hpp"
#include "common/http/head.hpp"
#include "common/http/reply.hpp"
#include "liblb/core/rules/captures.hpp"
#include "liblb/core/rules/facts.hpp"
#include "liblb/core/rules/rule_list.hpp"
#include "liblb/core/rules/spec.hpp"

namespace hapair::lb::rules {

/// What must be found out about a request before it goes on; in the list.
using Question = std::variant<std::monostate, const BasicAuth*, const ForwardAuth*>;

/// Why a request does not go on, as whoever was asked about it says.
struct Refusal {
  int status = 403;
  std::vector<std::pair<std::string, std::string>> fields{};  ///< of the response, besides
  std::string type{};
  std::string body{};  ///< empty: an error page
  char cause = 'P';    ///< for the log: 'P' it is refused, else why nothing could be found out
};

/// What the rules say of a request.
struct Verdict {
  enum class Kind : std::uint8_t {
    kPass,    ///< to a server
    kDenied,  ///< an error page with `status`
    kAnswer,  ///< `answer`, or a redirect to `location`
    kTarpit,  ///< as kDenied, after `delay`
    kDrop,    ///< the connection ends
    kOpen,    ///< not known before there is an answer to `question`
  };

  Kind kind = Kind::kPass;
  std::optional<std::size_t> backend{};  ///< of kPass; absent: the default
  std::optional<std::size_t> server{};   ///< of that one; absent: it chooses
  int priority = 0;                      ///< among those who wait for a server
  int status = 0;
  const Answer* answer = nullptr;             ///< in the list
  std::shared_ptr<const std::string> body{};  ///< of an answer, where it is a file's
  std::string location{};
  base::Duration delay{0};
  SetTimeouts timeouts{};
  unsigned lists = 0;                ///< that were heard; the verdict is that of the last one
  Question question{};               ///< of kOpen
  std::optional<Refusal> refusal{};  ///< of kDenied, where somebody was asked

  [[nodiscard]] bool passes() const { return kind == Kind::kPass; }
};

/// The whole response, of a verdict that does not pass and does not drop.
[[nodiscard]] std::string render(const Verdict& verdict, http::ErrorTerms terms);

class Judge {
 public:
  /// The next request. Its head stays as it is until apply(). `tunnels`: an answer with 2xx would
  /// open a tunnel, so there is none.
  void begin(const http::RequestHead& head, bool tunnels = false);
  /// The next connection in mode tcp, which has no request.
  void begin_connection();
  /// Takes it through one list, or a further one. The verdict is that of all of them. Once an open
  /// verdict was settled with admit(), the lists are to be heard again in their order: the request
  /// goes on behind the action that had asked.
  void hear(const RuleList& list, const ConnectionFacts& connection,
            const Surroundings& surroundings);
  [[nodiscard]] const Verdict& verdict() const { return verdict_; }
  /// A rule asks for what the client has not said yet: there is no verdict.
  [[nodiscard]] bool undecided() const { return undecided_; }
  /// Of the request that was heard last, and its response.
  [[nodiscard]] Captures& captures() { return captures_; }
  [[nodiscard]] const Captures& captures() const { return captures_; }
  [[nodiscard]] const http::RequestHead& head() const { return *head_; }

  // The answers to an open verdict's question:
  void admit() { verdict_.kind = Verdict::Kind::kPass; }
  void refuse(Refusal refusal);
  /// Who has sent the request, where that was asked; empty: nobody knows.
  [[nodiscard]] const std::string& user() const { return user_; }
  void set_user(std::string user) { user_ = std::move(user); }
  /// What is to be made of the request, behind what rules have made of it so far.
  [[nodiscard]] http::FieldEdits& request_edits() { return request_edits_; }

  /// Changes the request as the rules want it. What is new in the head refers to this object.
  /// `head_bytes`: its size. False: there is no room for all of that.
  [[nodiscard]] bool apply(http::RequestHead& head, std::size_t head_bytes);
  /// What apply() added to the head.
  [[nodiscard]] std::size_t added_bytes() const {
    return request_edits_.bytes() + new_target_.size();
  }
  /// What is to be made of the response.
  [[nodiscard]] const http::FieldEdits& response_edits() const { return response_edits_; }

 private:
  /// A head on its way has so much room in a buffer, beside what is always added.
  static constexpr std::size_t kMaxHead = 16 * 1024;

  struct Place {
    const RuleList* list = nullptr;
    RuleNumber rule = 0;
    std::size_t action = 0;
  };

  /// The rest of a rule's actions. False: the request goes no further in this list for now.
  [[nodiscard]] bool perform_from(Place place, const Facts& facts);
  [[nodiscard]] bool perform(const EditField& edit, const Facts& facts);
  [[nodiscard]] bool perform(const RewritePath& rewrite, const Facts& facts);
  [[nodiscard]] bool perform(const SetPath& set, const Facts& facts);
  [[nodiscard]] bool perform(const SetQuery& set, const Facts& facts);
  [[nodiscard]] bool perform(const SetTimeouts& set, const Facts& facts);
  [[nodiscard]] bool perform(const SetPriority& set, const Facts& facts);
  [[nodiscard]] bool perform(const Capture& capture, const Facts& facts);
  [[nodiscard]] bool perform(const BasicAuth& auth, const Facts& facts);
  [[nodiscard]] bool perform(const ForwardAuth& auth, const Facts& facts);
  [[nodiscard]] bool perform(const UseBackend& use, const Facts& facts);
  [[nodiscard]] bool perform(const UseServer& use, const Facts& facts);
  [[nodiscard]] bool perform(const UseMapped& use, const Facts& facts);
  [[nodiscard]] bool perform(const Redirect& redirect, const Facts& facts);
  [[nodiscard]] bool perform(const Deny& deny, const Facts& facts);
  [[nodiscard]] bool perform(const Answer& answer, const Facts& facts);
  [[nodiscard]] bool perform(const Tarpit& tarpit, const Facts& facts);
  [[nodiscard]] bool perform(const SilentDrop& drop, const Facts& facts);
  [[nodiscard]] bool perform(const Accept& accept, const Facts& facts);
  [[nodiscard]] bool replace(const EditField& edit, const Facts& facts);
  [[nodiscard]] bool set_path(std::string path);
  void refuse(int status);
  void answer_with(Verdict::Kind kind, int status);

  const http::RequestHead* head_ = nullptr;
  HostText host_;
  std::string path_text_;  ///< see http::normal_path()
  std::string_view path_;  ///< in its normal form
  Verdict verdict_;
  Captures captures_;
  http::FieldEdits request_edits_;
  http::FieldEdits response_edits_;
  std::optional<std::string> new_path_;
  std::optional<std::string> new_query_;
  std::string new_target_;  ///< both together, as the head refers to them
  std::string user_;
  Place asked_at_;  ///< the action that had asked; without a list: none has
  bool tunnels_ = false;
  bool host_changed_ = false;
  bool ended_ = false;  ///< a rule has had the last word
  bool undecided_ = false;
};

}  // namespace hapair::lb::rules
