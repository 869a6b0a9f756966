"""An HTTP/2 client for tests (python3-h2 keeps the state; it may be told to break the rules)."""

import socket

import h2.config
import h2.connection
import h2.events

GET = [(":method", "GET"), (":scheme", "http"), (":authority", "www.example"), (":path", "/")]


def get(path):
    return GET[:3] + [(":path", path)]


class Stream:
    """What has come of one request."""

    def __init__(self):
        self.interim = []
        self.head = None
        self.body = b""
        self.trailers = None
        self.ended = False
        self.reset = None

    @property
    def status(self):
        return None if self.head is None else int(self.head[":status"])

    @property
    def over(self):
        return self.ended or self.reset is not None


class H2Client:
    """One connection over a socket that stands."""

    def __init__(self, connection, strict=True, opening=b""):
        self.socket = connection
        self.state = h2.connection.H2Connection(config=h2.config.H2Configuration(
            header_encoding="utf-8", validate_outbound_headers=strict,
            normalize_outbound_headers=strict))
        self.streams = {}
        self.goaways = []
        self.closed = False
        self.state.initiate_connection()
        self.flush()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def flush(self):
        self.socket.sendall(self.state.data_to_send())

    def request(self, headers=None, body=None, trailers=None, end=True):
        """Begins a request; `body` None: there is none, and `end` says whether one may follow."""
        number = self.state.get_next_available_stream_id()
        self.streams[number] = Stream()
        self.state.send_headers(number, headers or GET, end_stream=end and body is None)
        self.flush()
        if body is not None:
            self.send(number, body, end=end and trailers is None)
        if trailers is not None:
            self.state.send_headers(number, trailers, end_stream=True)
            self.flush()
        return number

    def send(self, number, data, end=False):
        while data:
            window = min(self.state.local_flow_control_window(number), len(data),
                         self.state.max_outbound_frame_size)
            if window == 0:
                self.receive()
                continue
            self.state.send_data(number, data[:window])
            data = data[window:]
            self.flush()
        if end:
            self.state.end_stream(number)
            self.flush()

    def receive(self):
        """Takes in what comes next; False at the connection's end."""
        data = b""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            pass
        if not data:
            self.closed = True
            return False
        for event in self.state.receive_data(data):
            self._take(event)
        self.flush_quietly()
        return True

    def flush_quietly(self):
        try:
            self.flush()
        except OSError:
            pass  # the end comes with the next receive()

    def _take(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaways.append((event.last_stream_id, event.error_code))
            # Here the library ends the connection at once, which is not what a first GOAWAY means.
            self.state.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN
            return
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, h2.events.InformationalResponseReceived):
            stream.interim.append(dict(event.headers))
        elif isinstance(event, h2.events.ResponseReceived):
            stream.head = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            stream.body += event.data
            self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset = event.error_code

    def run_until(self, condition):
        """False: the connection ended first."""
        while not condition():
            if not self.receive():
                return condition()
        return True

    def finish(self, number):
        stream = self.streams[number]
        assert self.run_until(lambda: stream.over), "the connection ended before the stream"
        return stream

    def exchange(self, *arguments, **options):
        return self.finish(self.request(*arguments, **options))


def raw_frame(kind, flags, stream, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") +
            payload)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + raw_frame(4, 0, 0)


def goaway_of(connection):
    """The error code of the GOAWAY that ends a raw connection; None: it ends without one."""
    received = b""
    while True:
        try:
            data = connection.recv(65536)
        except (ConnectionResetError, socket.timeout):
            break
        if not data:
            break
        received += data
    code = None
    while len(received) >= 9:
        size = int.from_bytes(received[:3], "big")
        if received[3] == 7:
            code = int.from_bytes(received[13:17], "big")
        received = received[9 + size:]
    return code
