// What becomes of a frontend's requests: from the model's plain values to the balancer's. Pure.
#pragma once

#include <memory>
#include <vector>

#include "apps/hapair/config/model.hpp"
#include "liblb/core/error_pages.hpp"
#include "liblb/core/request_policy.hpp"

namespace hapair::worker {

/// Null: there are none.
[[nodiscard]] std::shared_ptr<const lb::ErrorPages> error_pages(
    const std::vector<config::ErrorPage>& pages);
/// Null where they go on as they come.
[[nodiscard]] std::shared_ptr<const lb::RequestPolicy> request_policy(
    const config::RequestOptions& requests);

}  // namespace hapair::worker
