"""FRR's vrrpd on one of the lab's nodes: it wants a macvlan with the virtual MAC and the VIPs."""

import json
import shutil
import subprocess

from . import netns, processes

DAEMONS = "/usr/lib/frr"
ROUTER_ID = 51


class Frr:
    def __init__(self, lab, node_name, priority, interval_ms, vips):
        """`vips` of one family; over IPv6 a link-local address comes first."""
        self._node = lab.nodes[node_name]
        self._directory = lab.directory / f"frr-{node_name}"
        self._directory.mkdir(exist_ok=True)
        shutil.chown(self._directory, "frr", "frr")  # it will run as nobody else
        self._family = "ipv6" if ":" in vips[0] else "ip"
        self._build_macvlan(vips)
        (self._directory / "vrrpd.conf").write_text("\n".join([
            f"interface {self._node.interface}", f" vrrp {ROUTER_ID} version 3",
            f" vrrp {ROUTER_ID} priority {priority}",
            f" vrrp {ROUTER_ID} advertisement-interval {interval_ms}",
            *(f" vrrp {ROUTER_ID} {self._family} {vip}" for vip in vips), "exit", ""]))
        (self._directory / "zebra.conf").touch()
        self._started = []

    def _build_macvlan(self, vips):
        family, bits, more = (2, 128, " nodad") if self._family == "ipv6" else (1, 32, "")
        netns.ip_batch([
            f"link add vrrp link {self._node.interface} address "
            f"00:00:5e:00:0{family}:{ROUTER_ID:02x} type macvlan mode bridge",
            *(f"addr add {vip}/{bits} dev vrrp{more}" for vip in vips),
            "link set vrrp up"], self._node.namespace)
        # Else the interface below answers ARP for the macvlan's address, master or not.
        netns.run(self._node.namespace, "sysctl", "-q", "-w",
                  f"net.ipv4.conf.{self._node.interface}.arp_ignore=1")

    def start(self):
        # What an earlier run left would look ready before zebra is: vrrpd then waits long to retry.
        for left in ("zebra.vty", "vrrpd.vty", "zserv.api"):
            (self._directory / left).unlink(missing_ok=True)
        self._launch("zebra")
        processes.wait_until(lambda: all((self._directory / made).exists()
                                         for made in ("zebra.vty", "zserv.api")), 10, "zebra")
        self._launch("vrrpd")
        processes.wait_until(lambda: self.state() in ("Backup", "Master"), 20, "vrrpd")
        return self

    def _launch(self, daemon):
        with open(self._directory / "log", "ab") as log:
            self._started.append(subprocess.Popen(
                netns.command(self._node.namespace, f"{DAEMONS}/{daemon}",
                              "-f", self._directory / f"{daemon}.conf",
                              "-i", self._directory / f"{daemon}.pid",
                              "-z", self._directory / "zserv.api",
                              "--vty_socket", self._directory, "-P", 0, "--log", "stdout"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True))

    def state(self):
        """"Master", "Backup" or "Initialize" as vrrpd tells it; None while it does not answer."""
        told = netns.run(self._node.namespace, "vtysh", "--vty_socket", self._directory, "-d",
                         "vrrpd", "-c", "show vrrp json", check=False).stdout
        try:
            routers = json.loads(told)
            return routers[0]["v6" if self._family == "ipv6" else "v4"]["status"]
        except (ValueError, LookupError):
            return None

    def log(self):
        return (self._directory / "log").read_text(errors="replace")

    def stop(self):
        """SIGTERM to vrrpd first, which then resigns."""
        for process in reversed(self._started):
            process.terminate()
            process.wait(10)
        self._started.clear()

    def kill(self):
        pids = [process.pid for process in self._started]
        processes.kill(pids)
        for process in self._started:
            process.wait()
        self._started.clear()
