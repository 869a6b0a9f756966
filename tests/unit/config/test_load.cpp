// Files on the disk: who may read them, what the secret gives, and what reaches the worker.
#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "apps/hapair/config/check_command.hpp"
#include "apps/hapair/config/document.hpp"
#include "apps/hapair/config/envelope.hpp"
#include "apps/hapair/config/load.hpp"
#include "tests/unit/config/data_files.hpp"
#include "tests/unit/tls/made_certificate.hpp"

using namespace hapair;
using namespace hapair::config;

namespace {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hapair-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto file = path_ / name;
    write_text(file, text);
    REQUIRE(chmod(file.c_str(), mode) == 0);
    return file.string();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";

/// A VRRP version 2 pair whose password derives from the secret, or is given.
std::string version_2(const std::string& secret_file, const std::string& auth) {
  return R"({ "cluster": { "secret_file": ")" + secret_file + R"(",
  "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "vips": { "a": { "router_id": 1, "addresses": ["192.0.2.10"], "version": 2,
    "auth": { "type": "pass")" +
         auth + R"( } } } })";
}

Host no_host() { return {"elsewhere", {}}; }

std::string first_fault(const std::string& path) {
  const auto loaded = load(path, "lb1", no_host());
  REQUIRE_FALSE(loaded.has_value());
  REQUIRE(loaded.error().faults.size() == 1);
  return loaded.error().faults.front().message;
}

std::optional<std::string> password_of(const std::string& path) {
  const auto loaded = load(path, "lb1", no_host());
  REQUIRE(loaded.has_value());
  return loaded->model.vips.at(0).password;
}

}  // namespace

TEST_CASE("a file that can't be opened is told apart from a faulty one") {
  const TempFolder folder;
  const auto loaded = load(folder.path("none.json"), "lb1", no_host());
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().exit_code == 4);
  CHECK(loaded.error().to_string() ==
        folder.path("none.json") +
            ": cannot be opened: No such file or directory; name the file to read with --config "
            "FILE\n");
  const auto directory = load(std::filesystem::temp_directory_path().string(), "lb1", no_host());
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().unreadable.starts_with("is no regular file"));
}

TEST_CASE("a file that is too large is faulty, not out of reach") {
  const TempFolder folder;
  const std::string file = folder.write("large.json", "{}" + std::string(kMaxFileBytes, ' '));
  CHECK(first_fault(file) ==
        "the file has more than 1048576 bytes; no configuration needs that: is it the right file?");
  CHECK(load(file, "lb1", no_host()).error().exit_code == 3);
}

TEST_CASE("a file that this user may not read asks for another user, not for another file") {
  const TempFolder folder;
  const std::string file = folder.write("closed.json", "{}", 0);
  constexpr uid_t kNobody = 65534;
  const uid_t before = ::geteuid();
  if (before == 0 && ::seteuid(kNobody) != 0) return;  // root that can't be anybody else
  const auto closed = load(file, "lb1", no_host());
  REQUIRE(::seteuid(before) == 0);
  REQUIRE_FALSE(closed.has_value());
  CHECK(closed.error().exit_code == 4);
  CHECK(closed.error().to_string() ==
        file + ": cannot be opened: Permission denied; use root, or let this user read it\n");
}

TEST_CASE("a password derives from the secret, alike on every node, whatever ends the file") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const std::string with_newline = folder.write("secret2", std::string(kSecret) + "\n");
  const std::string other = folder.write("secret3", std::string(kSecret) + "x");
  const auto first = password_of(folder.write("1.json", version_2(secret, "")));
  REQUIRE(first.has_value());
  CHECK(first->size() == 8);
  CHECK(first == password_of(folder.write("2.json", version_2(with_newline, ""))));
  CHECK(first != password_of(folder.write("3.json", version_2(other, ""))));
}

