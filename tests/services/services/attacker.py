"""The attacker's own host: an address that no service ordinarily talks to.

    with Home(say=b"cat /etc/passwd\\nend\\n") as home:
        ...                                  # something in the container connects to home.host, home.port
        loot = home.must_receive(b"root:")
"""

import socket
from collections.abc import Callable

from demo_files.listener import Listener

from .base import AttackFailed

ADDRESS = "127.66.6.6"


class Home(Listener):
    """Hangs up after "END". `talk` may do it another way; it returns what it got."""

    def __init__(self, say: bytes = b"", talk: Callable[[socket.socket], bytes] | None = None, port: int = 0) -> None:
        super().__init__(say, ADDRESS, port)
        self._talk = talk

    def must_receive(self, what: bytes, timeout_s: float = 15) -> bytes:
        received = self.received(timeout_s)
        if what not in received:
            raise AttackFailed(f"{what!r} did not reach the attacker, but {received[:80]!r}")
        return received

    def talk(self, connection: socket.socket) -> None:
        if self._talk:
            self._received = self._talk(connection)
            return
        connection.sendall(self._say)
        while not self._received.endswith(b"END\n") and (piece := connection.recv(65536)):
            self._received += piece
