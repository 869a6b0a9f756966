// Error pages of one's own, in place of the built-in ones. Pure; immutable, read once.
#pragma once

#include <map>
#include <utility>

#include "common/http/reply.hpp"

namespace hapair::lb {

class ErrorPages {
 public:
  void add(int status, http::ErrorPage page) { pages_.insert_or_assign(status, std::move(page)); }

  [[nodiscard]] bool empty() const { return pages_.empty(); }
  /// Null where there is none.
  [[nodiscard]] const http::ErrorPage* find(int status) const {
    const auto at = pages_.find(status);
    return at == pages_.end() ? nullptr : &at->second;
  }

 private:
  std::map<int, http::ErrorPage> pages_;
};

}  // namespace hapair::lb
