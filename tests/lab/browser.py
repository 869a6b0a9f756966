"""A headless Chromium in a machine of the lab, driven by its remote-debugging protocol."""

import base64
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

from . import http, netns, websocket
from .processes import kill, tree, wait_until

PORT = 9222
NAMES = ("chromium", "chromium-browser", "chromium-headless", "google-chrome")


class Browser:
    """A context manager with one page. What its console says, and which addresses it asks, is
    kept: `complaints` and `asked`."""

    def __init__(self, namespace):
        self._namespace = namespace
        self._profile = tempfile.mkdtemp(prefix="hapair-browser-")
        program = next(filter(None, map(shutil.which, NAMES)))
        self._process = subprocess.Popen(
            netns.command(namespace, program, "--headless=new", "--no-sandbox", "--disable-gpu",
                          "--no-first-run", "--disable-background-networking",
                          "--disable-component-update", "--disable-sync", "--disable-extensions",
                          "--hide-scrollbars", "--force-color-profile=srgb",
                          "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 10.77.*",
                          f"--remote-debugging-port={PORT}", f"--user-data-dir={self._profile}",
                          "about:blank"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        self.complaints, self.asked, self._answers, self._number = [], [], {}, 0
        netns.await_listener(namespace, f":{PORT}", 30, "the browser")
        target = wait_until(self._find_page, 30, "the browser's page")
        self._connection = self._connect()
        self._shake_hands(urllib.parse.urlsplit(target["webSocketDebuggerUrl"]).path)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Accessibility"):
            self.call(f"{domain}.enable")

    # The protocol.

    def _connect(self):
        connection = netns.open_socket(self._namespace, socket.AF_INET, socket.SOCK_STREAM)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", PORT))
        return connection

    def _find_page(self):
        with self._connect() as connection:
            connection.sendall(b"GET /json HTTP/1.1\r\nHost: localhost\r\n"
                               b"Connection: close\r\n\r\n")
            _, _, body = http.read_response(connection)
        return next((each for each in json.loads(body) if each["type"] == "page"), None)

    def _shake_hands(self, path):
        head, accept = websocket.handshake(path)
        self._connection.sendall(head.replace(b"www.example", b"localhost"))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self._connection.recv(1)
        assert b" 101 " in answer and accept in answer, answer

    def _read(self, count):
        data = b""
        while len(data) < count:
            piece = self._connection.recv(count - len(data))
            if not piece:
                return b""
            data += piece
        return data

    def _take_message(self):
        _, payload = websocket.read_frame(self._read)
        message = json.loads(payload)
        if "id" in message:
            self._answers[message["id"]] = message
        else:
            self._note(message["method"], message["params"])

    def _note(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", details).get("description", details))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])

    def call(self, method, **params):
        self._number += 1
        wanted = self._number
        self._connection.sendall(websocket.frame(
            json.dumps({"id": wanted, "method": method, "params": params}).encode(),
            websocket.TEXT, masked=True))
        while wanted not in self._answers:
            self._take_message()
        answer = self._answers.pop(wanted)
        assert "error" not in answer, f"{method}: {answer}"
        return answer["result"]

    # The page.

    def open(self, url, user=None):
        fields = {}
        if user:
            fields["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        self.call("Network.setExtraHTTPHeaders", headers=fields)
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState == 'complete'", "the page")

    def open_plain(self, url):
        """The same where no script runs."""
        self.call("Page.navigate", url=url)
        time.sleep(2)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, expression, what=None, timeout=15):
        return wait_until(lambda: self.evaluate(f"!!({expression})"), timeout,
                          what or expression, 0.1)

    def text(self, selector="body"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def resize(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)

    def use_scheme(self, scheme, motion="no-preference"):
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion}])

    def press(self, key, code=None, text=""):
        named = {"key": key, "code": code or key, "text": text,
                 "windowsVirtualKeyCode": {"Tab": 9, "Enter": 13, "Escape": 27}.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def screenshot(self, path, whole=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def let_pass(self, seconds):
        """Takes what the browser tells meanwhile."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.evaluate("1")
            time.sleep(0.1)

    def close(self):
        kill(tree(self._process.pid))
        self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
