"""A collector that is stopped, debugged or killed does not hold up what it traces.

Run by ctest with the collector and a program that makes calls as environment:
    COLLECTOR=build/dev/collector/collector CALLER=build/dev/tests/integration/guard/steady_caller pytest test_guardian.py
"""
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

COLLECTOR = os.environ["COLLECTOR"]
CALLER = os.environ["CALLER"]

BOUND_MS = 200
# No single gap beyond this, on however busy a machine.
LIMIT_MS = 1000
# PTRACE_SEIZE and PTRACE_INTERRUPT on every thread, then sleep: as a person at a debugger does.
DEBUGGER = """
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
for task in os.listdir(f"/proc/{sys.argv[1]}/task"):
    for request in (0x4206, 0x4207):
        if libc.ptrace(request, int(task), None, None) != 0:
            sys.exit(os.strerror(ctypes.get_errno()))
time.sleep(60)
"""


class Traced:
    """`collector trace` on a program that makes calls until told to end."""

    def __init__(self, tmp_path):
        self.log = tmp_path / "log"
        self._gaps_file = tmp_path / "gaps"
        self._gaps_file.touch()
        with open(self.log, "wb") as log, open(self._gaps_file, "wb") as gaps:
            self.collector = subprocess.Popen([COLLECTOR, "trace", "--output", "/dev/null", "--", CALLER],
                                              stdin=subprocess.PIPE, stdout=gaps, stderr=log, start_new_session=True)
        wait_until("the program to run", lambda: "ready" in self._gaps_file.read_text())
        self.caller = next(pid for pid in children(self.collector.pid) if name(pid) == "steady_caller")
        assert tracer(self.caller) != 0

    @property
    def guardian(self):
        return next((pid for pid in children(self.collector.pid) if name(pid) == "da-guardian"), None)

    def gaps(self, since, until):
        """Lengths of the gaps that began in this time, ms."""
        rows = [line.split() for line in self._gaps_file.read_text().splitlines() if line.startswith("gap ")]
        return [float(length) for _, begin, length in rows if since - LIMIT_MS <= float(begin) <= until
                and float(begin) + float(length) >= since]

    def log_lines(self, text):
        return [line for line in self.log.read_text().splitlines() if text in line]

    def end(self):
        """Ends the program; how many calls it made. None if it does not end."""
        self.collector.stdin.close()
        wait_until("the program to end", lambda: "end " in self._gaps_file.read_text())
        return int(self._gaps_file.read_text().split()[-1])


@pytest.fixture(name="traced")
def make_traced(tmp_path):
    traced = Traced(tmp_path)
    yield traced
    for pid in (traced.collector.pid, traced.caller):
        if Path(f"/proc/{pid}/exe").is_symlink() and name(pid) in ("collector", "steady_caller"):
            os.kill(pid, signal.SIGKILL)
    traced.collector.wait()


def wait_until(what, condition, timeout=10.0):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)


def now_ms():
    return time.monotonic() * 1000


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def tracer(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("TracerPid:")).split()[1])


def check_bound(gaps):
    """Met by nearly all; a machine that itself stands still for a while is no failure."""
    print("longest gap of each try, ms:", gaps)
    assert statistics.median(gaps) < BOUND_MS
    assert max(gaps) < LIMIT_MS


def test_a_stopped_collector_is_continued_within_200_ms(traced):
    longest = []
    for round_number in range(20):
        since = now_ms()
        traced.collector.send_signal(signal.SIGSTOP)
        wait_until("the guardian to continue it",
                   lambda: len(traced.log_lines("continuing the collector")) > round_number)
        time.sleep(0.01)
        longest.append(max(traced.gaps(since, now_ms()), default=0.0))
        # Stopped again and again it would be killed.
        time.sleep(1.1 if round_number % 4 == 3 else random.uniform(0.05, 0.15))
    check_bound(longest)
    # They were stops that the program felt. One may be seen before it does.
    assert statistics.median(longest) > 0
    assert not traced.log_lines("killing")
    assert tracer(traced.caller) != 0
    assert traced.end() > 0
    assert traced.collector.wait(10) == 7


@pytest.mark.parametrize("attempt", range(3))
def test_a_collector_stopped_again_and_again_is_killed_and_the_program_runs_on(traced, attempt):
    del attempt
    ended = threading.Event()

    def keep_stopping():
        while not ended.wait(0.0005):
            traced.collector.send_signal(signal.SIGSTOP)

    stopper = threading.Thread(target=keep_stopping)
    since = now_ms()
    stopper.start()
    try:
        assert traced.collector.wait(10) == -signal.SIGKILL
    finally:
        ended.set()
        stopper.join()
    took = now_ms() - since
    time.sleep(0.05)
    assert tracer(traced.caller) == 0
    assert traced.log_lines("killing the collector")
    assert max(traced.gaps(since, now_ms()), default=0) < LIMIT_MS
    assert took < LIMIT_MS
    assert traced.end() > 0


def test_a_collector_in_a_debugger_is_killed_and_the_program_runs_on(traced):
    since = now_ms()
    with subprocess.Popen([sys.executable, "-c", DEBUGGER, str(traced.collector.pid)]) as debugger:
        try:
            wait_until("the program to be let go", lambda: tracer(traced.caller) == 0)
            assert debugger.poll() is None
        finally:
            debugger.kill()
    time.sleep(0.05)
    assert traced.log_lines('reason="a debugger stopped it"')
    assert max(traced.gaps(since, now_ms()), default=0) < LIMIT_MS
    assert traced.end() > 0


def test_a_guardian_ends_with_its_collector(traced):
    guardian = traced.guardian
    traced.collector.kill()
    traced.collector.wait()
    wait_until("the guardian to end", lambda: name(guardian) != "da-guardian", 2)
    assert tracer(traced.caller) == 0
    assert traced.end() > 0


def test_a_guardian_heeds_no_terminal_and_has_nothing_open_but_the_log(traced):
    guardian = traced.guardian
    assert os.getsid(guardian) == guardian
    assert sorted(int(fd) for fd in os.listdir(f"/proc/{guardian}/fd")) == [0, 2, 3]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(guardian, number)
    time.sleep(0.1)
    assert name(guardian) == "da-guardian"


@pytest.mark.parametrize("number, found", [(signal.SIGKILL, "dead"), (signal.SIGSTOP, "stopped")])
def test_a_guardian_that_is_lost_is_replaced(traced, number, found):
    lost = traced.guardian
    os.kill(lost, number)
    wait_until("another guardian", lambda: traced.guardian not in (None, lost), 5)
    assert traced.log_lines(f"starting another\" found={found}")
    traced.collector.send_signal(signal.SIGSTOP)
    wait_until("the new one to do its work", lambda: traced.log_lines("continuing the collector"))
    assert traced.end() > 0
    assert traced.collector.wait(10) == 7
