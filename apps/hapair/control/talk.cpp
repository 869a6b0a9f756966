#include "apps/hapair/control/talk.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/hapair/cli/command_line.hpp"
#include "apps/hapair/control/client.hpp"
#include "apps/hapair/control/json_read.hpp"
#include "common/base/text.hpp"

namespace hapair::control {
namespace {

using base::concat;
using Json = nlohmann::ordered_json;

/// The words of an error document; empty where it is none.
std::string refusal_of(const Json& answer) {
  if (value_at(answer, {"error"}) == nullptr) return {};
  const auto text = [&answer](const char* key) {
    return base::printable(text_at(answer, {"error", key}), 1000);
  };
  return concat(text("message"), "; ", text("remedy"));
}

}  // namespace

std::string why_unreachable(const std::string& socket, const base::Error& error) {
  switch (error.os_errno) {
    case ENOENT:
    case ENOTDIR:
      return concat("there is no ", socket,
                    ": is hapair running on this host? Start it with 'systemctl start hapair', or "
                    "name its socket with --socket or its directory with --runtime-dir");
    case ECONNREFUSED:
      return concat("nobody answers on ", socket,
                    ": hapair is not running; start it with 'systemctl start hapair'");
    case EACCES:
    case EPERM:
      return concat("no permission to use ", socket,
                    ": use root, or add the user to the socket's group with 'usermod -aG hapair "
                    "USER' and log in anew");
    case EAGAIN:
    case ETIMEDOUT:
      return concat("no answer on ", socket, " within ", base::format_duration(kClientTimeout),
                    ": look at the log of hapair, it may be overloaded or stopped");
    case EPIPE:
    case ECONNRESET:
      return concat("the connection to ", socket,
                    " was closed without an answer: hapair is starting anew, or too many "
                    "connections to it are open; try again, and look at its log");
    case ENAMETOOLONG:
      return error.message;
    default:
      return concat(socket, ": ", error.message);
  }
}

std::expected<Json, int> talk(const Question& question, std::ostream& err) {
  const std::string_view by_body = question.body.empty() ? "GET" : "POST";
  const auto answer = ask(question.socket, question.method.empty() ? by_body : question.method,
                          question.path, question.body);
  const std::string who = concat("hapair ", question.command, ": ");
  if (!answer) {
    const bool unreachable = answer.error().os_errno != 0;
    err << who << why_unreachable(question.socket, answer.error()) << '\n';
    return std::unexpected(unreachable ? cli::kExitAccess : cli::kExitFailed);
  }
  Json document = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  const bool good = answer->status == 200 || answer->status == 202;
  if (good && document.is_object()) return document;
  if (const std::string refusal = refusal_of(document); !refusal.empty()) {
    err << who << refusal << '\n';
    return std::unexpected(answer->status == 403 ? cli::kExitAccess : cli::kExitFailed);
  }
  err << who << "what answers on " << question.socket << " is not hapair's control server"
      << " (status " << answer->status << "): " << base::printable(answer->body) << '\n';
  return std::unexpected(cli::kExitFailed);
}

int give_order(const Question& question, bool json, std::string_view done, std::ostream& out,
               std::ostream& err) {
  const auto answer = talk(question, err);
  if (!answer) return answer.error();
  if (json) {
    out << answer->dump(2) << '\n';
  } else {
    out << done << '\n';
  }
  return cli::kExitOk;
}

}  // namespace hapair::control
