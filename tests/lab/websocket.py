"""Just enough of RFC 6455 to talk through a proxy: handshake, unfragmented frames, close."""

import base64
import hashlib
import os
import struct

TEXT, BINARY, CLOSE = 1, 2, 8
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def handshake(path="/"):
    """(request head, the Sec-WebSocket-Accept that must answer it)"""
    key = base64.b64encode(os.urandom(16))
    head = (b"GET " + path.encode() + b" HTTP/1.1\r\nHost: www.example\r\n"
            b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
    return head, accept_for(key)


def accept_for(key):
    return base64.b64encode(hashlib.sha1(key + _GUID).digest())


def frame(payload, kind=BINARY, masked=False):
    mark = 0x80 if masked else 0
    if len(payload) < 126:
        head = struct.pack("!BB", 0x80 | kind, mark | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", 0x80 | kind, mark | 126, len(payload))
    else:
        head = struct.pack("!BBQ", 0x80 | kind, mark | 127, len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + _mask(payload, key)


def read_frame(read):
    """(kind, payload), or (None, b"") at the end; `read(count)` gives that many bytes."""
    head = read(2)
    if not head:
        return None, b""
    first, second = head
    length = second & 0x7f
    if length == 126:
        length, = struct.unpack("!H", read(2))
    elif length == 127:
        length, = struct.unpack("!Q", read(8))
    key = read(4) if second & 0x80 else None
    payload = read(length)
    return first & 0x0f, _mask(payload, key) if key else payload


def echo(connection, head):
    """As an OddServer's behaviour: switches and says everything back until it is told to close."""
    key = next(line.partition(b":")[2].strip() for line in head.split(b"\r\n")
               if line.lower().startswith(b"sec-websocket-key:"))
    connection.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept_for(key) +
                    b"\r\n\r\n")
    while True:
        kind, payload = read_frame(connection.read)
        if kind is None:
            return False
        connection.send(frame(payload, kind))
        if kind == CLOSE:
            return False


def _mask(payload, key):
    pad = key * (len(payload) // 4 + 1)
    return (int.from_bytes(payload, "big") ^
            int.from_bytes(pad[:len(payload)], "big")).to_bytes(len(payload), "big")
