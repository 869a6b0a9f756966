"""The demo's live timeline: one line a moment, drawn in place on a terminal, plain in a pipe."""

import os
import sys
import time

TICK = 0.25
BAR = " ▁▂▃▄▅▆▇█"
BOLD, DIM, RED, GREEN, YELLOW, RESET = (f"\033[{code}m" for code in (1, 2, 31, 32, 33, 0))


class Timeline:
    def __init__(self, lab, client):
        self._lab = lab
        self._client = client
        self._began = time.monotonic()
        self._drawn = self._began
        self._live = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._history = ""
        self._lines_since_print = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._live:
            print()

    def title(self, text):
        self._print(f"\n{self._bold('>> ' + text)}")

    def note(self, text):
        self._print(f"   {text}")

    def play(self, seconds):
        """Lets time pass and draws it."""
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            time.sleep(max(0.0, min(until, self._drawn + TICK) - now))
            if time.monotonic() >= self._drawn + TICK:
                self._draw()

    def _draw(self):
        since, self._drawn = self._drawn, time.monotonic()
        # What began in the tick before this one has ended by now, unless it hangs.
        requests = self._client.requests(since - TICK, self._drawn - TICK)
        good = {name: sum(one.ok and one.backend == name for one in requests)
                for name in self._lab.backends}
        bad = sum(not one.ok for one in requests)
        expected = max(1, round((self._drawn - since) / 0.005))
        share = min(1.0, sum(good.values()) / expected)
        self._history = (self._history + BAR[round(share * (len(BAR) - 1))])[-32:]
        holders = [name for name, node in self._lab.nodes.items() if node.running
                   and node.role_of() == "master"]
        line = (f"{self._drawn - self._began:6.2f}s  master {'+'.join(holders) or '-':<8}"
                + "".join(f"  {name} {count / (self._drawn - since):4.0f}/s"
                          for name, count in good.items())
                + f"  errors {bad:3d}")
        if self._live:
            colour = RED if bad else GREEN if holders else YELLOW
            sys.stdout.write(f"\r\033[K{colour}{line}{RESET}  {DIM}{self._history}{RESET}")
            sys.stdout.flush()
        elif bad or self._lines_since_print % 4 == 0:
            print(f"{line}  |{self._history[-1]}|", flush=True)
        self._lines_since_print += 1

    def _print(self, text):
        lead = "\r\033[K" if self._live else ""
        print(f"{lead}{text}", flush=True)
        self._lines_since_print = 0

    def _bold(self, text):
        return f"{BOLD}{text}{RESET}" if self._live else text

