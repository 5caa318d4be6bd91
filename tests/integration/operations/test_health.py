"""/livez, /readyz and what systemd hears of the real binaries: when something is missing, and when a loop hangs."""

import ctypes
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_under_test import BINARIES, Site, wait_until

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
WATCHDOG_S = 1.5


@pytest.fixture(name="site")
def a_site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as site:
        yield site


@pytest.fixture(name="manager")
def a_service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd would be for those that are started now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0.2)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_S * 1e6)))
        yield manager


def heard(manager: socket.socket, seconds: float) -> list[str]:
    end = time.monotonic() + seconds
    messages = []
    while time.monotonic() < end:
        try:
            messages.append(manager.recv(4096).decode())
        except TimeoutError:
            pass
    return messages


class StoppedMainThread:
    """The main thread of a process stands still; its other threads run on."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._libc = ctypes.CDLL(None, use_errno=True)

    def _ptrace(self, request: int) -> None:
        if self._libc.ptrace(request, self._pid, None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace")

    def __enter__(self) -> None:
        self._ptrace(PTRACE_SEIZE)
        self._ptrace(PTRACE_INTERRUPT)
        pid, status = os.waitpid(self._pid, WALL)
        assert pid == self._pid and os.WIFSTOPPED(status)

    def __exit__(self, *_: object) -> None:
        self._ptrace(PTRACE_DETACH)


def test_an_analyzer_is_ready_with_its_redis_and_not_without(site: Site) -> None:
    site.analyzer.start()
    where = re.escape(str(site.redis.socket))
    answer = site.wait_for("analyzer", "/readyz", 503, "missing models")
    assert answer.startswith("not ready\n")
    assert re.search(rf"^missing redis unix://{where}: it cannot be reached", answer, re.M)
    assert site.get("analyzer", "/livez")[0] == 200  # there is nothing that a restart would cure
    site.redis.start()
    answer = site.wait_for("analyzer", "/readyz", 200, "note shards: 16 of 16")
    assert answer.startswith("ready\n")
    assert re.search(rf"^ok redis unix://{where}$", answer, re.M)
    assert "ok models\n" in answer and "note mail: not configured" in answer
    site.redis.stop()
    site.wait_for("analyzer", "/readyz", 503, "missing redis")
    site.redis.start()
    site.wait_for("analyzer", "/readyz", 200, "ready\n")


def test_a_collector_names_what_is_missing(site: Site) -> None:
    site.collector.start()
    answer = site.wait_for("collector", "/readyz", 503, "missing redis unix://")
    assert re.search(r"^missing docker: its events are not heard: .*none.sock", answer, re.M)
    assert "ok attach\n" in answer
    assert site.get("collector", "/livez")[0] == 200
    site.analyzer.start()
    site.redis.start()
    site.wait_for("collector", "/readyz", 503, "ok redis unix://")
    site.redis.stop()  # nobody has anything to send
    site.wait_for("collector", "/readyz", 503, "missing redis unix://")


def test_a_collector_without_the_right_to_trace_says_so(site: Site) -> None:
    site.collector.command = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", "--",
                              *site.collector.command]
    site.collector.start()
    site.wait_for("collector", "/readyz", 503, "missing attach: attach to task ")
    assert site.collector.lines("no process can be traced.*Operation not permitted")
    assert "docker_anomalies_collector_attach_possible 0\n" in site.metrics("collector")


def test_a_loop_that_hangs_is_not_alive_and_the_watchdog_hears_nothing(site: Site, manager: socket.socket) -> None:
    site.redis.start()
    site.analyzer.start()
    site.wait_for("analyzer", "/readyz", 200, "ready\n")
    heard(manager, 0.5)
    assert "WATCHDOG=1" in heard(manager, WATCHDOG_S)
    with StoppedMainThread(site.analyzer.pid):
        heard(manager, 0.1)
        assert site.get("analyzer", "/readyz") == (503, "not ready\nmissing loop: it does not answer\n")
        assert site.get("analyzer", "/metrics")[0] == 503
        answer = site.wait_for("analyzer", "/livez", 503, "not alive: the event loop turned ")
        assert float(answer.split()[6]) >= 5
        assert heard(manager, 2 * WATCHDOG_S) == []
    assert site.wait_for("analyzer", "/livez", 200, "alive")
    assert "WATCHDOG=1" in heard(manager, WATCHDOG_S)
    site.wait_for("analyzer", "/readyz", 200, "ready\n")


def test_a_process_that_is_stopped_does_not_beat(site: Site, manager: socket.socket) -> None:
    site.redis.start()
    site.analyzer.start()
    site.wait_for("analyzer", "/readyz", 200, "ready\n")
    site.analyzer.send_signal(signal.SIGSTOP)
    heard(manager, 0.3)
    assert heard(manager, 2 * WATCHDOG_S) == []
    site.analyzer.send_signal(signal.SIGCONT)
    assert "WATCHDOG=1" in heard(manager, WATCHDOG_S)


@pytest.mark.parametrize("name", BINARIES)
def test_a_service_manager_hears_of_start_status_beats_and_end(site: Site, manager: socket.socket, name: str) -> None:
    site.parts[name].start()
    messages: list[str] = []

    def hears(pattern: str) -> bool:
        messages.extend(heard(manager, 0.2))
        return any(re.fullmatch(pattern, message) for message in messages)

    wait_until("READY", lambda: hears("READY=1"), 20)
    wait_until("what it waits for", lambda: hears(r"STATUS=waits for .*redis unix://.*"), 20)
    if name == "analyzer":
        site.redis.start()
        wait_until("that it is ready", lambda: hears("STATUS=ready"), 20)
    messages.clear()
    messages.extend(heard(manager, 2 * WATCHDOG_S))
    assert 4 <= messages.count("WATCHDOG=1") <= 9
    messages.clear()
    assert site.parts[name].stop() == 0
    assert hears("STOPPING=1")
