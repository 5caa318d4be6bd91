"""Threads that ask services things until they are told to stop, and the count of what came of it. What they ask, and
how often, is up to who derives from it: the demo's Traffic, and the Load of tests/services.

    class Visits(Clients):
        def __init__(self): super().__init__(); self.add(self._live)
    with Visits() as visits: ...
    print(visits.done, visits.failed, visits.last_error)
"""

import threading
from collections.abc import Callable


class Clients:
    """`stop_limit_s`: how long the last request of a thread is waited for in the end."""

    def __init__(self, stop_limit_s: float = 40) -> None:
        self.done = 0
        self.failed = 0
        self.last_error = ""
        self._stop_limit_s = stop_limit_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self):  # of the derived class
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=self._stop_limit_s)

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def add(self, function: Callable[..., None], *arguments: object) -> None:
        """Before it starts. `function` ends when self._stop is set."""
        self._threads.append(threading.Thread(target=function, args=arguments, daemon=True))

    def count_done(self, requests: int = 1) -> None:
        with self._lock:
            self.done += requests

    def count_failed(self, error: str) -> None:
        with self._lock:
            self.failed += 1
            self.last_error = error
