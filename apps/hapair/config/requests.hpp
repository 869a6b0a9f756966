// From the draft to the model: what becomes of a frontend's requests.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/hapair/config/draft.hpp"

namespace hapair::config {

/// What the files hold that the configuration names, by their paths.
using FileContents = std::map<std::string, std::string, std::less<>>;

void build_requests(const Draft& draft, const FrontendDraft& from, const FileContents& files,
                    Frontend& frontend);
/// A page whose file is not among `files` is left out.
[[nodiscard]] std::vector<ErrorPage> build_error_pages(const std::vector<ErrorPageDraft>& from,
                                                       const FileContents& files);
/// By how the file's name ends; empty: by that it can't be told.
[[nodiscard]] std::string_view content_type_of(std::string_view file);

}  // namespace hapair::config
