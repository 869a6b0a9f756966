"""What the report says besides figures: what each bench does, how to repeat it, and what is known
of goals that are missed. A reason is of the day that it names; a profile made anew replaces it."""

TITLES = {
    "lateness": "Under load: adverts and timers",
    "failover": "How long a client is without service",
    "quiet": "No takeover without a fault",
    "http": "HTTP, TLS and TCP traffic beside others",
    "checks": "Checks of ten thousand targets",
    "rules": "Rules",
    "ring": "The consistent ring",
    "change": "Changes under load",
    "sight": "What it costs to be looked at",
}

ABOUT = {
    "lateness":
        "wrk with 64 kept connections saturates one node that sends adverts every 10 ms, on the "
        "same cores as the load and both servers; then a pair as configured by default. Lateness "
        "is by the kernel's stamps on the switch between the nodes.",
    "failover":
        "A client opens a new connection every millisecond; the outage is the time from the last "
        "one that was answered before a fault to the first one after it. The client gives an "
        "attempt up after 250 ms, so of a clean stop it misses the quiet time only; a client whose "
        "SYN falls into that waits a second (docs/operating.md). Adverts with the derived "
        "priorities 254 and 253, checks every 100 ms with fall 2, both nodes, client and servers "
        "in namespaces of one machine. A run is cut at 6 s: \"over 6000\" was not served again by "
        "then. keepalived with HAProxy beside, with the same intervals and checks; \"worker "
        "killed\" and \"worker stopped\" are its keepalived and its HAProxy. \"Nothing\" is what "
        "the measurement itself costs. When all on a node is killed or stopped at once nobody is "
        "left to act but the kernel, whose lease takes the VIP away, up to about 2.3 s later: in "
        "these two cases both nodes may answer for the VIP meanwhile, and they do not count for "
        "`failover-both-answer`. The customer's pair is keepalived with priorities 100 and 90 and "
        "a password, adverts every second.",
    "quiet":
        "Both nodes, four programs that only burn processor time, wrk with 64 connections to each "
        "node and both servers share the same cores. No node may take over.",
    "http":
        "hapair, HAProxy, nginx and a raw relay (`tests/bench/relay.cpp`: carries bytes, "
        "understands none) stand before one nginx in one namespace, each on the first core; the "
        "load and the nginx behind have the last. Compared is the processor time of the whole "
        "process tree for one request, as the kernel accounts for it; the rounds go through all "
        "loads and within each through all products, so that other work on the machine falls on "
        "all alike. The number in a load's name is its connections; `close` makes a new one for "
        "each request; `h2-16x32` has 32 streams on each of 16. All TLS is 1.3.",
    "checks":
        "10,000 targets with addresses of their own, each checked every 2 s, one nginx behind them "
        "all on the other core; the node, which sends adverts every 10 ms meanwhile, and then "
        "HAProxy with the same targets. CPU of the whole process tree, adverts included.",
    "rules":
        "First what 500 hosts and 1,000 rules cost a request in one process, over a million of "
        "them. Then hapair beside HAProxy with the same 1,000 rules, 64 kept connections that ask "
        "for 4,096 targets in turn. HAProxy has them twice: as the list of conditions that they "
        "are, which the goal compares with, and as four maps, which a human has to make of them. "
        "500 requests are sent to all first: each must reach the same server everywhere.",
    "ring":
        "Among 1,000 servers one goes, comes, or gives its place to another; what the choice after "
        "each change takes, in processor time of one process.",
    "change":
        "The same reload (a server's weight), five times under kept and new connections and long "
        "downloads, of hapair and of HAProxy (master and worker, listeners handed on). One server "
        "answers its checks with 503 and was taken out long before.",
    "sight":
        "1,000 servers with checks every 2 s, three open pages, all metrics each second; then the "
        "CSV and a new page each second besides. The lag of timers is told since the start alone.",
}

REPEAT = (
    ("text", "As root, or where everybody may make user namespaces, on a machine that does nothing "
             "else; `./dev setup` installs what is missing. The product is built as the packages "
             "are, in a directory of its own. A whole run with the lengths that are the "
             "default takes some 35 minutes:"),
    ("code", "./dev bench                  # all; the report is build/bench-report/report.html\n"
             "./dev bench --write-docs     # the same, and docs/performance.md is written\n"
             "./dev bench failover http    # only these; their report is in a folder of its own\n"
             "./dev bench --quick          # short loads: whether it all works, no figures"),
    ("text", "It exits with 0 only when all goals are met. `report.json` holds every sample; "
             "`./dev bench --again FILE` makes the report of such a file, with `--write-docs` this "
             "document too. The lengths of all loads are options: `./dev bench --help`."),
)

