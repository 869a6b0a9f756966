"""An HTTP/2 server whose every move a test scripts (python3-h2 keeps the state)."""

import collections

import h2.config
import h2.connection
import h2.events
import h2.settings

from .threaded_server import ThreadedServer


class Request:
    """What has come of one request."""

    def __init__(self, number, headers):
        self.number = number
        self.headers = dict(headers)
        self.body = b""
        self.trailers = None
        self.ended = False
        self.reset = None


class H2Server(ThreadedServer):
    """Runs `behave(session, request)` for each request whose head has come, in the thread of its
    connection. What a behaviour raises is kept in `faults`, but for broken connections."""

    def __init__(self, namespace, port, behave=None, certificate=None, websockets=False):
        self.behave = behave
        self.websockets = websockets
        self.faults = []
        self.sessions = []
        self._tls = None
        if certificate is not None:
            self._tls = certificate.server_context()
            self._tls.set_alpn_protocols(["h2"])
        super().__init__(namespace, port)

    @property
    def requests(self):
        return [request for session in self.sessions for request in session.requests.values()]

    def serve(self, accepted):
        accepted.settimeout(20)
        if self._tls is not None:
            with self._tls.wrap_socket(accepted, server_side=True) as secured:
                self._talk(secured)
        else:
            self._talk(accepted)

    def _talk(self, connection):
        try:
            session = Session(connection, self.websockets)
            self.sessions.append(session)
            while (request := session.next_request()) is not None:
                self.behave(session, request)
        except OSError:
            pass
        except Exception as fault:
            self.faults.append(fault)


class Session:
    """One connection."""

    def __init__(self, connection, websockets):
        self.socket = connection
        self.state = h2.connection.H2Connection(config=h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8", validate_inbound_headers=not websockets))
        self.requests = {}
        self._new = collections.deque()
        if websockets:
            codes = h2.settings.SettingCodes
            self.state.local_settings = h2.settings.Settings(client=False, initial_values={
                codes.MAX_CONCURRENT_STREAMS: 100, codes.ENABLE_CONNECT_PROTOCOL: 1})
        self.state.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.state.data_to_send())

    def send_raw(self, data):
        self.flush()
        self.socket.sendall(data)

    def next_request(self):
        while not self._new:
            if not self.receive():
                return None
        return self._new.popleft()

    def receive(self):
        """Takes in what comes next; False at the connection's end."""
        data = self.socket.recv(65536)
        if not data:
            return False
        for event in self.state.receive_data(data):
            self._take(event)
        self.flush()
        return True

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            request = Request(event.stream_id, event.headers)
            self.requests[event.stream_id] = request
            self._new.append(request)
            return
        request = self.requests.get(getattr(event, "stream_id", None))
        if request is None:
            return
        if isinstance(event, h2.events.DataReceived):
            request.body += event.data
            self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            request.trailers = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            request.ended = True
        elif isinstance(event, h2.events.StreamReset):
            request.reset = event.error_code

    def answer(self, request, body=b"hello", headers=(), trailers=None, status=200):
        """A whole response."""
        number = request.number
        self.state.send_headers(number, [(":status", str(status)), *headers],
                                end_stream=not body and trailers is None)
        if body:
            self.send(request, body, end=trailers is None)
        if trailers is not None:
            self.state.send_headers(number, trailers, end_stream=True)
        self.flush()

    def send(self, request, data, end=False):
        number = request.number
        while data:
            window = min(self.state.local_flow_control_window(number), len(data),
                         self.state.max_outbound_frame_size)
            if window == 0:
                self.flush()
                self.receive()
                continue
            self.state.send_data(number, data[:window])
            data = data[window:]
        if end:
            self.state.end_stream(number)
        self.flush()
