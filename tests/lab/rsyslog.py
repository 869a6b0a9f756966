"""A real rsyslogd in a node's namespace."""

import contextlib
import subprocess

from . import netns


@contextlib.contextmanager
def rsyslog(lab, node, messages):
    """As the customer runs it: UDP on 127.0.0.1, what is of local3 goes to the file `messages`."""
    configuration = lab.directory / "rsyslog.conf"
    configuration.write_text(f'module(load="imudp")\ninput(type="imudp" address="127.0.0.1" '
                             f'port="514")\nlocal3.* action(type="omfile" file="{messages}")\n')
    daemon = subprocess.Popen(netns.command(node.namespace, "rsyslogd", "-n", "-f", configuration,
                                            "-i", lab.directory / "rsyslog.pid"),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        netns.await_listener(node.namespace, ":514", what="rsyslogd", udp=True)
        yield
    finally:
        daemon.terminate()
        daemon.wait()