TEST_CASE("the key of signatures derives from the secret and reaches guardian and worker") {
  const TempFolder folder;
  const auto version_3 = [&](const std::string& secret_text, const std::string& vip) {
    const std::string secret = folder.write("secret", secret_text);
    const auto loaded = load(folder.write("a.json", R"({ "cluster": { "secret_file": ")" + secret +
                                                        R"(", "nodes": { "lb1":
      { "address": "192.0.2.11", "interface": "eth0" } } }, "vips": { ")" +
                                                        vip +
                                                        R"(": { "router_id": 1,
      "addresses": ["192.0.2.10"] } } })"),
                             "lb1", no_host());
    REQUIRE(loaded.has_value());
    const auto worker = parse_envelope(loaded->envelope);
    REQUIRE(worker.has_value());
    CHECK(worker->vips.at(0).hmac_key == loaded->model.vips.at(0).hmac_key);
    return loaded->model.vips.at(0).hmac_key;
  };
  const std::string key = version_3(kSecret, "a");
  CHECK(key.size() == kHmacKeyBytes);
  CHECK(key != std::string(kHmacKeyBytes, '\0'));
  CHECK(key == version_3(std::string(kSecret) + "\n", "a"));
  CHECK(key != version_3(std::string(kSecret) + "x", "a"));
  CHECK(key != version_3(kSecret, "b"));
}

TEST_CASE("a check's password comes from its file, and reaches the worker in the envelope only") {
  const TempFolder folder;
  const auto with_password = [&](const std::string& file) {
    return folder.write("a.json", R"({ "cluster": { "nodes": { "lb1":
      { "address": "192.0.2.11", "interface": "eth0" } } },
      "vips": { "a": { "router_id": 1, "addresses": ["192.0.2.10"],
      "track": [{ "backend": "db" }] } },
      "backends": { "db": { "servers": { "s": { "address": "192.0.2.21:3306" } },
      "check": { "type": "mysql", "user": "u", "password_file": ")" +
                                      file + R"(" } } } })");
  };
  const std::string file = folder.write("password", "geheim\n");
  const auto loaded = load(with_password(file), "lb1", no_host());
  REQUIRE(loaded.has_value());
  const auto worker = parse_envelope(loaded->envelope);
  REQUIRE(worker.has_value());
  const auto& service = *worker->backends.at(0).check->service;
  CHECK(std::get<hapair::check::MysqlCheck>(service).password == "geheim");

  std::filesystem::permissions(file, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  const auto open = load(with_password(file), "lb1", no_host());
  REQUIRE_FALSE(open.has_value());
  CHECK(open.error().to_string().find("backends.db.check.password_file: " + file +
                                      " can be reached by group or others; a "
                                      "secret is for root only") != std::string::npos);

  const auto empty = load(with_password(folder.write("empty", "\n")), "lb1", no_host());
  REQUIRE_FALSE(empty.has_value());
  CHECK(empty.error().to_string().find("is empty; write the password there") != std::string::npos);

  const auto missing = load(with_password(folder.path("nowhere")), "lb1", no_host());
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().exit_code == 4);
}

TEST_CASE("a model without the key that it signs with is refused") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const auto loaded = load(folder.write("a.json", R"({ "cluster": { "secret_file": ")" + secret +
                                                      R"(", "nodes": { "lb1":
      { "address": "192.0.2.11", "interface": "eth0" } } }, "vips": { "a": { "router_id": 1,
      "addresses": ["192.0.2.10"] } } })"),
                           "lb1", no_host());
  REQUIRE(loaded.has_value());
  auto envelope = unpack_envelope(loaded->envelope);
  REQUIRE(envelope.has_value());
  envelope->facts.keys.clear();
  const auto model = parse_envelope(pack_envelope(*envelope));
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().message.find("no key for the VIP a") != std::string::npos);
}

namespace {

/// A pair that says hello unless told otherwise.
std::string pair_of(const std::string& secret, const std::string& cluster,
                    const std::string& hello) {
  return R"({ "cluster": { "name": ")" + cluster + R"(", "secret_file": ")" + secret + "\"" +
         hello +
         R"(, "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" },
                         "lb2": { "address": "192.0.2.12", "interface": "eth0" } } },
      "vips": { "a": { "router_id": 1, "addresses": ["192.0.2.10"] } } })";
}

}  // namespace

TEST_CASE("the key of the hellos derives from the secret and the cluster and reaches the worker") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const auto key_of = [&](const std::string& cluster, const std::string& hello) {
    const auto loaded =
        load(folder.write("a.json", pair_of(secret, cluster, hello)), "lb1", no_host());
    REQUIRE(loaded.has_value());
    const auto worker = parse_envelope(loaded->envelope);
    REQUIRE(worker.has_value());
    CHECK(worker->hello_key == loaded->model.hello_key);
    CHECK(worker->hello_key != worker->vips.at(0).hmac_key);
    return worker->hello_key;
  };
  const std::string key = key_of("a", "");
  CHECK(key.size() == kHmacKeyBytes);
  CHECK(key != std::string(kHmacKeyBytes, '\0'));
  CHECK(key == key_of("a", R"(, "hello": true)"));
  CHECK(key != key_of("b", ""));
  CHECK(key_of("a", R"(, "hello": false)").empty());
}

