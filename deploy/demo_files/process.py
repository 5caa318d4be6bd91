"""Processes that are started here, watched through their log, and stopped by their own pid.

    redis = Process("redis", ["redis-server", "redis.conf"], directory / "redis.log")
    redis.start()
    redis.wait_for_line(r"Ready to accept connections", timeout_s=10)
    redis.stop()
"""

import pwd
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


class StackError(Exception):
    """Something did not come up, or not in time; the text is meant for the person who started it."""


def wait_until(what: str, condition: Callable[[], object], timeout_s: float, watched: "tuple[Process, ...]" = (),
               pause_s: float = 0.05) -> object:
    """The condition's first true value. Raises StackError in the end, or as soon as a watched process died."""
    end = time.monotonic() + timeout_s
    while True:
        if value := condition():
            return value
        for process in watched:
            process.must_run(what)
        if time.monotonic() > end:
            tails = "".join(process.tail() for process in watched)
            raise StackError(f"waited {timeout_s:.0f} s in vain for: {what}{tails}")
        time.sleep(pause_s)


class Process:
    """One process with a log file of its own; the log goes on over a restart."""

    def __init__(self, name: str, command: list[str], log: Path, user: str | None = None) -> None:
        self.name = name
        self.command = command
        self.log = log
        self._identity = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        assert self._child is not None, f"{self.name} was not started"
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        assert not self.running, f"{self.name} runs already"
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            # A session of its own: a Ctrl-C for the demo is not one for its parts, which are stopped in order.
            self._child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True, **self._identity)

    def stop(self, timeout_s: float = 15) -> int:
        """SIGTERM, then SIGKILL; the exit status. Harmless if it does not run."""
        if self._child is None:
            return 0
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._child.kill()
        return self._child.wait()

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)
        assert self._child is not None
        self._child.wait()

    def send_signal(self, number: int) -> None:
        assert self._child is not None
        self._child.send_signal(number)

    def text(self) -> str:
        """What it logged since its last start."""
        try:
            with self.log.open("rb") as log:
                log.seek(self._log_start)
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    def lines(self, pattern: str) -> list[str]:
        return [line for line in self.text().splitlines() if re.search(pattern, line)]

    def tail(self, count: int = 8) -> str:
        lines = "".join(f"\n    {line}" for line in self.text().splitlines()[-count:])
        return f"\n  {self.name} logged last ({self.log}):{lines or ' nothing'}"

    def must_run(self, what: str) -> None:
        if not self.running:
            status = self._child.returncode if self._child else "never started"
            raise StackError(f"{self.name} ended (status {status}) while waiting for: {what}{self.tail()}")

    def wait_for_line(self, pattern: str, timeout_s: float) -> str:
        """The first line since the last start that matches."""
        return wait_until(f"{self.name} to log /{pattern}/", lambda: next(iter(self.lines(pattern)), None), timeout_s,
                          (self,))  # type: ignore[return-value]
