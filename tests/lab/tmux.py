"""A terminal to run a full-screen program in: a window of tmux that can be read and resized."""

import subprocess
import uuid

from .processes import wait_until


class Terminal:
    """A context manager: a shell in a window of that size inside the block."""

    def __init__(self, columns=80, rows=24, environment=()):
        self._server = f"hapair-{uuid.uuid4().hex[:12]}"
        self._size = (columns, rows)
        self._environment = environment

    def __enter__(self):
        columns, rows = self._size
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                   *(word for each in self._environment for word in ("-e", each)),
                   "env PS1='ready> ' bash --norc --noprofile")
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("set-option", "-g", "window-size", "manual")
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self.await_text("ready>")
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-L", self._server, "kill-server"], capture_output=True)

    def _tmux(self, *arguments):
        done = subprocess.run(["tmux", "-L", self._server, *arguments], capture_output=True,
                              text=True, timeout=10)
        assert done.returncode == 0, f"tmux {arguments}: {done.stderr}"
        return done.stdout

    def type(self, text):
        """A line, with the key at its end."""
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def press(self, *keys):
        """Keys by their names for tmux: "q", "Tab", "Down"."""
        self._tmux("send-keys", *keys)

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def text(self, escapes=False):
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def lines(self):
        return self.text().split("\n")[:-1]

    def ask(self, name):
        """A value of tmux: "alternate_on", "cursor_flag", "pane_pid"."""
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    def await_text(self, text, timeout=10):
        try:
            return wait_until(lambda: (shown := self.text()) and text in shown and shown, timeout,
                              f"{text!r} on the screen")
        except AssertionError as fault:
            raise AssertionError(f"{fault}:\n{self.text()}") from None