TEST_CASE("a model that says hello without a key is refused") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const auto loaded = load(folder.write("a.json", pair_of(secret, "a", "")), "lb1", no_host());
  REQUIRE(loaded.has_value());
  auto envelope = unpack_envelope(loaded->envelope);
  REQUIRE(envelope.has_value());
  envelope->facts.hello_key.clear();
  const auto model = parse_envelope(pack_envelope(*envelope));
  REQUIRE_FALSE(model.has_value());
  CHECK(model.error().message.find("no key for the nodes' hello") != std::string::npos);
}

TEST_CASE("the key of cookies derives from the secret and the cluster and reaches the worker") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const auto key_of = [&](const std::string& cluster, const std::string& cookie) {
    const auto loaded = load(folder.write("a.json", R"({ "cluster": { "name": ")" + cluster +
                                                        R"(", "secret_file": ")" + secret + R"(",
          "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
          "frontends": { "f": { "bind": [{ "address": "*", "port": 80 }],
            "default_backend": "b" } },
          "backends": { "b": { "servers": { "s": { "address": "192.0.2.21:80" } })" +
                                                        cookie + " } } }"),
                             "lb1", no_host());
    REQUIRE(loaded.has_value());
    const auto worker = parse_envelope(loaded->envelope);
    REQUIRE(worker.has_value());
    CHECK(worker->cookie_key == loaded->model.cookie_key);
    return worker->cookie_key;
  };
  const std::string cookie = R"(, "cookie": { "name": "SRV" })";
  CHECK(key_of("a", cookie).size() == kHmacKeyBytes);
  CHECK(key_of("a", cookie) == key_of("a", cookie));
  CHECK(key_of("a", cookie) != key_of("b", cookie));
  CHECK(key_of("a", "").empty());
}

TEST_CASE("a secret that others can reach, or that is short or missing, is refused") {
  const TempFolder folder;
  const std::string open = folder.write("open", kSecret, 0640);
  CHECK(first_fault(folder.write("1.json", version_2(open, ""))) ==
        open +
            " can be reached by group or others; a secret is for root only: chown root and "
            "chmod 600 it");
  const std::string brief = folder.write("brief", "123456789012345\n");
  CHECK(first_fault(folder.write("2.json", version_2(brief, ""))) ==
        brief + " has 15 bytes; a secret has at least 16: make one with openssl rand -hex 32");
  const std::string none = folder.path("none");
  const std::string file = folder.write("3.json", version_2(none, ""));
  CHECK(first_fault(file) == none +
                                 " cannot be opened: No such file or directory; it must be "
                                 "there on every node, for root to read");
  CHECK(load(file, "lb1", no_host()).error().exit_code == 4);
}

TEST_CASE("a host that is none of the nodes can check a file without its secret") {
  const TempFolder folder;
  const std::string file = folder.write("a.json", version_2(folder.path("none"), ""));
  const CheckReport elsewhere = check_command({file, "", false}, no_host());
  CHECK(elsewhere.exit_code == 0);
  CHECK(elsewhere.out.find("the nodes need it, and this host is none of them") !=
        std::string::npos);
  const CheckReport on_node = check_command({file, "", false}, {"lb1", {}});
  CHECK(on_node.exit_code == 4);
}

TEST_CASE("a password in a file that others can read is a fault, in a private one it is not") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const std::string text = version_2(secret, R"(, "password": "1111")");
  CHECK(password_of(folder.write("private.json", text)) == "1111");
  CHECK(first_fault(folder.write("open.json", text, 0644)) ==
        "a password in a file that group or others can read; chmod 600 the file, or leave the "
        "password out and use cluster.secret_file");
}

