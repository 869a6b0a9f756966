// What a frontend's policy answers itself: how this node is, and where https is.
#pragma once

#include <optional>
#include <string>

#include "common/http/reply.hpp"
#include "liblb/io/frontend.hpp"

namespace hapair::lb {

struct LocalAnswer {
  int status = 200;
  std::string body{};      ///< plain text; an error page where there is none
  std::string location{};  ///< of a redirect
  bool logged = true;

  /// The whole response.
  [[nodiscard]] std::string render(http::ErrorTerms terms) const;
};

/// nullopt: the request goes on. `tunnels`: an answer with 2xx would open a tunnel, so there is
/// none.
[[nodiscard]] std::optional<LocalAnswer> local_answer(const Listener& listener, Frontend& frontend,
                                                      const http::RequestHead& head,
                                                      const RequestNotes& notes,
                                                      bool tunnels = false);

}  // namespace hapair::lb
