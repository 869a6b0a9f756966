#include "libcheck/io/http_prober.hpp"

#include <optional>
#include <system_error>
#include <utility>

#include "common/base/text.hpp"

namespace hapair::check {
namespace {

std::string build_request(const CheckSpec& spec, const HttpCheck& check) {
  return base::concat(check.method, ' ', check.path,
                      " HTTP/1.1\r\n"
                      "Host: ",
                      check.host.empty() ? spec.endpoint.to_string() : check.host,
                      "\r\n"
                      "User-Agent: hapair\r\n"
                      "Accept: */*\r\n"
                      "Connection: close\r\n\r\n");
}

}  // namespace

HttpProber::HttpProber(const ProbeParts& parts, const CheckSpec& spec, const HttpCheck& check,
                       ProbeHandler& handler)
    : StreamProber(parts, spec, handler), check_(check), request_(build_request(spec, check)) {}

void HttpProber::on_connected() noexcept {
  judge_ = std::make_unique<HttpJudge>(check_.expect);
  on_ready();
}

void HttpProber::on_ready() noexcept {
  write_rest(request_, sent_);
  std::optional<HttpVerdict> verdict;
  while (!verdict && stream().may_read()) {
    const net::IoResult got = stream().read(judge_->room());
    switch (got.status) {
      case net::IoStatus::kOk:
        verdict = judge_->take(got.bytes);
        break;
      case net::IoStatus::kWouldBlock:
        return;
      case net::IoStatus::kEof:
        verdict = judge_->on_eof();
        break;
      case net::IoStatus::kError:
        verdict =
            HttpVerdict{CheckCode::kL7BadResponse, 0, std::generic_category().message(got.error)};
        break;
    }
  }
  if (verdict) finish(verdict->code, std::move(verdict->info), verdict->status);
}

void HttpProber::on_end() noexcept {
  sent_ = 0;
  judge_.reset();
}

}  // namespace hapair::check