TEST_CASE("a certificate that is not valid now is worth a notice") {
  const TempFolder folder;
  const std::string pem = folder.write("a.pem", tls::test::MadeCertificate().bundle());
  const std::string file = folder.write("a.json", R"({ "cluster": {
    "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
    "frontends": { "a": { "default_backend": "b", "bind": [{ "address": "*", "port": 443,
      "tls": { "certificates": [")" + pem + R"("] } }] } },
    "backends": { "b": { "servers": { "s": { "address": "192.0.2.21:80" } } } } })");
  const auto notices = [&](base::WallTime now) {
    const auto checked = check_file(file, Purpose::kCheck, {"lb1", {}, now});
    REQUIRE(checked.has_value());
    std::string all;
    for (const Fault& notice : checked->notices) all += notice.to_string("") + "\n";
    return all;
  };
  CHECK_FALSE(notices({}).contains(pem));
  CHECK(notices(base::WallTime{std::chrono::hours(1)})
            .contains("frontends.a.bind[0].tls.certificates[0]: " + pem +
                      ": CN=localhost is not valid before "));
  const std::string late = notices(base::WallTime{std::chrono::hours(24 * 365 * 200)});
  CHECK(late.contains("CN=localhost expired at "));
  CHECK(late.contains("; it is served all the same, and clients refuse it: renew it"));
}

TEST_CASE("an account that a node does not have is a fault of the check") {
  const TempFolder folder;
  const auto file_with = [&](const std::string& sections) {
    return folder.write("a.json", R"({ "cluster": {
      "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
      "vips": { "a": { "router_id": 1, "addresses": ["192.0.2.10"] } }, )" +
                                      sections + " }");
  };
  const auto fault = [&](const std::string& sections) {
    const auto checked = check_file(file_with(sections), Purpose::kCheck, {"lb1", {}});
    REQUIRE_FALSE(checked.has_value());
    return checked.error().to_string();
  };
  const std::string group = R"("process": { "write_group": "hapair-none" })";
  CHECK(fault(group).ends_with(
      "process.write_group: this host has no group 'hapair-none'; create it (groupadd "
      "--system hapair-none) or name another one\n"));
  CHECK(fault(R"("process": { "user": "hapair-none", "group": "root" })")
            .ends_with("process.user: this host has no user 'hapair-none'; create it (useradd "
                       "--system) or name another one\n"));
  CHECK(fault(R"("targets": { "t": { "type": "script", "command": ["/bin/true"],
                                    "user": "hapair-none" } })")
            .ends_with("targets.t.user: this host has no user 'hapair-none'; create it or name "
                       "another one to run it as\n"));
  const auto elsewhere = check_file(file_with(group), Purpose::kCheck, no_host());
  REQUIRE(elsewhere.has_value());
  REQUIRE(elsewhere->notices.size() == 1);
  CHECK(elsewhere->notices.front().message ==
        "this host has no group 'hapair-none'; it must be there on the nodes");
}

TEST_CASE("a script that is missing, or that others could change, is a fault of the check") {
  const TempFolder folder;
  const auto file_with = [&](const std::string& script) {
    return folder.write("a.json", R"({ "cluster": {
      "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
      "vips": { "a": { "router_id": 1, "addresses": ["192.0.2.10"],
        "notify": { "master": [")" + script +
                                      R"(", "x"] } } } })");
  };
  const Host node = {"lb1", {}};
  const auto fault = [&](const std::string& file) {
    const auto checked = check_file(file, Purpose::kCheck, node);
    REQUIRE_FALSE(checked.has_value());
    return checked.error().faults.at(0).message;
  };
  CHECK(check_file(file_with("/bin/sh"), Purpose::kCheck, node).has_value());
  const std::string missing = file_with("/etc/hapair-none/script");
  CHECK(fault(missing) ==
        "/etc/hapair-none: No such file or directory; it must be there on every node");
  const auto elsewhere = check_file(missing, Purpose::kCheck, no_host());
  REQUIRE(elsewhere.has_value());
  REQUIRE(elsewhere->notices.size() == 1);
  CHECK(elsewhere->notices.front().message ==
        "/etc/hapair-none: No such file or directory; it must be there on the nodes");
  CHECK(fault(file_with("/etc/passwd")) == "/etc/passwd can't be executed; chmod +x it");
  const std::string open = folder.write("open", "#!/bin/sh\n", 0777);
  CHECK(fault(file_with(open))
            .find(::geteuid() == 0 ? "can be changed by others than root"
                                   : "belongs to another user") != std::string::npos);
  // A node starts all the same: better a VIP without a script than none.
  CHECK(load(missing, "lb1", node).has_value());
  CHECK(load(file_with(open), "lb1", node).has_value());
}

TEST_CASE("the worker gets from the envelope the model that load() has seen") {
  const TempFolder folder;
  const std::string secret = folder.write("secret", kSecret);
  const auto loaded = load(folder.write("a.json", version_2(secret, "")), "lb1", no_host());
  REQUIRE(loaded.has_value());
  std::filesystem::remove(secret);
  const auto model = parse_envelope(loaded->envelope);
  REQUIRE(model.has_value());
  CHECK(model->hash == loaded->model.hash);
  CHECK(model->hash.size() == 64);
  CHECK(model->vips.at(0).password == loaded->model.vips.at(0).password);
  CHECK(model->node().name == "lb1");
}

