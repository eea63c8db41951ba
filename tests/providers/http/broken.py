"""A server that answers as badly as it is told, byte by byte."""

import socket
import struct
import threading
from contextlib import suppress


class BrokenServer:
    """Takes each request and answers with the given bytes.

    Args:
        answer: the raw answer; empty hangs up at once.
        reset: end with a TCP reset instead of a proper close.
        silent: never answer.
    """

    def __init__(self, answer: bytes, reset: bool = False, silent: bool = False) -> None:
        self._answer, self._reset, self._silent = answer, reset, silent
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "BrokenServer":
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._socket, *self._held):
            each.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.settimeout(60)
                self.requests.append(_whole_request(connection))
                if self._silent:
                    self._held.append(connection)
                    continue
                connection.sendall(self._answer)
                if self._reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()


def _whole_request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.split(b":")[1]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def http(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """An HTTP answer, whose Content-Length may lie."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