MEANING = (
    "Goals are limits that this project has set itself; they say \"at most\", and a "
    "result beyond one is missed, be it by ever so little. Figures of single rounds are in "
    "brackets, from the least to the most; a median whose brackets reach over the goal says that "
    "another run may decide otherwise.",
    "Shares compare what was measured in turn on the same machine, and carry over better than "
    "microseconds, which are this machine's; between two days here some moved by a fifth and "
    "more, the program having changed as well. CPU time of a request counts all "
    "processes and the kernel's work in their name, so its reciprocal is what one core carries; "
    "requests a second are bounded by whatever is slowest, mostly the load itself, and are shown "
    "for orientation only. All traffic stays in one kernel, so there is no network card and no "
    "wire in any figure.",
)

NO_REASON = "nobody has looked into this one yet."
_KERNEL = (
    "perf puts 78 % of hapair's time for a request of 64 kept connections into the kernel; its own "
    "is spread over more than 80 functions, none of which has 1 %. By callgrind its own code takes "
    "11,200 instructions a request, some 5,600 of them to read and write HTTP (before its "
    "libraries could be inlined 11,700; nginx 18,900, counted on 2026-11-26). The raw relay, which "
    "makes the same four data calls and parses nothing, stood at 0.76 of nginx and 0.63 of "
    "HAProxy in five rounds of their own, hapair's user time at 0.72 of nginx's: 0.65 of HAProxy "
    "is at the floor (2026-11-27).")
_BACKLOG = (
    "the guardian, which sends the adverts, wakes in time (real-time class). A trace of its system "
    "calls shows where the rest goes: sending into a virtual link runs the kernel's backlog of "
    "received packets first, up to 5 ms of it, and in namespaces that backlog is the load's own "
    "traffic (2026-11-22).")
# The first whose pattern is found in a goal's name counts.
REASONS = (
    (r"^(cpu|user)-keep-alive-", _KERNEL),
    (r"^cpu-close-64-",
     "by strace, hapair makes 10.3 calls for a request on a connection of its own and nginx 10.2, "
     "nearly the same ones: accept, two each of recv, send and epoll_ctl, close, one epoll_wait; "
     "hapair half a timerfd_settime besides, nginx a getsockopt. What it takes is the kernel's "
     "work for a connection that comes and goes (2026-11-27, beside other work)."),
    (r"^cpu-tcp-64-",
     "by strace, hapair makes 4.9 calls a request and nginx 4.7, of which four carry data in both; "
     "the rest are waits and timers, 0.4 epoll_wait and 0.2 timerfd_settime of hapair's "
     "(2026-11-27, beside other work). The raw relay stands at 0.92 of nginx (2026-11-26)."),
    (r"^cpu-tls-1MB-",
     "two runs gave 1.10 and 0.86, as nginx's own figure went from 1015 to 1291 us: chance decides "
     "(2026-11-26). No profile of it is on record."),
    (r"^idle-connection-memory",
     "579 bytes on 2026-11-26; then each connection got a place in the register by which `hapair "
     "sessions` finds it (its id, and 32 bytes in an array that doubles as it grows): 646 and "
     "655. Some 60 bytes were saved elsewhere since: 606 (2026-11-27). That is read from the "
     "code; no profile was made."),
    (r"^failover-clean-stop-",
     "at least 10 ms of it are the quiet time, in which the leaving node leaves SYNs unanswered "
     "(decision 0035); before that came, ten runs gave a median of 17 ms at 1 s. This was one run "
     "(2026-11-27)."),
    (r"^advert-lateness-p99.9-checks-",
     "nobody has traced this under checks. Under load the kernel's backlog explains up to 5 ms "
     "(2026-11-22); the rest is not known. In this run 6.85 % of the processors' time went to "
     "other virtual machines (2026-11-27)."),
    (r"^advert-lateness", _BACKLOG),
    (r"^loop-timer-lateness",
     "no profile of this one is on record. The worker is an ordinary process, and shares the "
     "machine's cores with the load and both servers in this bench."),
    (r"^checks_cpu_vs_haproxy",
     "in this run the worse kind was tcp (0.89; http 0.87), and nobody has looked into why it was "
     "0.74 and 0.75 before. On 2026-11-26: of an HTTP check some 33 of 42 us are the kernel's, "
     "for packets that nobody can save: a bare loop that makes the same calls and judges nothing "
     "takes 33 us (18 for TCP), one that makes a socket for each check 40 (27). hapair makes 4.3 "
     "system calls a check, HAProxy 12.2; the adverts meanwhile take 2.3 % of a core, 4.6 us a "
     "check."),
    (r"^sight-turn",
     "most of it is there before anybody looks (p99.9 6.8 ms, of the start of 1,000 checks; the "
     "lag is told since the start alone), and looking adds to it: p99 goes from 1.3 to 2.9 ms, "
     "p99.9 to 8.4. No profile was made (2026-11-27)."),
)
