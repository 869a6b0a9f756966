// Maps and files of answers: as the balancer gets them, and what is read of them at the start.
#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>
#include <variant>

#include "apps/hapair/config/build.hpp"
#include "apps/hapair/config/check_command.hpp"
#include "apps/hapair/config/envelope.hpp"
#include "apps/hapair/config/load.hpp"
#include "apps/hapair/config/parse.hpp"
#include "tests/unit/config/data_files.hpp"

using namespace hapair;
using namespace hapair::config;

namespace {

namespace spec = lb::rules;

Model good_maps() {
  const ParsedConfig parsed = parse_config(read_text(kDataRoot / "good" / "maps.json"));
  REQUIRE(parsed.faults.empty());
  return build(parsed.reading.draft, 0, {});
}

/// A configuration beside its files.
class Place {
 public:
  Place() {
    std::string name = (std::filesystem::temp_directory_path() / "hapair-maps-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
    write("hosts.map", "a.example app\n");
    write("away.html", "<p>away");
  }
  ~Place() { std::filesystem::remove_all(path_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void write(const std::string& name, const std::string& text) const {
    write_text(path_ / name, text);
  }
  void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string config() const {
    write("hapair.json", R"({
  "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "maps": { "hosts": { "file": ")" +
                             path("hosts.map") + R"(", "by": "domain" } },
  "frontends": {
    "web": {
      "bind": [{ "address": "*", "port": 80 }],
      "rules": [
        { "match": { "path": ["/away"] }, "answer": { "file": ")" +
                             path("away.html") + R"(" } },
        { "use_backend": { "map": "hosts", "key": "host" } }
      ]
    },
    "tcp": { "mode": "tcp", "bind": [{ "address": "*", "port": 81 }], "default_backend": "db" }
  },
  "backends": {
    "app": { "servers": { "s1": { "address": "192.0.2.21:80" } } },
    "db": { "servers": { "s1": { "address": "192.0.2.22:80" } } }
  } })");
    return path("hapair.json");
  }
  /// The faults of the configuration, "maps.hosts.file: ..." each.
  [[nodiscard]] std::string faults() const {
    const auto loaded = load(config(), "lb1", {"elsewhere", {}});
    if (loaded) return "none";
    std::string all;
    for (const Fault& fault : loaded.error().faults) all += fault.path + ": " + fault.message;
    return all;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("rules look into maps by their places, and answer from files by theirs") {
  const Model model = good_maps();
  const auto& rules = model.frontends.at(0).rules;
  const auto& redirect = std::get<spec::Redirect>(rules.at(1).actions.back());
  CHECK(std::get<spec::MapTest>(rules[1].match.all.at(0)).in.map->place == 2);
  CHECK(redirect.location.at(1).map->place == 2);
  const auto& blocked = std::get<spec::MapTest>(rules.at(0).match.all.at(0));
  CHECK(blocked.in.map->place == 1);
  CHECK(blocked.in.what == spec::Variable::kClientAddress);
  const auto& answer = std::get<spec::Answer>(rules.at(2).actions.back());
  CHECK(model.tls_files.at(answer.file.value()).path == "/etc/hapair/away.html");
  CHECK(model.tls_files[*answer.file].kind == tls_files::Kind::kBody);
  const auto& edit = std::get<spec::EditField>(rules.at(3).actions.at(0));
  CHECK(edit.value.at(0).map->place == 3);
  CHECK(edit.value.at(2).map->place == 4);
  const auto& use = std::get<spec::UseMapped>(rules[3].actions.back());
  CHECK(use.in.map->place == 0);
  CHECK(use.otherwise == 0);
  CHECK(use.choices == std::vector<std::size_t>{0, 1});
  CHECK_FALSE(std::get<spec::UseMapped>(rules.at(4).actions.back()).otherwise);
  CHECK(model.frontends[0].uses(0));
  CHECK_FALSE(model.frontends[0].uses(1));  // only as the map has it
  const auto& own = model.backends.at(0).rules;
  CHECK(std::get<spec::SetPath>(own.at(0).actions.back()).to.at(1).map->place == 3);
  CHECK(std::get<spec::Answer>(own.at(1).actions.back()).file == answer.file);
}

TEST_CASE("what must hold of a map is what its uses need") {
  const Model model = good_maps();
  REQUIRE(model.maps.size() == 6);
  CHECK(model.maps[0].name == "hosts");
  CHECK(model.maps[0].terms ==
        spec::MapTerms{.kind = spec::MapKind::kDomain,
                       .valued = true,
                       .backends = std::vector<std::string>{"app", "named", ""}});
  CHECK(model.maps[1].terms == spec::MapTerms{.kind = spec::MapKind::kNetwork});
  CHECK(model.maps[2].terms == spec::MapTerms{.kind = spec::MapKind::kPrefix, .valued = true});
  CHECK(model.maps[3].file == model.maps[4].file);
  CHECK(model.tls_files.at(model.maps[0].file).path == "/etc/hapair/hosts.map");
}

TEST_CASE("what the files hold reaches the worker") {
  const Place place;
  const auto loaded = load(place.config(), "lb1", {"elsewhere", {}});
  REQUIRE(loaded);
  const auto model = parse_envelope(loaded->envelope);
  REQUIRE(model);
  CHECK(model->tls_items.at(model->maps.at(0).file).at(0).text == "a.example app\n");
  CHECK(model->tls_items.at(1).at(0).text == "<p>away");
}

TEST_CASE("a file that is no good is a fault at the start, with its line") {
  const Place place;
  CHECK(place.faults() == "none");
  place.write("hosts.map", "a.example app\n\nb.example apps\n");
  CHECK(place.faults() == "maps.hosts.file: " + place.path("hosts.map") +
                              ":3: \"apps\" is no backend in mode http; name one that the "
                              "configuration has");
  place.write("hosts.map", "a.example db\n");
  CHECK(place.faults().find(":1: \"db\" is no backend in mode http") != std::string::npos);
  place.write("hosts.map", "a.example app\n");
  place.write("away.html", std::string(64 * 1024 + 1, 'x'));
  CHECK(place.faults() == "frontends.web.rules[0].answer.file: " + place.path("away.html") +
                              " has more than 65536 bytes; make it smaller");
  place.write("away.html", "");
  CHECK(place.faults() == "none");
  place.remove("hosts.map");
  CHECK(place.faults().find("No such file or directory; it must be there on every node") !=
        std::string::npos);
}

TEST_CASE("on a host that is no node files that are not there are a notice") {
  const Place place;
  place.remove("hosts.map");
  place.remove("away.html");
  const CheckReport report = check_command({place.config(), "", false}, {"elsewhere", {}});
  CHECK(report.exit_code == 0);
  CHECK(report.out.find("maps.hosts.file: ") != std::string::npos);
  CHECK(report.out.find("rules[0].answer.file: ") != std::string::npos);
}

TEST_CASE("more files than the guardian has room for are a fault") {
  std::string rules;
  for (int i = 0; i <= 1024; ++i) {
    rules += (i == 0 ? "" : ",") + std::string(R"({ "answer": { "file": "/a/)") +
             std::to_string(i) + "\" } }";
  }
  ParsedConfig parsed = parse_config(R"({
  "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }], "rules": [)" +
                                     rules + "] } } }");
  REQUIRE(parsed.faults.sorted().size() == 1);
  const Fault fault = parsed.faults.sorted().front();
  CHECK(fault.path == "frontends.web.rules[1024].answer.file");
  CHECK(fault.message.starts_with("is one file too many"));
}
