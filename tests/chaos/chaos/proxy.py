"""A link that fails: TCP in, Redis's unix socket out, with stalls, resets and replies that get lost."""

import contextlib
import selectors
import socket
import threading
import time
from pathlib import Path

PIECE = 1 << 18


class Proxy:
    def __init__(self, target: Path) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.faults = {"stalls": 0, "resets": 0, "lost replies": 0}
        self._links = set()
        self._lock = threading.Lock()
        self._stalled_until = 0.0
        self._swallow_until = 0.0
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self, seconds: float) -> None:
        self.faults["stalls"] += 1
        self._stalled_until = time.monotonic() + seconds

    def reset(self) -> None:
        self.faults["resets"] += 1
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            for end in link:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def lose_replies(self, seconds: float) -> None:
        """Requests arrive and are done; nobody hears of it."""
        self.faults["lost replies"] += 1
        self._swallow_until = time.monotonic() + seconds
        time.sleep(seconds)
        self.reset()

    def close(self) -> None:
        self._open = False
        self.listener.close()
        self.reset()

    def _accept(self) -> None:
        while self._open:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.target))
            except OSError:
                near.close()
                far.close()
                continue
            link = (near, far)
            with self._lock:
                self._links.add(link)
            threading.Thread(target=self._forward, args=(link,), daemon=True).start()

    def _forward(self, link) -> None:
        near, far = link
        selector = selectors.DefaultSelector()
        selector.register(near, selectors.EVENT_READ, far)
        selector.register(far, selectors.EVENT_READ, near)
        with contextlib.suppress(OSError):
            while self._open:
                for key, _ in selector.select(timeout=1):
                    while time.monotonic() < self._stalled_until:
                        time.sleep(0.01)
                    piece = key.fileobj.recv(PIECE)
                    if not piece:
                        raise OSError
                    if key.fileobj is far and time.monotonic() < self._swallow_until:
                        continue
                    key.data.sendall(piece)
        with self._lock:
            self._links.discard(link)
        near.close()
        far.close()
