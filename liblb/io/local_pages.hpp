// Pages of a frontend that whoever surrounds the engine makes, since they show what the engine does
// not know: the statistics with the pair, metrics, the node's health. The engine finds out who asks
// and sends what comes of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/head.hpp"
#include "liblb/core/settings.hpp"

namespace hapair::lb {

struct Page {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> fields{};  ///< further ones
};

struct PageCall {
  const FrontendSettings& frontend;
  const http::RequestHead& request;
  std::string_view user;  ///< who has given a password; empty: nobody was asked for one
  bool has_body = false;
};

/// A page on its way. Destruction gives it up.
class PageInMaking {
 public:
  PageInMaking() = default;
  virtual ~PageInMaking() = default;
  PageInMaking(const PageInMaking&) = delete;
  PageInMaking& operator=(const PageInMaking&) = delete;

  /// A piece of work, below a millisecond. True: the page is whole, and can be taken once.
  [[nodiscard]] virtual bool step() = 0;
  [[nodiscard]] virtual Page take() = 0;
};

class LocalPages {
 public:
  enum class Access : std::uint8_t {
    kNone,   ///< there is no such page
    kOpen,   ///< for whoever asks; small, and there at any time
    kUsers,  ///< for the frontend's users, where it has some
  };

  [[nodiscard]] virtual Access find(const FrontendSettings& frontend,
                                    std::string_view target) const = 0;
  /// For a target that was found. What the call refers to stays only until this returns.
  [[nodiscard]] virtual std::unique_ptr<PageInMaking> make(const PageCall& call) = 0;

 protected:
  ~LocalPages() = default;
};

}  // namespace hapair::lb
