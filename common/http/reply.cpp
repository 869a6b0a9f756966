#include "common/http/reply.hpp"

#include "common/base/text.hpp"

namespace hapair::http {
namespace {

/// One sentence for the person in front of the browser.
std::string_view explanation(int status) {
  switch (status) {
    case 400:
      return "The request is malformed.";
    case 401:
      return "This resource is for those who say who they are.";
    case 403:
      return "Access to this resource is not allowed.";
    case 404:
      return "There is nothing at this address.";
    case 405:
      return "The method is not allowed here.";
    case 408:
      return "The request did not arrive in time.";
    case 410:
      return "There is nothing at this address any more.";
    case 413:
      return "The request body is larger than the server accepts.";
    case 414:
      return "The address in the request is longer than the server accepts.";
    case 429:
      return "There were too many requests from this client; try again later.";
    case 431:
      return "The header fields of the request are larger than the server accepts.";
    case 501:
      return "The request asks for something that the server does not implement.";
    case 502:
      return "The server behind this address gave no valid answer.";
    case 503:
      return "No server is available to handle this request.";
    case 504:
      return "The server behind this address did not answer in time.";
    case 505:
      return "The server speaks HTTP/1.0 and HTTP/1.1.";
    default:
      return "The request could not be handled.";
  }
}

bool has_body_by_status(int status) { return status >= 200 && status != 204 && status != 304; }

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

}  // namespace

std::string render(const Reply& reply) {
  constexpr std::size_t kHead = 512;
  std::string out;
  out.reserve(kHead + (reply.head_only ? 0 : reply.body.size()));
  out += base::concat("HTTP/1.1 ", reply.status, ' ', reason_phrase(reply.status));
  out += "\r\n";
  if (!reply.body.empty()) append_field(out, "Content-Type", reply.content_type);
  if (has_body_by_status(reply.status)) {
    append_field(out, "Content-Length", base::concat(reply.body.size()));
  }
  append_field(out, "Cache-Control", "no-store");
  for (const ReplyField& field : reply.fields) append_field(out, field.name, field.value);
  if (reply.close) {
    append_field(out, "Connection", "close");
  } else if (reply.client == Version::kHttp10) {
    append_field(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  if (!reply.head_only && has_body_by_status(reply.status)) out += reply.body;
  return out;
}

std::string error_page_body(int status) {
  const std::string title = base::concat(status, ' ', reason_phrase(status));
  return base::concat("<!doctype html>\n<html lang=\"en\">\n<head><title>", title,
                      "</title></head>\n<body>\n<h1>", title, "</h1>\n<p>", explanation(status),
                      "</p>\n</body>\n</html>\n");
}

std::string error_reply(int status, const ErrorTerms& terms) {
  const std::string built_in = terms.page == nullptr ? error_page_body(status) : std::string();
  Reply reply;
  reply.status = status;
  reply.body = built_in;
  if (terms.page != nullptr) {
    reply.content_type = terms.page->content_type;
    reply.body = terms.page->body;
  }
  reply.head_only = terms.head_only;
  reply.close = terms.close;
  reply.client = terms.client;
  reply.fields = terms.fields;
  // RFC 9110, section 15.5.6: what else there is to choose from.
  if (status == 405) reply.fields.push_back({"Allow", kMethodsPassed});
  return render(reply);
}

}  // namespace hapair::http