TEST_CASE("an envelope that was cut or changed is refused") {
  const std::string whole =
      pack_envelope({read_text(kExamplesRoot / "minimal.json"),
                     "lb2",
                     {.passwords = {{"a", "12345678"}},
                      .link_locals = {{"eth0", base::IpAddress::parse("fe80::1").value()}},
                      .nameservers = {base::Endpoint::parse("192.0.2.53:53").value()}}});
  REQUIRE(parse_envelope(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(parse_envelope(std::string_view(whole).substr(0, size)).has_value());
  }
  CHECK_FALSE(parse_envelope(whole + "x").has_value());
  CHECK_FALSE(parse_envelope(pack_envelope({"{}", "lb1", {}})).has_value());
  CHECK_FALSE(parse_envelope(pack_envelope({read_text(kExamplesRoot / "minimal.json"), "lb3", {}}))
                  .has_value());
}

TEST_CASE("check tells what a valid file says, and for which node") {
  const std::string file = (kExamplesRoot / "pair.json").string();
  const CheckReport report = check_command({file, "lb2", false}, {"x", {{"eth33", {}}}});
  CHECK(report.exit_code == 0);
  CHECK(report.err.empty());
  CHECK(
      report.out ==
      file +
          " is valid\n"
          "  cluster   web: lb1 (192.168.100.123 on ens33, priority 100), "
          "lb2 (192.168.100.124 on eth33, priority 90)\n"
          "  node      lb2\n"
          "  vip       VI_1: 192.168.100.101/32, router_id 51, VRRP version 3, adverts every "
          "100ms\n"
          "  frontend  http_front: http on 192.168.100.101:80 (VI_1) to web_server, statistics at "
          "/haproxy?stats\n"
          "  backend   web_server: 2 servers, http check every 2s\n");
}

TEST_CASE("check looks at every node when the host is none, and at interfaces when it is one") {
  const std::string file = (kExamplesRoot / "pair.json").string();
  const CheckReport anywhere = check_command({file, "", false}, no_host());
  CHECK(anywhere.exit_code == 0);
  CHECK(anywhere.out.find("  node      checked for all of them; this host is none") !=
        std::string::npos);
  const CheckReport here = check_command({file, "lb1", false}, no_host());
  CHECK(here.exit_code == 0);
  CHECK(here.out.find("cluster.nodes.lb1.interface: this host has no interface \"ens33\"") !=
        std::string::npos);
  CHECK(check_command({file, "lb3", false}, no_host()).exit_code == 3);
}

TEST_CASE("check reports all faults, for people on stderr and for programs as JSON") {
  const TempFolder folder;
  const std::string file = folder.write("bad.json", "{ \"cluster\": 1,\n  \"vips\": [] }");
  const CheckReport people = check_command({file, "", false}, no_host());
  CHECK(people.exit_code == 3);
  CHECK(people.out.empty());
  CHECK(people.err == file + ":1:14: cluster: is the number 1; write an object: { ... }\n" + file +
                          ":2:11: vips: is a list; write an object: { ... }\n" + file +
                          " is refused: 2 faults\n");
  const CheckReport programs = check_command({file, "", true}, no_host());
  CHECK(programs.exit_code == 3);
  CHECK(programs.err.empty());
  CHECK(programs.out.find("\"valid\": false") != std::string::npos);
  CHECK(programs.out.find("\"path\": \"vips\"") != std::string::npos);
  CHECK(programs.out.find("\"line\": 2") != std::string::npos);
  CHECK(programs.out.find("\"notices\": []") != std::string::npos);
}

TEST_CASE("check says as JSON that a file is valid, with its hash and notices") {
  const std::string file = (kExamplesRoot / "minimal.json").string();
  const CheckReport report = check_command({file, "lb1", true}, no_host());
  CHECK(report.exit_code == 0);
  CHECK(report.out.find("\"valid\": true") != std::string::npos);
  CHECK(report.out.find("\"node\": \"lb1\"") != std::string::npos);
  CHECK(report.out.find("\"hash\": \"") != std::string::npos);
  CHECK(report.out.find("this host has no interface") != std::string::npos);
  const CheckReport unreadable = check_command({"/nonexistent/x.json", "", true}, no_host());
  CHECK(unreadable.exit_code == 4);
  CHECK(unreadable.out.find("\"error\": \"cannot be opened") != std::string::npos);
}

TEST_CASE("users reach the worker from the file and from one of their own, for root only") {
  const TempFolder folder;
  const std::string hash = "$5$abcdefgh$FrhVw7OY8do/1DfbTThEuwYJsSoiYBIIyDz4AwcnZg4";
  const auto config = [&](const std::string& users, mode_t mode = 0600) {
    return folder.write("config.json", R"({
  "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "users": { "staff": { )" + users + R"( } },
  "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }], "default_backend": "app",
    "rules": [{ "basic_auth": { "users": "staff" } }] } },
  "backends": { "app": { "servers": { "s": { "address": "192.0.2.21:80" } } } } })",
                        mode);
  };
  const auto users_of = [](const std::string& path) {
    const auto loaded = load(path, "lb1", no_host());
    REQUIRE(loaded.has_value());
    const auto model = parse_envelope(loaded->envelope);
    REQUIRE(model.has_value());
    return model->users;
  };
  const auto in_file = [&](const std::string& text, mode_t mode = 0600) {
    return config("\"file\": \"" + folder.write("users", text, mode) + "\"");
  };
  const std::string inline_users = "\"entries\": [\"bob:" + hash + "\"]";
  CHECK(users_of(config(inline_users)).at(0).find("bob") != nullptr);
  CHECK(users_of(in_file("# staff\nbob:" + hash + "\n")).at(0).find("bob") != nullptr);

  CHECK(first_fault(config(inline_users, 0644)).starts_with("hashes of passwords in a file that "));
  const std::string path = folder.path("users");
  CHECK(first_fault(in_file("bob:" + hash, 0644))
            .starts_with(path + " can be reached by group or others; "));
  CHECK(first_fault(in_file("bob:" + hash + "\neve:secret\n"))
            .starts_with(path + " line 2 has no good hash for \"eve\"; "));
  CHECK(first_fault(in_file("# nobody\n")) ==
        path + " has no user; write a line for each, name:hash");
  CHECK(
      first_fault(config("\"file\": \"" + folder.path("none") + "\"")).find("; it must be there") !=
      std::string::npos);
}

