"""Real servers of the usual protocols in the namespace of a backend, and impostors beside them."""

import contextlib
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from . import netns, processes
from .threaded_server import ThreadedServer

PASSWORD = "geheim geheim"


class Service:
    """A real server. What it writes lies in a folder of the laboratory and goes with it."""

    def __init__(self, lab, name, port, command, machine="web1"):
        self.name = name
        self.port = port
        self.namespace = lab.namespace(machine)
        self.log = lab.directory / f"{name}.log"
        self._command = command
        self._process = None

    def start(self):
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                netns.command(self.namespace, *self._command), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
        processes.wait_until(self._listens, 30, f"{self.name} (see {self._tail()})")
        return self

    def stop(self):
        if self._process is None:
            return
        pids = processes.tree(self._process.pid)
        processes.kill(pids, signal.SIGCONT)
        processes.kill(pids)
        self._process.wait()
        self._process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def freeze(self):
        processes.kill(processes.tree(self._process.pid), signal.SIGSTOP)

    def thaw(self):
        processes.kill(processes.tree(self._process.pid), signal.SIGCONT)

    def _listens(self):
        assert self._process.poll() is None, f"{self.name} left: {self._tail()}"
        shown = netns.run(self.namespace, "ss", "-ltn").stdout
        return f":{self.port} " in shown

    def _tail(self):
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def _folder(lab, name, owner=None):
    folder = lab.directory / name
    folder.mkdir()
    if owner:
        shutil.chown(folder, owner)
    return folder


def _run(*command, words=""):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, input=words)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def _program(name, *folders):
    """A program that the distributions put into different places."""
    for folder in folders:
        found = sorted(pathlib.Path("/").glob(f"{folder.lstrip('/')}/{name}"))
        if found:
            return found[-1]
    return shutil.which(name) or name


def redis(lab):
    """Under TLS on port 6390, too, where the laboratory has a certificate for it."""
    folder = _folder(lab, "redis")
    certificate = getattr(lab, "certificate", None)
    tls = ["--tls-port", 6390, "--tls-auth-clients", "no", "--tls-cert-file",
           certificate.certificate, "--tls-key-file", certificate.key] if certificate else []
    return Service(lab, "redis", 6379, [
        "redis-server", "--port", 6379, "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "",
        "--appendonly", "no", "--dir", folder, *tls])


def redis_with_password(lab):
    folder = _folder(lab, "redis2")
    return Service(lab, "redis2", 6380, [
        "redis-server", "--port", 6380, "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "",
        "--appendonly", "no", "--dir", folder, "--requirepass", PASSWORD])


def ldap(lab):
    """Anybody may bind; cn=admin,cn=config has a password. There is no data to search."""
    folder = _folder(lab, "ldap")
    config = folder / "slapd.conf"
    config.write_text(f'pidfile {folder}/pid\ndatabase config\nrootdn "cn=admin,cn=config"\n'
                      f'rootpw "{PASSWORD}"\n')
    return Service(lab, "slapd", 389, ["slapd", "-d", 0, "-f", config, "-h", "ldap://0.0.0.0:389"])


def dns(lab):
    return Service(lab, "dnsmasq", 53, [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
        "--user=root", "--pid-file=", "--host-record=www.example,192.0.2.80", "--local=/example/",
        "--port=53"])


def postgresql(lab):
    """The user "check" is let in, "locked" is asked for a password. Under TLS who asks for it."""
    folder = _folder(lab, "postgresql", "postgres")
    places = ("/usr/lib/postgresql/*/bin",)
    as_postgres = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups")
    _run(*as_postgres, _program("initdb", *places), "-D", folder / "data", "-U", "check", "-A",
         "trust", "--no-sync", "--no-locale", "-E", "UTF8")
    with open(folder / "data/pg_hba.conf", "a", encoding="ascii") as rules:
        rules.write("host all locked all scram-sha-256\nhost all all all trust\n")
    for name in ("certificate", "key"):
        target = folder / name
        shutil.copyfile(getattr(lab.certificate, name), target)
        shutil.chown(target, "postgres", "postgres")
        target.chmod(0o600)
    return Service(lab, "postgresql", 5432, [
        *as_postgres, _program("postgres", *places), "-D", folder / "data", "-p", 5432, "-h", "*",
        "-k", folder, "-c", "fsync=off", "-c", "ssl=on",
        "-c", f"ssl_cert_file={folder}/certificate", "-c", f"ssl_key_file={folder}/key"])


