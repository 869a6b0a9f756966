"""Who gets alerts: a web server and a relay that keep what they get, and a real mail server."""

import base64
import http.server
import json
import pathlib
import pwd
import socket
import ssl
import subprocess
import threading

from . import netns, processes


class Webhook:
    """Keeps the JSON of every POST; answers with `status`."""

    def __init__(self, namespace, port, certificate=None):
        self.messages = []
        self.paths = []
        self.attempts = 0
        self.status = 204
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.attempts += 1
                outer.paths.append((self.path, self.headers["Host"]))
                if outer.status < 300:
                    outer.messages.append(json.loads(body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        listener = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", port))
        listener.listen(16)
        self._server = http.server.ThreadingHTTPServer(("", 0), Handler, bind_and_activate=False)
        self._server.socket.close()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            listener = context.wrap_socket(listener, server_side=True,
                                           do_handshake_on_connect=False)
        self._server.socket = listener
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def events(self):
        return [event for message in self.messages for event in message["events"]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Relay:
    """Speaks SMTP and keeps every mail; `refuse` is said instead of taking its text.

    With a certificate it offers STARTTLS, or is under TLS from the first byte on; with a login
    (name, password) it takes mail from nobody else. OpenSMTPD does none of it with OpenSSL 3."""

    def __init__(self, namespace, port, certificate=None, implicit=False, login=None):
        self._tls = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate.certificate, certificate.key)
        self._implicit = implicit
        self._login = login and base64.b64encode("\0".join(("", *login)).encode()).decode()
        self.mails = []
        self.refuse = None
        self.silent = False
        self.connections = 0
        self._listener = netns.open_socket(namespace, socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("0.0.0.0", port))
        self._listener.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        if self.silent:
            connection.recv(1)
            return
        try:
            if self._implicit:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                if self._talk(connection, "220 relay.lab ESMTP", secure=self._implicit):
                    with self._tls.wrap_socket(connection, server_side=True) as secured:
                        self._talk(secured, None, secure=True)
        except OSError:
            pass  # the client would have no more of it

    def _talk(self, connection, greeting, secure):
        """True: the client wants TLS from here on."""
        known = self._login is None
        with connection.makefile("rwb") as stream:
            def say(*lines):
                for line in lines:
                    stream.write(f"{line}\r\n".encode())
                stream.flush()

            envelope = {"to": [], "secure": secure}
            if greeting:
                say(greeting)
            for line in stream:
                word = line.decode().strip()
                command = word[:4].upper()
                if command == "EHLO":
                    offers = ["STARTTLS"] if self._tls and not secure else []
                    offers += ["AUTH PLAIN LOGIN"] if self._login else []
                    say("250-relay.lab", *(f"250-{offer}" for offer in offers), "250 HELP")
                elif command == "STAR" and self._tls and not secure:
                    say("220 go ahead")
                    return True
                elif command == "AUTH":
                    known = word == f"AUTH PLAIN {self._login}"
                    say("235 welcome" if known else "535 who are you")
                elif not known and command in ("MAIL", "RCPT", "DATA"):
                    say("530 log in first")
                elif command == "MAIL":
                    envelope["from"] = word[10:]
                    say("250 ok")
                elif command == "RCPT":
                    envelope["to"].append(word[8:])
                    say("250 ok")
                elif command == "DATA":
                    if self.refuse:
                        say(self.refuse)
                        continue
                    say("354 go on")
                    text = b""
                    for part in stream:
                        if part == b".\r\n":
                            break
                        text += part[1:] if part.startswith(b".") else part
                    self.mails.append({**envelope, "text": text.decode()})
                    envelope = {"to": [], "secure": secure}
                    say("250 kept")
                elif command == "QUIT":
                    say("221 bye")
                    return False
                else:
                    say("250 ok")
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class OpenSmtpd:
    """The real one, from the distribution; mail for anybody at lab.example ends in a folder."""

    def __init__(self, lab, namespace, address):
        self._namespace = namespace
        self._address = address
        self._directory = pathlib.Path(lab.directory) / "opensmtpd"
        self._directory.mkdir()
        user = pwd.getpwnam("nobody")
        self._mail = self._directory / "mail"
        self._mail.mkdir()
        self._mail.chmod(0o777)
        (self._directory / "users").write_text("@ nobody\n")
        (self._directory / "owners").write_text(
            f"nobody {user.pw_uid}:{user.pw_gid}:{self._mail}\n")
        (self._directory / "smtpd.conf").write_text(
            f"table users file:{self._directory}/users\n"
            f"table owners file:{self._directory}/owners\n"
            f"listen on {address} port 25 hostname relay.lab\n"
            f'action "keep" maildir "{self._mail}" virtual <users> userbase <owners>\n'
            'match from any for domain "lab.example" action "keep"\n')
        self._process = None

    def start(self):
        log = open(self._directory / "log", "ab")
        with log:
            self._process = subprocess.Popen(
                netns.command(self._namespace, "smtpd", "-d", "-f",
                              self._directory / "smtpd.conf"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        processes.wait_until(
            lambda: f"{self._address}:25 " in netns.run(self._namespace, "ss", "-ltn").stdout,
            15, f"smtpd: {self.log()}")
        return self

    def log(self):
        return (self._directory / "log").read_text(errors="replace")

    def mails(self):
        return [path.read_text() for path in self._mail.glob("new/*")]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self._process:
            processes.kill(processes.tree(self._process.pid))
            self._process.wait()