TEST_CASE("error pages reach the worker, for a frontend and before them those of a backend") {
  const TempFolder folder;
  const std::string page = folder.write("503.html", "<p>later</p>", 0644);
  const std::string other = folder.write("504.json", "{}", 0644);
  const std::string empty = folder.write("502.txt", "", 0644);
  const std::string large = folder.write("408.html", std::string(64 * 1024 + 1, 'x'), 0644);
  const auto config = [&](const std::string& frontend) {
    return folder.write("config.json", R"({
  "cluster": { "nodes": { "lb1": { "address": "192.0.2.11", "interface": "eth0" } } },
  "frontends": { "web": { "bind": [{ "address": "*", "port": 80 }], "default_backend": "app",
    "error_pages": { )" + frontend + R"( } } },
  "backends": { "app": { "error_pages": { "504": ")" +
                                           other + R"(" },
    "servers": { "s": { "address": "192.0.2.21:80" } } } } })");
  };
  const auto loaded = load(config("\"503\": \"" + page + "\""), "lb1", no_host());
  REQUIRE(loaded.has_value());
  const auto model = parse_envelope(loaded->envelope);
  REQUIRE(model.has_value());
  const auto& pages = model->frontends.at(0).requests.error_pages;
  REQUIRE(pages.size() == 1);
  CHECK(pages[0].status == 503);
  CHECK(pages[0].content_type == "text/html; charset=utf-8");
  CHECK(pages[0].body == "<p>later</p>");
  CHECK(model->backends.at(0).error_pages.at(0).content_type == "application/json");

  CHECK(first_fault(config("\"502\": \"" + empty + "\"")) ==
        empty + " is empty; write the page there");
  CHECK(first_fault(config("\"408\": \"" + large + "\"")) ==
        large + " has more than 64 KiB; make it smaller");
  const std::string missing = folder.path("404.html");
  CHECK(first_fault(config("\"503\": \"" + missing + "\"")).find("; it must be there") !=
        std::string::npos);
  CHECK(first_fault(config("\"418\": \"" + page + "\"")).find("this key does not exist") == 0);
  CHECK(first_fault(config("\"503\": \"" + folder.write("503", "x") + "\""))
            .find("does not tell what it is") != std::string::npos);
}
