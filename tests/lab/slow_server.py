"""A server that takes its time over each request, and tells how busy it ever was."""

import subprocess
import sys

from . import netns

PORT = 8000
_PROGRAM = """
import http.server, sys, threading, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    lock, running, most = threading.Lock(), 0, 0
    def do_GET(self):
        own = Handler
        with own.lock:
            own.running += 1
            own.most = max(own.most, own.running)
        time.sleep(float(sys.argv[2]))
        with own.lock:
            own.running -= 1
        body = f"{self.path} {own.most}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""


class SlowServer:
    """A context manager: listens on PORT in a machine's namespace inside the block."""

    def __init__(self, lab, machine, delay):
        self._namespace = lab.namespace(machine)
        self._delay = delay

    def __enter__(self):
        self._process = subprocess.Popen(
            netns.command(self._namespace, sys.executable, "-c", _PROGRAM, PORT, self._delay),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        netns.await_listener(self._namespace, f":{PORT}", 20, "the slow server")
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
