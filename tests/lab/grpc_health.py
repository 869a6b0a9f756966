"""A gRPC server with the health protocol, by python3-grpcio, in web1's namespace; or one that hangs
or lies.

Run as a program with a manner for an argument it is that server."""

import contextlib
import socket
import subprocess
import sys
from concurrent import futures

PORT = 50051
SERVICE = b"shop.Orders"
_STATUS = {"serving": b"\x08\x01", "not_serving": b"\x08\x02"}


def _serve(manner):
    import grpc  # pylint: disable=import-outside-toplevel

    def check(request, context):
        # HealthCheckRequest: field 1, the service.
        if manner == "unknown" or request != b"\x0a" + bytes([len(SERVICE)]) + SERVICE:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
        return _STATUS[manner]

    methods = {"Check": grpc.unary_unary_rpc_method_handler(check)}
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("grpc.health.v1.Health", methods),))
    server.add_insecure_port(f"0.0.0.0:{PORT}")
    server.start()
    server.wait_for_termination()


def _mislead(manner):
    """Hangs, or answers what is no HTTP/2."""
    kept = []
    with socket.create_server(("0.0.0.0", PORT)) as listener:
        while True:
            connection = listener.accept()[0]
            kept = [*kept[-100:], connection]
            if manner == "lying":
                connection.sendall(b"\xff" * 64)


@contextlib.contextmanager
def server(lab, manner):
    from . import netns  # pylint: disable=import-outside-toplevel
    namespace = lab.namespace("web1")
    process = subprocess.Popen(
        netns.command(namespace, "/usr/bin/python3", __file__, manner), stdin=subprocess.DEVNULL)
    try:
        netns.await_listener(namespace, f":{PORT}", 15, "the gRPC server")
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    (_mislead if sys.argv[1] in ("hung", "lying") else _serve)(sys.argv[1])
