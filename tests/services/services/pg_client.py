"""PostgreSQL's simple query protocol, as much of it as load and attacks need.

    with PgClient(port) as client:
        rows = client.query("SELECT 1")       # PgError if the server says no
"""

import socket
import struct


class PgError(OSError):
    """ErrorResponse of the server: its message."""


class PgClient:
    def __init__(self, port: int, user: str = "app", password: str = "app-secret", database: str = "shop") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._buffer = self._socket.makefile("rb")
        try:
            parameters = f"user\0{user}\0database\0{database}\0\0".encode()
            self._socket.sendall(struct.pack("!ii", len(parameters) + 8, 196608) + parameters)
            self._password = password
            self._until_ready()
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> "PgClient":
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._send(b"X", b"")
        except OSError:
            pass
        self._close()

    def query(self, sql: str) -> list[list[str | None]]:
        """Rows of all statements; COPY data as rows of one column."""
        self._send(b"Q", sql.encode() + b"\0")
        return self._until_ready()

    def _close(self) -> None:
        self._buffer.close()
        self._socket.close()

    def _send(self, kind: bytes, content: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(content) + 4) + content)

    def _until_ready(self) -> list[list[str | None]]:
        rows: list[list[str | None]] = []
        error = ""
        while True:
            head = self._buffer.read(5)
            if len(head) < 5:
                raise PgError(error or "the server hung up")
            content = self._buffer.read(struct.unpack("!i", head[1:])[0] - 4)
            kind = head[:1]
            if kind == b"R" and content[:4] == b"\0\0\0\3":
                self._send(b"p", self._password.encode() + b"\0")
            elif kind == b"D":
                rows.append(_columns(content))
            elif kind == b"d":
                rows.append([content.decode(errors="replace")])
            elif kind == b"G":
                self._send(b"c", b"")
            elif kind == b"E":
                fields = dict((part[:1], part[1:]) for part in content.split(b"\0") if part)
                error = fields.get(b"M", b"?").decode(errors="replace")
            elif kind == b"Z":
                if error:
                    raise PgError(error)
                return rows


def _columns(content: bytes) -> list[str | None]:
    columns: list[str | None] = []
    at = 2
    for _ in range(struct.unpack("!h", content[:2])[0]):
        size = struct.unpack("!i", content[at:at + 4])[0]
        at += 4
        columns.append(content[at:at + size].decode(errors="replace") if size >= 0 else None)
        at += max(size, 0)
    return columns
