"""A deliberately small HTTP/1.1 client on a socket: it shows every byte and hides nothing."""


def send_request(connection, path="/", method="GET", headers=(), body=b"", close=False):
    lines = [f"{method} {path} HTTP/1.1", "Host: www.example", *headers]
    if close:
        lines.append("Connection: close")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def read_response(connection, head_only=False):
    """(status, headers with small names, body) of the next final response; 1xx are passed over."""
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            received += _more(connection, received)
        head, _, received = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        status = int(status_line.split(" ")[1])
        headers = {name.lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        if status >= 200:
            break
    if head_only or status in (204, 304):
        return status, headers, b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return status, headers, _read_chunked(connection, received)
    if "content-length" in headers:
        while len(received) < int(headers["content-length"]):
            received += _more(connection, received)
        return status, headers, received
    while data := connection.recv(65536):
        received += data
    return status, headers, received


def exchange(connection, path="/", **options):
    send_request(connection, path, **options)
    return read_response(connection, head_only=options.get("method") == "HEAD")


def ask_raw(connection, request):
    """Sends bytes as they are and reads until the other side closes."""
    connection.sendall(request)
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    return received


def status_of(answer):
    """The status code at the head of an answer; None when there is none."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and answer.startswith(b"HTTP/1.") else None


def _more(connection, so_far):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError(f"closed in the middle of a response: {so_far[:200]!r}")
    return data


def _read_chunked(connection, received):
    body = b""
    while True:
        while b"\r\n" not in received:
            received += _more(connection, received)
        size, _, received = received.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        while len(received) < length + 2:
            received += _more(connection, received)
        body += received[:length]
        received = received[length + 2:]
        if length == 0:
            return body
