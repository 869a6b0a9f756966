// From what the file says of a check over HTTP to libcheck's own terms.
#pragma once

#include "apps/hapair/config/draft_http_check.hpp"
#include "libcheck/core/grpc_check.hpp"
#include "libcheck/core/http_check.hpp"

namespace hapair::config {

[[nodiscard]] check::HttpCheck build_http_check(const HttpCheckDraft& draft);
[[nodiscard]] check::GrpcCheck build_grpc_check(const HttpCheckDraft& draft);

}  // namespace hapair::config
