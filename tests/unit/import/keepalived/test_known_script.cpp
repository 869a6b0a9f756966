// Check scripts that everybody has: what they look at is told by their text.
#include <doctest/doctest.h>

#include <string>

#include "apps/hapair/import/keepalived/known_script.hpp"
#include "apps/hapair/import/keepalived/values.hpp"

using hapair::importing::keepalived::command_words;
using hapair::importing::keepalived::KnownScript;
using hapair::importing::keepalived::recognise;

TEST_CASE("a look for a process is known in its many forms") {
  for (const std::string text :
       {"killall -0 haproxy", "/usr/bin/killall -0 haproxy", "pkill -0 haproxy",
        "kill -0 `cat /var/run/haproxy.pid`", "kill -0 $(cat /run/haproxy.pid)", "pidof haproxy",
        "/sbin/pidof -x haproxy", "/usr/bin/pgrep haproxy",
        "/bin/systemctl is-active --quiet haproxy.service", "systemctl status haproxy",
        "service haproxy status", "/etc/init.d/haproxy status", "ps -C haproxy --no-headers",
        "[ $(pidof haproxy) ]", "test -n \"$(pidof haproxy)\"",
        "ps aux | grep -v grep | grep haproxy", "killall -0 haproxy || exit 1",
        "kill -s 0 $(pidof haproxy)"}) {
    CAPTURE(text);
    const KnownScript known = recognise(text);
    CHECK(known.kind == KnownScript::Kind::kProcess);
    CHECK_EQ(known.process, "haproxy");
  }
}

TEST_CASE("a request to this host is known") {
  for (const std::string text :
       {"curl -sf http://127.0.0.1/health", "/usr/bin/curl http://localhost:8080",
        "wget -q -O /dev/null http://localhost/", "nc -z 127.0.0.1 80", "</dev/tcp/127.0.0.1/80"}) {
    CAPTURE(text);
    CHECK(recognise(text).kind == KnownScript::Kind::kLocalRequest);
  }
  CHECK(recognise("echo show info | socat unix-connect:/run/haproxy.sock stdio").kind ==
        KnownScript::Kind::kProxySocket);
}

TEST_CASE("what is not known stays what it is") {
  for (const std::string text : {"/etc/keepalived/check.sh", "ping -c 1 10.0.0.1",
                                 "curl http://example.com/", "kill -0 keepalived", "", "pidof"}) {
    CAPTURE(text);
    CHECK(recognise(text).kind == KnownScript::Kind::kOther);
  }
}

TEST_CASE("a script that ends keepalived is told") {
  const std::string text =
      "#!/bin/bash\n# pidof other\nif [ $(ps -C nginx --no-header | wc -l) -eq 0 ]; then\n"
      "  systemctl start nginx\n  sleep 2\n  [ $(ps -C nginx | wc -l) -eq 0 ] && "
      "systemctl stop keepalived\nfi\n";
  const KnownScript known = recognise(text);
  CHECK_EQ(known.process, "nginx");
  CHECK(known.stops_keepalived);
  CHECK(known.starts_process);
  CHECK(recognise("killall keepalived").stops_keepalived);
}

TEST_CASE("a command is its words, or a shell's") {
  CHECK_EQ(command_words("/bin/check  -a b"), std::vector<std::string>{"/bin/check", "-a", "b"});
  CHECK_EQ(command_words("check | grep x"),
           std::vector<std::string>{"/bin/sh", "-c", "check | grep x"});
}
