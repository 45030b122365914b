"""A proxy as PgBouncer is with pool_mode=transaction: all clients share one session of a PostgreSQL server.

It accepts every client, and lends it the session from the first message of a transaction to the last one.
"""

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

_ENCRYPTION_REQUESTS = (80877103, 80877104)
_AS_SERVERS_GREET = (
    b"R" + struct.pack("!ii", 8, 0),
    *(
        b"S" + struct.pack("!i", 4 + len(pair)) + pair
        for pair in (b"server_version\x0015.0\0", b"client_encoding\0UTF8\0", b"standard_conforming_strings\0on\0")
    ),
    b"K" + struct.pack("!iii", 12, 1, 1),
    b"Z" + struct.pack("!i", 5) + b"I",
)


class _Stream:
    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rb")
        self.send = connection.sendall

    def exactly(self, count: int) -> bytes:
        read = self._file.read(count)
        if len(read) < count:
            raise EOFError
        return read

    def message(self) -> bytes:
        head = self.exactly(5)
        return head + self.exactly(struct.unpack("!i", head[1:])[0] - 4)


def _greet(client: _Stream) -> None:
    while True:
        (size,) = struct.unpack("!i", client.exactly(4))
        (code,) = struct.unpack("!i", client.exactly(size - 4)[:4])
        if code not in _ENCRYPTION_REQUESTS:
            break
        client.send(b"N")
    client.send(b"".join(_AS_SERVERS_GREET))


def _serve(connection: socket.socket, server: _Stream, lent: threading.Lock) -> None:
    client = _Stream(connection)
    with connection, suppress(EOFError, OSError):
        _greet(client)
        message = client.message()
        while message[:1] != b"X":
            with lent:
                status = b"T"
                while status != b"I":
                    server.send(message)
                    if message[:1] in (b"Q", b"S"):
                        while (answer := server.message())[:1] != b"Z":
                            client.send(answer)
                        client.send(answer)
                        status = answer[-1:]
                    if status != b"I":
                        message = client.message()
            message = client.message()


@contextmanager
def pooling_proxy(address: str) -> Iterator[int]:
    """Yield the port of a proxy in front of the database at an address."""
    lent = threading.Lock()
    with (
        psycopg.connect(address, sslmode="disable") as session,
        socket.socket(fileno=os.dup(session.fileno())) as raw,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        raw.setblocking(True)
        server = _Stream(raw)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=_serve, args=(listening.accept()[0], server, lent), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
