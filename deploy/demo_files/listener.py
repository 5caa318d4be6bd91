"""The attacker's own end of a connection.

    with Listener(say=b"id\\nexit\\n") as listener:
        ...                                       # something in the container connects to listener.host, listener.port
        loot = listener.received(timeout_s=10)
"""

import socket
import threading


class Listener:
    """Takes one connection, says something, keeps what comes until the other side is done. Port 0: any."""

    def __init__(self, say: bytes = b"", host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.create_server((host, port))
        self._socket.settimeout(30)
        self._say = say
        self._received = b""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._take, daemon=True)
        self.host = host
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self):  # of the derived class
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def received(self, timeout_s: float) -> bytes:
        """What came in all; empty if nothing did in time."""
        self._done.wait(timeout_s)
        return self._received

    def talk(self, connection: socket.socket) -> None:
        """With whom connected. What arrives is added to self._received."""
        connection.sendall(self._say)
        while piece := connection.recv(65536):
            self._received += piece

    def _take(self) -> None:
        try:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(20)
                self.talk(connection)
        except OSError:
            pass
        self._done.set()
