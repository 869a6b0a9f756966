// Sync groups: members become master together, and leave together.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "libvrrp/core/sync_group.hpp"

namespace hapair::vrrp {
namespace {

struct Member final : SyncMember {
  explicit Member(std::string called) : name_(std::move(called)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool claims() const override { return claiming; }
  [[nodiscard]] bool is_master() const override { return master; }
  void grant() override {
    calls.emplace_back("grant");
    master = true;
    claiming = false;
  }
  void give_way(std::string_view why) override {
    calls.push_back("give way: " + std::string(why));
    master = false;
  }

  std::string name_;
  bool claiming = false;
  bool master = false;
  std::vector<std::string> calls;
};

struct Site {
  Site() {
    group.add(outside);
    group.add(inside);
  }

  Member outside{"outside"};
  Member inside{"inside"};
  SyncGroup group{"site"};
};

using Calls = std::vector<std::string>;

TEST_CASE("one claim is not enough") {
  Site site;
  site.outside.claiming = true;
  site.group.settle();
  CHECK(site.outside.calls.empty());
  CHECK(site.inside.calls.empty());
}

TEST_CASE("when all claim, all become master") {
  Site site;
  site.outside.claiming = true;
  site.inside.claiming = true;
  site.group.settle();
  CHECK(site.outside.calls == Calls{"grant"});
  CHECK(site.inside.calls == Calls{"grant"});
  site.group.settle();
  CHECK(site.outside.calls.size() == 1);
}

TEST_CASE("when one has left, the other masters give way, and say for whom") {
  Site site;
  site.outside.master = true;
  site.group.settle();
  CHECK(site.outside.calls == Calls{"give way: sync group site: inside is not master"});
  CHECK(site.inside.calls.empty());
  CHECK_FALSE(site.outside.master);
}

TEST_CASE("a claim beside a master joins it") {
  Site site;
  site.outside.master = true;
  site.inside.claiming = true;
  site.group.settle();
  CHECK(site.outside.calls.empty());
  CHECK(site.inside.calls == Calls{"grant"});
}

}  // namespace
}  // namespace hapair::vrrp