def mysql(lab):
    """The user "check" needs no password, "named" has one."""
    folder = _folder(lab, "mysql")
    (folder / "data/mysql").mkdir(parents=True)
    server = _program("mariadbd", "/usr/sbin", "/usr/libexec")
    options = ("--no-defaults", f"--datadir={folder}/data", "--user=root")
    # What mariadb-install-db does, without the many scripts that it wants.
    tables = "".join(_program(f"{name}.sql", "/usr/share/mysql", "/usr/share/mariadb").read_text()
                     for name in ("m*_system_tables", "m*_system_tables_data"))
    _run(server, *options, "--bootstrap", "--silent-startup",
         words="USE mysql;\nSET @auth_root_socket=NULL;\n" + tables)
    first = folder / "first.sql"
    first.write_text("FLUSH PRIVILEGES;\nCREATE USER 'check'@'%';\nCREATE DATABASE shop;\n"
                     "GRANT SELECT ON shop.* TO 'check'@'%';\n"
                     f"CREATE USER 'named'@'%' IDENTIFIED BY '{PASSWORD}';\n")
    return Service(lab, "mariadb", 3306, [
        server, *options, "--port=3306",
        "--bind-address=0.0.0.0", f"--socket={folder}/socket", "--skip-name-resolve",
        f"--init-file={first}", "--innodb-flush-log-at-trx-commit=0"])


def smtp(lab):
    """It has the host's folders for itself: its spool and its socket are in fixed places."""
    folder = _folder(lab, "smtp")
    config = folder / "smtpd.conf"
    config.write_text('listen on 0.0.0.0 port 25 hostname mx.example\n'
                      'action "drop" mbox\nmatch for local action "drop"\n')
    return Service(lab, "smtpd", 25, [
        "unshare", "--mount", "sh", "-c",
        "mount -t tmpfs none /var/spool && mount -t tmpfs none /run && "
        f"exec smtpd -d -f {config}"])


SERVICES = (redis, redis_with_password, ldap, dns, postgresql, mysql, smtp)


@contextlib.contextmanager
def all_services(lab):
    """All of them, by name; those that take long to set up do it side by side."""
    made = {}
    faults = []

    def make(how):
        try:
            service = how(lab)
            made[how.__name__] = service
            service.start()
        except Exception as fault:  # shown below, in the test's own thread
            faults.append(fault)

    threads = [threading.Thread(target=make, args=(how,)) for how in SERVICES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert not faults, faults
        yield made
    finally:
        for service in made.values():
            service.stop()


class Impostor(ThreadedServer):
    """Something else on a service's port: says `words` to whoever connects, then reads on."""

    def __init__(self, namespace, port, words):
        self._words = words
        super().__init__(namespace, port)

    def serve(self, connection):
        connection.sendall(self._words)
        while connection.recv(4096):
            pass


class SlowRelay(Impostor):
    """Passes bytes between a client and the service, each answer late and in small pieces."""

    def __init__(self, namespace, port, to, delay, piece=7):
        self._namespace = namespace
        self._to = to
        self._delay = delay
        self._piece = piece
        super().__init__(namespace, port, b"")

    def serve(self, connection):
        with netns.open_socket(self._namespace, socket.AF_INET, socket.SOCK_STREAM) as server:
            server.connect(self._to)
            threading.Thread(target=self._forward, args=(connection, server), daemon=True).start()
            while data := server.recv(4096):
                time.sleep(self._delay)
                for at in range(0, len(data), self._piece):
                    connection.sendall(data[at:at + self._piece])
                    time.sleep(0.001)

    @staticmethod
    def _forward(source, to):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                to.sendall(data)
        with contextlib.suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)
