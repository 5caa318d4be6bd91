"""A Docker socket that can be made slow: it stands between a collector and the daemon.

    with DockerProxy(directory / "docker.sock") as proxy:    # what connects to it reaches the daemon
        with proxy.silent():                                 # but hears nothing from it
            ...
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DAEMON = "/var/run/docker.sock"


class DockerProxy:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._speaks = threading.Event()
        self._speaks.set()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(32)

    def __enter__(self) -> "DockerProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._speaks.set()
        self._listener.close()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Requests pass; answers and events wait until the end of the block."""
        self._speaks.clear()
        try:
            yield
        finally:
            self._speaks.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                daemon.connect(DAEMON)
                threading.Thread(target=self._pass, args=(client, daemon, False), daemon=True).start()
                threading.Thread(target=self._pass, args=(daemon, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_answer:
                    self._speaks.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
