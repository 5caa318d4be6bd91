"""The attacker's own host: an address that no service ordinarily talks to.

    with Home(say=b"cat /etc/passwd\\nend\\n") as home:
        ...                                  # something in the container connects to home.host, home.port
        loot = home.must_receive(b"root:")
"""

import socket
import threading
from collections.abc import Callable

from .base import AttackFailed

ADDRESS = "127.66.6.6"


class Home:
    """Takes one connection, says something, keeps what comes. `talk` may do it another way."""

    def __init__(self, say: bytes = b"", talk: Callable[[socket.socket], bytes] | None = None) -> None:
        self._socket = socket.create_server((ADDRESS, 0))
        self._socket.settimeout(30)
        self._say = say
        self._talk = talk or self._listen
        self._received = b""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self.host = ADDRESS
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "Home":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def must_receive(self, what: bytes, timeout_s: float = 15) -> bytes:
        self._done.wait(timeout_s)
        if what not in self._received:
            raise AttackFailed(f"{what!r} did not reach the attacker, but {self._received[:80]!r}")
        return self._received

    def _listen(self, connection: socket.socket) -> bytes:
        connection.sendall(self._say)
        while piece := connection.recv(65536):
            self._received += piece
            if self._received.endswith(b"END\n"):
                break
        return self._received

    def _take(self) -> None:
        try:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(20)
                self._received = self._talk(connection)
        except OSError:
            pass
        self._done.set()
