// The keys of a rule's actions, once for all who check them.
#pragma once

#include <array>
#include <string_view>

namespace hapair::config {

/// That do something with a request or its response, so that they mean nothing in mode tcp.
inline constexpr std::array<std::string_view, 17> kRequestActions = {"basic_auth",
                                                                     "forward_auth",
                                                                     "set_header",
                                                                     "add_header",
                                                                     "remove_header",
                                                                     "replace_header",
                                                                     "set_response_header",
                                                                     "add_response_header",
                                                                     "remove_response_header",
                                                                     "rewrite_path",
                                                                     "set_path",
                                                                     "set_query",
                                                                     "timeouts",
                                                                     "capture",
                                                                     "redirect",
                                                                     "answer",
                                                                     "tarpit"};

/// That a connection may be subject to as well; but for the flags, which may say that nothing is
/// done.
inline constexpr std::array<std::string_view, 4> kCommonActions = {"priority", "use_backend",
                                                                   "use_server", "deny"};

/// Of those what makes them an action on requests.
inline constexpr std::array<std::string_view, 2> kRequestDetails = {"use_backend.map",
                                                                    "deny.status"};

}  // namespace hapair::config
