// Pages of whoever surrounds the engine: each says what was asked for, and takes a few turns.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.hpp"
#include "liblb/io/local_pages.hpp"

namespace hapair::lb::test {

class FakePages final : public LocalPages {
 public:
  [[nodiscard]] Access find(const FrontendSettings& frontend,
                            std::string_view target) const override {
    if (frontend.pages.health && target == "/healthz") return Access::kOpen;
    const auto& uri = frontend.stats_uri;
    return uri && target.starts_with(*uri) ? Access::kUsers : Access::kNone;
  }

  [[nodiscard]] std::unique_ptr<PageInMaking> make(const PageCall& call) override {
    users.emplace_back(call.user);
    return std::make_unique<Making>(
        held, Page{.status = status,
                   .type = "text/html; charset=utf-8",
                   .body = base::concat("asked for ", call.request.path, std::string(filler, '.'),
                                        call.has_body ? " with a body" : "", "</html>\n"),
                   .fields = {{"X-Page", "yes"}}});
  }

  std::vector<std::string> users;  ///< of all that were made
  int status = 200;
  std::size_t filler = 0;
  bool held = false;  ///< none gets whole meanwhile

 private:
  class Making final : public PageInMaking {
   public:
    Making(const bool& held, Page page) : held_(held), page_(std::move(page)) {}
    bool step() override { return ++steps_ >= 3 && !held_; }
    Page take() override { return std::move(page_); }

   private:
    const bool& held_;
    Page page_;
    int steps_ = 0;
  };
};

}  // namespace hapair::lb::test
