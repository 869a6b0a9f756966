"""Who gets alerts: a web server and a relay that keep what they get, and a real mail server."""

import base64
import http.server
import json
import pwd

from .services import Service
from .threaded_server import ThreadedServer


class Webhook(ThreadedServer):
    """Keeps the JSON of every POST; answers with `status`."""

    def __init__(self, namespace, port, certificate=None):
        self.messages = []
        self.paths = []
        self.attempts = 0
        self.status = 204
        self._tls = certificate and certificate.server_context()
        super().__init__(namespace, port)

    def serve(self, connection):
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            _HookHandler(connection, None, self)

    def events(self):
        return [event for message in self.messages for event in message["events"]]


class _HookHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hook = self.server
        hook.attempts += 1
        hook.paths.append((self.path, self.headers["Host"]))
        if hook.status < 300:
            hook.messages.append(json.loads(body))
        self.send_response(hook.status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Relay(ThreadedServer):
    """Speaks SMTP and keeps every mail; `refuse` is said instead of taking its text.

    With a certificate it offers STARTTLS, or is under TLS from the first byte on; with a login
    (name, password) it takes mail from nobody else. OpenSMTPD does none of it with OpenSSL 3."""

    def __init__(self, namespace, port, certificate=None, implicit=False, login=None):
        self._tls = certificate and certificate.server_context()
        self._implicit = implicit
        self._login = login and base64.b64encode("\0".join(("", *login)).encode()).decode()
        self.mails = []
        self.refuse = None
        self.silent = False
        super().__init__(namespace, port)

    def serve(self, connection):
        if self.silent:
            connection.recv(1)
            return
        if self._implicit:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            if self._talk(connection, "220 relay.lab ESMTP", secure=self._implicit):
                with self._tls.wrap_socket(connection, server_side=True) as secured:
                    self._talk(secured, None, secure=True)

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


class OpenSmtpd(Service):
    """The real one, from the distribution; mail for anybody at lab.example ends in a folder."""

    def __init__(self, lab, machine, address):
        directory = lab.directory / "opensmtpd"
        directory.mkdir()
        super().__init__(lab, "smtpd", 25, ["smtpd", "-d", "-f", directory / "smtpd.conf"], machine)
        user = pwd.getpwnam("nobody")
        self._mail = directory / "mail"
        self._mail.mkdir()
        self._mail.chmod(0o777)
        (directory / "users").write_text("@ nobody\n")
        (directory / "owners").write_text(f"nobody {user.pw_uid}:{user.pw_gid}:{self._mail}\n")
        (directory / "smtpd.conf").write_text(
            f"table users file:{directory}/users\n"
            f"table owners file:{directory}/owners\n"
            f"listen on {address} port 25 hostname relay.lab\n"
            f'action "keep" maildir "{self._mail}" virtual <users> userbase <owners>\n'
            'match from any for domain "lab.example" action "keep"\n')

    def mails(self):
        return [path.read_text() for path in self._mail.glob("new/*")]
