// What the worker makes of the files of rules: at the start, and as they change.
#include "apps/hapair/worker/rule_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "apps/hapair/worker/tls_wiring.hpp"
#include "tests/unit/memory_sink.hpp"

using namespace hapair;

namespace {

constexpr std::size_t kHosts = 0;
constexpr std::size_t kAway = 1;

/// A map of backends that two names share, and an answer; told of changes as the keeper does.
struct Scene {
  explicit Scene(const std::string& hosts = "a app\nb app\n")
      : loop(event::EventLoop::create().value()) {
    model.tls_files = {{.kind = tls_files::Kind::kMap, .path = "/hosts.map"},
                       {.kind = tls_files::Kind::kBody, .path = "/away.html"}};
    model.tls_items = {{item(kHosts, hosts)}, {item(kAway, "<p>one")}};
    model.maps = {{.name = "hosts",
                   .file = kHosts,
                   .terms = {.valued = true, .backends = std::vector<std::string>{"app", "api"}}},
                  {.name = "known", .file = kHosts, .terms = {}}};
    log.add_sink(sink, base::LogLevel::kDebug);
    wiring = std::make_unique<worker::TlsWiring>(*loop, model, log, journal);
    REQUIRE(wiring->set_up());
    files = std::make_unique<worker::RuleFiles>(*loop, model, shelf, log, journal);
    wiring->hand_on_to(*files);
  }
  ~Scene() { log.remove_sinks(); }

  [[nodiscard]] tls_files::Item item(std::size_t file, const std::string& text) const {
    return {.path = model.tls_files[file].path, .text = text};
  }
  void change(std::size_t file, const std::string& text) {
    wiring->on_tls_items(file, {item(file, text)});
  }
  /// The backend that the map has for a host; -1: none.
  [[nodiscard]] int backend(std::string_view host) const {
    const auto found = shelf.map(0)->find(host);
    return found ? static_cast<int>(found->backend) : -1;
  }
  [[nodiscard]] bool logged(std::string_view line) const {
    return std::ranges::find(sink.lines, line) != sink.lines.end();
  }

  std::unique_ptr<event::EventLoop> loop;
  config::Model model;
  base::Logger log;
  base::Journal journal;
  MemorySink sink;
  lb::rules::Shelf shelf;
  std::unique_ptr<worker::TlsWiring> wiring;
  std::unique_ptr<worker::RuleFiles> files;
};

TEST_CASE("rules begin with what the files held when the configuration was read") {
  const Scene s;
  CHECK(s.backend("a") == 0);
  CHECK(s.backend("c") == -1);
  CHECK(*s.shelf.body(kAway) == "<p>one");
  CHECK(s.files->maps().at(0).keys == 2);
  CHECK(s.files->maps()[0].digest.size() == 64);
  CHECK(s.files->maps()[0].fault.empty());
  CHECK(s.sink.lines.empty());
}

TEST_CASE("what a file holds now takes the place of what it held, and log and journal say so") {
  Scene s;
  const std::string before = s.files->maps()[0].digest;
  s.change(kHosts, "a api\nb app\nc api\n");
  CHECK(s.backend("a") == 1);
  CHECK(s.backend("c") == 1);
  CHECK(s.logged("info map-renewed hosts: /hosts.map: 3 keys, 2 before"));
  CHECK(s.logged("info map-renewed known: /hosts.map: 3 keys, 2 before"));
  CHECK(s.journal.last("map-renewed", "hosts"));
  CHECK(s.files->maps()[0].digest != before);
  const auto held = s.shelf.body(kAway);
  s.change(kAway, "<p>two!");
  CHECK(*s.shelf.body(kAway) == "<p>two!");
  CHECK(*held == "<p>one");  // who has begun with it ends with it
  CHECK(s.logged("info answer-renewed /away.html: 7 bytes"));
  s.sink.lines.clear();
  s.change(kAway, "<p>two!");
  CHECK(s.sink.lines.empty());
}

TEST_CASE("a map that is no good is refused with its line, and the old one stays") {
  Scene s;
  const std::string before = s.files->maps()[0].digest;
  s.change(kHosts, "a api\nb apps\n");
  CHECK(s.backend("a") == 0);
  CHECK(
      s.logged("error map-refused hosts: /hosts.map:2: \"apps\" is no backend in mode http; name "
               "one that the configuration has; what it held before stays"));
  CHECK(s.journal.last("map-refused", "hosts"));
  CHECK(s.files->maps()[0].keys == 2);
  CHECK(s.files->maps()[0].digest == before);
  CHECK_FALSE(s.files->maps()[0].fault.empty());
  CHECK(s.files->maps()[1].fault.empty());  // to which values are no matter
  s.change(kHosts, "a api\n");
  CHECK(s.backend("a") == 1);
  CHECK(s.files->maps()[0].fault.empty());
}

TEST_CASE("a file that can't be read any more leaves what was, until it can again") {
  Scene s;
  s.wiring->on_tls_fault(kHosts, "/hosts.map cannot be opened");
  s.wiring->on_tls_fault(kAway, "/away.html cannot be opened");
  CHECK(s.backend("a") == 0);
  CHECK(*s.shelf.body(kAway) == "<p>one");
  CHECK(
      s.logged("error map-refused hosts: /hosts.map cannot be opened; what it held before stays"));
  CHECK(
      s.logged("error answer-refused /away.html: /away.html cannot be opened; what it said "
               "before stays"));
  CHECK(s.journal.last("answer-refused", "/away.html"));
  CHECK_FALSE(s.files->maps()[0].fault.empty());
  s.change(kHosts, "a app\nb app\n");  // the same as before
  CHECK(s.files->maps()[0].fault.empty());
}

TEST_CASE("a map of which nothing was ever good has no keys and no digest") {
  const Scene s("a nowhere\n");
  CHECK(s.shelf.map(0) == nullptr);
  CHECK(s.files->maps()[0].digest.empty());
  CHECK(s.files->maps()[0].fault.starts_with("/hosts.map:1: "));
}

}  // namespace
