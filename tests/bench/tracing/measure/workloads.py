"""What is run under each variant, and what it says a call has cost.

The cost is a pair: wall time as the workload measured it, and the CPU time of everything that was started for it,
tracer and tracee. Where both share a core they come to the same on an idle machine, and the CPU time
is hardly disturbed by neighbours on a busy one.
"""

import json
import re
import resource
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from measure.placement import Placement
from measure.redis import ask, wait_for
from measure.variants import Programs

LIMIT = 300  # seconds a run may take before it counts as hung

Wrap = Callable[[list[str]], list[str]]


class RunFailed(Exception):
    pass


@dataclass(frozen=True)
class Cost:
    """In microseconds."""
    wall: float  # per count
    cpu: float  # of the whole run



@dataclass(frozen=True)
class Workload:
    key: str
    label: str
    unit: str
    pilot: int  # count that is enough to guess the cost
    most: int  # count that is never exceeded
    skips: tuple[str, ...] = ()  # variants that are too slow for it
    calls: int = 1  # system calls per count, at least: what a complete capture must hold

    def run(self, programs: Programs, count: int, wrap: Wrap, place: Placement, folder: Path) -> Cost:
        before = children_cpu()
        if self.key == "redis":
            wall, others = run_redis(count, wrap, place, folder)
            return Cost(wall, children_cpu() - before - others)
        if self.key == "dd":
            wall = run_dd(count, wrap)
        else:
            wall = wall_of(run_command(wrap([programs.work, *self.arguments(count)])).stdout)
        return Cost(wall, children_cpu() - before)

    def arguments(self, count: int) -> list[str]:
        if self.key == "threads":
            return ["threads", "4", str(max(1, count // 4))]
        if self.key == "forkexec":
            return ["forkexec", str(count), "/bin/true"]
        return ["getppid", str(count)]


WORKLOADS = (
    Workload("getppid", "getppid loop", "us per call", 500, 5_000_000),
    Workload("dd", "dd bs=1", "us per call", 500, 5_000_000),
    Workload("redis", "redis-server under redis-benchmark", "us per request", 500, 200_000, ("python",), calls=2),
    Workload("forkexec", "fork and exec of /bin/true", "us per process", 4, 10_000, calls=20),
    Workload("threads", "four threads of getppid", "us per call", 800, 5_000_000),
)


def children_cpu() -> float:
    """Microseconds used by all that we have started and that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e6


def wall_of(lines: str) -> float:
    """Per count; the lines of one bench_tracing_work, or of several that ran at once."""
    reports = [json.loads(line) for line in lines.splitlines()]
    if not reports:
        raise RunFailed("the workload said nothing")
    span = max(report["end_ns"] for report in reports) - min(report["begin_ns"] for report in reports)
    return span / 1000 / sum(report["count"] for report in reports)


def run_command(command: list[str]) -> subprocess.CompletedProcess:
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT,
                            check=False)
    if result.returncode != 0:
        raise RunFailed(f"status {result.returncode} of {' '.join(command)}\n{result.stderr[-2000:]}")
    return result


def run_dd(count: int, wrap: Wrap) -> float:
    calls = 2  # read and write of each byte
    result = run_command(wrap(["env", "LC_ALL=C", "dd", "if=/dev/zero", "of=/dev/null", "bs=1",
                               f"count={max(1, count // calls)}"]))
    took = re.search(r" copied, ([0-9.e+-]+) s", result.stderr)
    if not took:
        raise RunFailed(f"dd said: {result.stderr}")
    return float(took.group(1)) * 1e6 / max(calls, count)


def run_redis(count: int, wrap: Wrap, place: Placement, folder: Path) -> tuple[float, float]:
    """Wall time per request, and the client's CPU time."""
    path = folder / "served.sock"
    path.unlink(missing_ok=True)
    port = free_port()
    command = wrap(["redis-server", "--port", str(port), "--unixsocket", str(path), "--save", "", "--appendonly",
                    "no", "--logfile", str(folder / "served.log"), "--dir", str(folder)])
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        try:
            wait_for(lambda: ask(path, "PING") == "PONG" or server.poll() is not None, "redis-server")
            before = children_cpu()
            result = run_command(["taskset", "-c", place.other, "redis-benchmark", "-p", str(port), "-t", "get", "-n",
                                  str(count), "-c", "50", "--csv"])
            client_cpu = children_cpu() - before
            ask(path, "SHUTDOWN", "NOSAVE")
            deadline = time.monotonic() + 30
            while server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            if server.poll() is None:
                server.kill()
        if server.returncode != 0:
            raise RunFailed(f"status {server.returncode} of {' '.join(command)}\n{server.stderr.read()[-2000:]}")
    rate = re.search(r'^"GET","([0-9.]+)"', result.stdout, re.MULTILINE)
    if not rate:
        raise RunFailed(f"redis-benchmark said: {result.stdout}")
    return 1e6 / float(rate.group(1)), client_cpu


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
