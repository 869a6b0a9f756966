"""The real keepalived on one of the lab's nodes, in hapair's place."""

import functools
import json
import os
import signal
import subprocess

from . import netns, processes
from .topology import VIP

_CONFIG = """
global_defs {{ router_id {name} }}
{scripts}
vrrp_instance VI_1 {{
  state BACKUP
  interface {interface}
  virtual_router_id 51
  priority {priority}
  version {version}
  advert_int {interval}
  {more}
  virtual_ipaddress {{
    {vips}
  }}
}}
"""


def config_text(node, priority, version, interval, more, vips=(VIP,), scripts=""):
    """`more`: further lines of the instance; `scripts`: blocks beside it."""
    return _CONFIG.format(name=node.address, interface=node.interface, priority=priority,
                          version=version, interval=interval, more="\n  ".join(more),
                          vips="\n    ".join(vips), scripts=scripts)


STATES = ("INIT", "BACKUP", "MASTER", "FAULT")  # as numbers in its JSON
# Of its counters, those that an advert of ours must never move.
COMPLAINTS = ("packet_len_err", "ip_ttl_err", "invalid_type_rcvd", "addr_list_err",
              "invalid_authtype", "authtype_mismatch", "auth_failure")


@functools.cache
def json_signal():
    """The signal that has keepalived write what it knows into its temporary folder."""
    return int(subprocess.run(["keepalived", "--signum=JSON"], check=True, capture_output=True,
                              text=True).stdout)


def password_block(password):
    return f"authentication {{\n auth_type PASS\n auth_pass {password}\n }}"


class Keepalived:
    def __init__(self, lab, node_name, priority, version=2, interval="1", password="1111",
                 vips=(VIP,), unicast=None, nopreempt=False, virtual_mac=False):
        """`password` None: no authentication; `unicast`: (own address, the peer's)."""
        self._node = lab.nodes[node_name]
        self._vips = vips
        self._directory = lab.directory / f"keepalived-{node_name}"
        self._directory.mkdir(exist_ok=True)
        more = []
        if version == 2 and password:
            more.append(password_block(password))
        if unicast:
            more.append(f"unicast_src_ip {unicast[0]}\n unicast_peer {{\n {unicast[1]}\n }}")
        if virtual_mac:
            more.append("use_vmac")
        if nopreempt:
            more.append("nopreempt")
        (self._directory / "keepalived.conf").write_text(
            config_text(self._node, priority, version, interval, more, vips))
        self._log = self._directory / "log"
        self._process = None

    def start(self):
        # A folder of its own for its JSON, so that runs side by side do not share one in /tmp.
        environment = {**os.environ, "TMPDIR": str(self._directory)}
        said_before = len(self.log())
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                netns.command(self._node.namespace, "keepalived", "--dont-fork", "--log-console",
                              "--vrrp", "--log-detail", "--use-file",
                              self._directory / "keepalived.conf", "--pid",
                              self._directory / "pid", "--vrrp_pid", self._directory / "vrrp.pid"),
                env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        processes.wait_until(lambda: "Entering BACKUP STATE" in self.log()[said_before:], 10,
                             "keepalived")
        return self

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def log(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def holds_vip(self):
        return all(map(self._node.holds, self._vips))

    def told(self):
        """What keepalived says of its instance in its own JSON: {"data": ..., "stats": ...}."""
        path = self._directory / "keepalived.json"
        path.unlink(missing_ok=True)
        os.kill(int((self._directory / "vrrp.pid").read_text()), json_signal())
        return processes.wait_until(lambda: _instance_in(path), 5, "keepalived's JSON", 0.005)

    def state(self):
        """"MASTER", "BACKUP", "FAULT" or "INIT" by its JSON; None while it does not run."""
        return STATES[self.told()["data"]["state"]] if self.running else None

    def logged_state(self):
        """The last state it logged."""
        words = [line.split("Entering ")[1].split()[0] for line in self.log().splitlines()
                 if "Entering " in line]
        return words[-1] if words else None

    def complaints(self):
        """Which of its counters of bad adverts are not 0."""
        stats = self.told()["stats"]
        return {name: stats[name] for name in COMPLAINTS if stats[name]}

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(10)

    def kill(self):
        pids = processes.tree(self._process.pid)
        processes.kill(pids, signal.SIGSTOP)
        processes.kill(pids)
        self._process.wait()


def _instance_in(path):
    """None until the document is there and whole: it is not written in one go."""
    try:
        return json.loads(path.read_text())[0]
    except (OSError, ValueError):
        return None
