"""The lab itself: one bridge, and on it a client, two nodes and two backends, each on its own."""

import atexit
import grp
import itertools
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

from . import http, netns, wire
from .backend import Backend
from .client import Client
from .node import Node
from .processes import wait_until

VIP = "10.77.0.100"
SECOND_VIP = "10.77.0.101"
VIP6 = "fd77::100"
CLIENT = "10.77.0.1"
NODES = {"lb1": ("10.77.0.11", "ens33"), "lb2": ("10.77.0.12", "eth33")}
BACKENDS = {"web1": "10.77.0.21", "web2": "10.77.0.22"}
ROOT = pathlib.Path(__file__).resolve().parents[2]
_serial = itertools.count()


def default_binary():
    return (ROOT / os.environ.get("HAPAIR_BUILD_DIR", "build") / "apps/hapair/hapair").resolve()


class Lab:
    """A context manager: everything is up inside the block and gone after it."""

    def __init__(self, binary=None, log_requests=True, directory=None):
        self.binary = pathlib.Path(binary or os.environ.get("HAPAIR_BINARY") or default_binary())
        self._prefix = f"{netns.PREFIX}{os.getpid()}{_letters(next(_serial))}-"
        self._namespaces = []
        netns.at_exit_remove(self._namespaces)
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="hapair-lab-"))
        atexit.register(shutil.rmtree, self.directory, ignore_errors=True)
        self.directory.chmod(0o755)
        self.config_path = self.directory / "hapair.json"
        self.switch = self.namespace("switch")
        self.client_namespace = self.namespace("client")
        self._build_network()
        self.nodes = {name: Node(self, name, *where) for name, where in NODES.items()}
        self.backends = {name: Backend(self, name, address, log_requests)
                         for name, address in BACKENDS.items()}
        self.sniffer = wire.Sniffer(self.switch)
        self._clients = []
        self.write_config()

    def namespace(self, machine):
        return self._prefix + machine

    def _build_network(self):
        machines = {"client": (CLIENT, "eth0"), **NODES,
                    **{name: (address, "eth0") for name, address in BACKENDS.items()}}
        names = [self.switch, *map(self.namespace, machines)]
        self._namespaces += names
        netns.ip_batch([f"netns add {name}" for name in names])
        netns.ip_batch(["link add br0 type bridge mcast_snooping 0 forward_delay 0",
                        "link set br0 up", "link set lo up"], self.switch)
        for machine, (address, interface) in machines.items():
            netns.ip_batch([
                f"link add p-{machine} type veth peer name {interface} netns "
                f"{self.namespace(machine)}",
                f"link set p-{machine} master br0 up"], self.switch)
            netns.ip_batch([f"addr add {address}/24 brd + dev {interface}", "link set lo up",
                            f"addr add {address6(address)}/64 dev {interface} nodad",
                            f"link set {interface} up"], self.namespace(machine))

    def cut(self, machine):
        """Pulls the machine's cable out of the switch."""
        netns.ip_batch([f"link set p-{machine} down"], self.switch)

    def mend(self, machine):
        netns.ip_batch([f"link set p-{machine} up"], self.switch)

    def isolate(self, machine):
        """Takes the machine's port off the switch: nothing passes, but its cable is well."""
        netns.ip_batch([f"link set p-{machine} nomaster"], self.switch)

    def rejoin(self, machine):
        netns.ip_batch([f"link set p-{machine} master br0"], self.switch)

    def write_config(self, **changes):
        """Writes the one file that all nodes start from; `changes` replace or (None) drop keys."""
        config = default_config()
        for path, value in changes.items():
            _change(config, path.split("__"), value)
        config.setdefault("journal", {"directory": str(self.directory)})
        self.config_path.write_text(json.dumps(config, indent=2) + "\n")
        self.config_path.chmod(0o600)
        return config

    def write_secret(self, text="0123456789abcdef0123456789abcdef", name="secret"):
        """A file that only its owner may read; returns its path as text."""
        path = self.directory / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return str(path)

    def write_users(self, **passwords):
        """A file of users with their passwords, hashed; returns its path as text."""
        lines = ["# who may"]
        for user, password in passwords.items():
            hashed = subprocess.run(["openssl", "passwd", "-6", password], check=True,
                                    capture_output=True, text=True).stdout.strip()
            lines.append(f"{user}:{hashed}")
        return self.write_secret("\n".join(lines), "users")

    def start_backends(self):
        for backend in self.backends.values():
            backend.start()

    def start(self):
        """Backends and both nodes; lb1, the preferred one, is master when this returns."""
        self.start_backends()
        self.start_nodes()
        self.await_master("lb1")
        return self

    def start_nodes(self):
        """Both nodes answer for their status when this returns."""
        for node in self.nodes.values():
            node.launch()
        for node in self.nodes.values():
            node.await_status()

    def await_master(self, name, timeout=10, vip=VIP, router="VI_1"):
        """The node is master of the virtual router of that name and has its address."""
        node = self.nodes[name]
        wait_until(lambda: node.role_of(router) == "master" and node.holds(vip), timeout,
                   f"{name} as master of {router}")

    def client(self, address=VIP, **options):
        client = Client(self.client_namespace, address, **options)
        self._clients.append(client)
        return client

    def ask_arp(self, address=VIP, period=0.005):
        return wire.Asker(self.client_namespace, "eth0",
                          lambda mac: wire.arp_request(mac, CLIENT, address), period)

    def ask_neighbours(self, address=VIP6, period=0.005):
        """The same over IPv6."""
        return wire.Asker(self.client_namespace, "eth0", lambda mac: wire.neighbour_solicitation(
            mac, address6(CLIENT), address), period)

    def connect(self, address=VIP, port=80, timeout=5.0):
        """A TCP connection from the client."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = netns.open_socket(self.client_namespace, family, socket.SOCK_STREAM)
        connection.settimeout(timeout)
        connection.connect((address, port))
        return connection

    def get(self, path="/", address=VIP, port=80):
        """(status, headers with small names, body) of one request on a connection of its own."""
        with self.connect(address, port) as connection:
            return http.exchange(connection, path, close=True)

    def curl(self, *arguments, check=False):
        return netns.run(self.client_namespace, "curl", "-sS", "--max-time", "5", *arguments,
                         check=check)

    def close(self):
        for client in self._clients:
            client.stop()
        for node in self.nodes.values():
            if node.running:
                node.terminate()
        for node in self.nodes.values():
            try:
                node.stop(timeout=15)
            except AssertionError as fault:
                print(fault)
        self.sniffer.stop()
        for backend in self.backends.values():
            backend.stop()
        netns.remove(self._namespaces)
        self._namespaces.clear()
        shutil.rmtree(self.directory, ignore_errors=True)

    def leftovers(self):
        """What the lab should have taken away and did not; asked after its end."""
        return ([f"namespace {entry.name}" for entry in netns.NETNS_DIR.glob(f"{self._prefix}*")] +
                ([f"folder {self.directory}"] if self.directory.exists() else []))

    def logs(self):
        """What the nodes logged, for the report of a test that failed."""
        return "".join(f"--- {node.name}\n{node.log()[-6000:]}\n" for node in self.nodes.values())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def address6(address):
    """A machine's IPv6 address, which ends like its IPv4 one."""
    return "fd77::" + address.rpartition(".")[2]


