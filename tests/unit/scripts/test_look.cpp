#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "apps/hapair/scripts/look.hpp"

using namespace hapair::scripts;

namespace {

/// A host's file system in a directory that goes with it.
struct Host {
  std::string root = [] {
    std::string name = "/tmp/hapair-look-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  ~Host() { std::filesystem::remove_all(root); }

  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  void process(int pid, const std::string& name, const std::string& program,
               const std::string& state = "S") const {
    const std::string base = "/proc/" + std::to_string(pid);
    write(base + "/comm", name + "\n");
    write(base + "/stat", std::to_string(pid) + " (" + name + ") " + state + " 1 1 1");
    write(base + "/cmdline", program + std::string(1, '\0') + "-x");
  }
  [[nodiscard]] std::string told(ScriptKind kind, const std::vector<std::string>& argv) const {
    const Seen seen = look(kind, argv, root);
    return (seen.good ? "good: " : "bad: ") + seen.what;
  }
};

}  // namespace

TEST_CASE("a file is there or is not, and either may be wanted") {
  const Host host;
  host.write("/run/flag", "");
  const auto told = [&](const std::string& path, const std::string& wanted) {
    return host.told(ScriptKind::kFile, {path, wanted});
  };
  CHECK(told("/run/flag", "present") == "good: /run/flag is there");
  CHECK(told("/run/flag", "absent") == "bad: /run/flag is there");
  CHECK(told("/run/none", "present") == "bad: /run/none is not there");
  CHECK(told("/run/none", "absent") == "good: /run/none is not there");
  CHECK(told("/run/flag/below", "absent") == "good: /run/flag/below is not there");
  const std::string long_name(300, 'x');  // neither: it can't be known
  CHECK(told("/" + long_name, "absent") == "bad: /" + long_name + ": File name too long");
}

TEST_CASE("processes of a name are counted, without the dead and without oneself") {
  const Host host;
  const auto told = [&](const std::string& name, const std::string& least) {
    return host.told(ScriptKind::kProcess, {"name", name, least});
  };
  CHECK(told("nginx", "1") == "bad: 0 processes are named nginx, 1 needed");  // no /proc at all
  host.process(10, "nginx", "/usr/sbin/nginx");
  host.process(11, "nginx", "nginx: worker");
  host.process(12, "nginx", "", "Z");
  host.process(13, "nginx2", "/usr/sbin/nginx2");
  host.process(::getpid(), "nginx", "hapair");
  host.write("/proc/self/comm", "nginx\n");
  CHECK(told("nginx", "2") == "good: 2 processes are named nginx, 2 needed");
  CHECK(told("nginx", "3") == "bad: 2 processes are named nginx, 3 needed");
  CHECK(told("nginx2", "1") == "good: 1 process is named nginx2, 1 needed");
}

TEST_CASE("of a long name the kernel keeps the beginning, and the program must be it") {
  const Host host;
  host.process(10, "a-very-long-nam", "/opt/a-very-long-name-indeed");
  host.process(11, "a-very-long-nam", "/opt/a-very-long-name-of-another");
  const auto told = [&](const std::string& name) {
    return look(ScriptKind::kProcess, {"name", name, "1"}, host.root).good;
  };
  CHECK(told("a-very-long-name-indeed"));
  CHECK_FALSE(told("a-very-long-name"));
  CHECK(told("a-very-long-nam"));
}

TEST_CASE("a name with parentheses and blanks does not hide the state") {
  const Host host;
  host.process(10, "a) S (b", "", "Z");
  CHECK_FALSE(look(ScriptKind::kProcess, {"name", "a) S (b", "1"}, host.root).good);
}

TEST_CASE("a pid file names a process, which lives or not") {
  const Host host;
  const auto told = [&] { return host.told(ScriptKind::kProcess, {"pid_file", "/run/x.pid"}); };
  CHECK(told() == "bad: /run/x.pid: No such file or directory");
  host.write("/run/x.pid", " 10\n");
  CHECK(told() == "bad: process 10 is gone");
  host.process(10, "x", "/x");
  CHECK(told() == "good: process 10 runs");
  host.process(10, "x", "/x", "Z");
  CHECK(told() == "bad: process 10 is gone");
  for (const char* odd : {"", "x", "-5", "99999999999999"}) {
    host.write("/run/x.pid", odd);
    CHECK(told() == "bad: /run/x.pid holds no process id");
  }
}

TEST_CASE("a look names the processes that it has seen, so many at the most") {
  const Host host;
  host.process(10, "nginx", "/usr/sbin/nginx");
  host.process(11, "nginx", "/usr/sbin/nginx", "Z");
  host.write("/run/x.pid", "10\n");
  CHECK(look(ScriptKind::kProcess, {"name", "nginx", "1"}, host.root).processes ==
        std::vector<pid_t>{10});
  CHECK(look(ScriptKind::kProcess, {"pid_file", "/run/x.pid"}, host.root).processes ==
        std::vector<pid_t>{10});
  for (int pid = 20; pid < 50; ++pid) host.process(pid, "nginx", "/usr/sbin/nginx");
  CHECK(look(ScriptKind::kProcess, {"name", "nginx", "31"}, host.root).good);
  CHECK(look(ScriptKind::kProcess, {"name", "nginx", "1"}, host.root).processes.size() ==
        Seen::kMaxProcesses);
}

TEST_CASE("a look that is none is bad") {
  CHECK_FALSE(look(ScriptKind::kProgram, {"/bin/true"}).good);
  CHECK_FALSE(look(ScriptKind::kFile, {"/"}).good);
}
