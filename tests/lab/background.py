"""Something that a thread does with one socket while a block lasts."""

import threading


class SocketThread:
    """Subclasses say in run() what is done, until `stopping` is set; call begin() when it may."""

    def __init__(self, opened):
        self.socket = opened
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, daemon=True)

    def begin(self):
        self._thread.start()

    def run(self):
        raise NotImplementedError

    def stop(self):
        self.stopping.set()
        self._thread.join()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