def unprivileged_group():
    """The group of the user nobody: Debian calls it nogroup, Red Hat nobody."""
    return grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name


def default_config():
    """The customer's pair (shared VIP, two web servers), with checks quick enough for a test."""
    return {
        "cluster": {
            "name": "web",
            "nodes": {name: {"address": address, "interface": interface,
                             "priority": 100 - 10 * index}
                      for index, (name, (address, interface)) in enumerate(NODES.items())},
        },
        "process": {"user": "nobody", "group": unprivileged_group()},
        "log": [{"type": "stderr", "level": "debug"}],
        "vips": {"VI_1": {"router_id": 51, "addresses": [VIP], "version": 3,
                          "advert_interval": "100ms"}},
        "frontends": {"http_front": {"bind": [{"vip": "VI_1", "port": 80}],
                                     "stats": "/haproxy?stats", "default_backend": "web_server"}},
        "backends": {"web_server": {
            "balance": "roundrobin", "forwarded_for": True,
            "check": {"type": "http", "path": "/index.html", "interval": "200ms", "rise": 2,
                      "fall": 2},
            "servers": {name: {"address": f"{address}:80", "weight": 30}
                        for name, address in BACKENDS.items()}}},
    }


def _change(tree, path, value):
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    if value is None:
        tree.pop(path[-1], None)
    else:
        tree[path[-1]] = value


def _letters(number):
    return "" if number == 0 else chr(ord("a") + number % 26) * (1 + number // 26)
