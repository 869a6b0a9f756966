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
        steps, Page{.status = status,
                    .type = "text/html; charset=utf-8",
                    .body = base::concat("asked for ", call.request.path, std::string(filler, '.'),
                                         call.has_body ? " with a body" : "", "</html>\n"),
                    .fields = {{"X-Page", "yes"}}});
  }

  std::vector<std::string> users;  ///< of all that were made
  int status = 200;
  std::size_t filler = 0;
  int steps = 3;  ///< turns that a page takes

 private:
  class Making final : public PageInMaking {
   public:
    Making(int steps, Page page) : steps_(steps), page_(std::move(page)) {}
    bool step() override { return --steps_ <= 0; }
    Page take() override { return std::move(page_); }

   private:
    int steps_;
    Page page_;
  };
};

}  // namespace hapair::lb::test
