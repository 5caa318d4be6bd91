"""A Redis and a collector without an analyzer: what it traces is read from Redis by the test itself.

    with Watch("dev") as watch:
        container = watch.run("storm", [storm_program, "/state/gate", "fork", "10", "1"])
        wait_until_traced(watch, container)
        ... watch.batches() ...
"""

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import redis
from demo_files.docker import Container
from demo_files.process import Process, wait_until
from demo_files.stack import Stack, build_directory

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))

import wire_reader  # noqa: E402

# Not the prefix that the other stack of these tests watches.
PREFIX = f"da-survival-{os.getpid()}"
IMAGE = "debian:bookworm-slim"
SHARDS = 16
SEGMENT_START, SEGMENT_EXIT, SEGMENT_GAP = 1, 4, 8
SLOT = struct.Struct("24sQQQ40s")


class Watch:
    def __init__(self, build: str) -> None:
        self.stack = Stack(build, [f"{PREFIX}-*"])
        self.collector: Process = self.stack.collector
        self.programs = build_directory(build) / "tests" / "e2e" / "tracees"
        self.state = self.stack.directory / "state"
        self.state.mkdir()
        self._redis = redis.Redis(unix_socket_path=str(self.stack.redis.socket))
        self._containers: list[Container] = []

    def __enter__(self) -> "Watch":
        self.stack.redis.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.collector.stop()
        for container in self._containers:
            container.remove()
        self.stack.redis.stop()

    def run(self, name: str, program: str, *arguments: str) -> Container:
        """In a container with the folder `state` as /state."""
        options = ("-v", f"{self.programs / program}:/{program}:ro", "-v", f"{self.state}:/state")
        container = Container(IMAGE, f"{PREFIX}-{name}", [f"/{program}", *arguments], options)
        self._containers.append(container)
        return container

    def batches(self) -> list[dict]:
        """All that is in Redis, in the order of each shard."""
        found = []
        for shard in range(SHARDS):
            found += [wire_reader.decode(fields[b"b"]) for _, fields in self._redis.xrange(f"{{s{shard}}}:q")]
        return found

    def forget_batches(self) -> None:
        for shard in range(SHARDS):
            self._redis.delete(f"{{s{shard}}}:q")

    def tracer_threads(self) -> set[int]:
        return {int(task.name) for task in Path(f"/proc/{self.collector.pid}/task").iterdir()}

    def cpu_s(self) -> float:
        """Processor time that the collector has used."""
        pid = self.collector.pid
        return sum(int(read(f"/proc/{pid}/task/{tid}/schedstat").split()[0]) for tid in threads_of(pid)) / 1e9

    def peak_mib(self) -> float:
        status = Path(f"/proc/{self.collector.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass
class Slot:
    """One role of the program `survivor`; see there."""

    name: str
    done: int
    lost: int
    wrong: int
    what: str


class Survivor:
    """A container that runs `survivor`."""

    def __init__(self, watch: Watch, number: int) -> None:
        self._board = watch.state / f"board-{number}"
        self.container = watch.run(f"survivor-{number}", "survivor", f"/state/board-{number}")
        self.init = self.container.init
        wait_until("the survivor to run", lambda: self._board.exists() and self.slots() and self.slots()[0].done, 10)
        self.stopped_pid = wait_until("a process to be stopped for good", self._find_stopped, 10)

    def slots(self) -> list[Slot]:
        data = self._board.read_bytes()
        rows = [SLOT.unpack_from(data, at) for at in range(0, len(data) - SLOT.size + 1, SLOT.size)]
        return [Slot(text(name), done, lost, wrong, text(what)) for name, done, lost, wrong, what in rows if name[0]]

    def done(self) -> dict[int, int]:
        """Rounds of every role that goes on for ever."""
        return {n: slot.done for n, slot in enumerate(self.slots()) if slot.name not in ("main", "stopped")}

    def count(self, name: str) -> int:
        return sum(slot.done for slot in self.slots() if slot.name == name)

    def lost(self, name: str) -> int:
        return sum(slot.lost for slot in self.slots() if slot.name == name)

    def must_be_right(self) -> None:
        assert [slot for slot in self.slots() if slot.wrong] == []

    def must_go_on(self, since: dict[int, int]) -> None:
        """Every role has done something, or does within 10 s."""

        def standing() -> list[str]:
            now = self.done()
            return [slot.name for n, slot in enumerate(self.slots()) if n in since and now[n] <= since[n]]

        wait_until("every role to go on", lambda: not standing(), 10)

    def must_stay_stopped(self) -> None:
        """It counts as soon as it runs. (Let go by its tracer it wakes in the kernel, only to stop again.)"""
        wait_until("the stopped process to be stopped", lambda: state_of(self.stopped_pid) in ("T", "t"), 5,
                   pause_s=0.001)
        assert self.count("stopped") == 1

    def _find_stopped(self) -> int | None:
        stopped = [pid for pid in processes_below(self.init) if name_of(pid) == "stands" and state_of(pid) == "T"]
        return stopped[0] if stopped else None


def text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode(errors="replace")


def processes_below(init: int) -> list[int]:
    """The process and all its descendants: those of a container, if it is the first one."""
    found, waiting = [], [init]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for tid in threads_of(pid):
            waiting += map(int, read(f"/proc/{pid}/task/{tid}/children").split())
    return found


def tracers(init: int) -> dict[int, int]:
    """TracerPid of every living task, by tid."""
    found = {}
    for pid in processes_below(init):
        for tid in threads_of(pid):
            status = read(f"/proc/{pid}/task/{tid}/status")
            if status and not status.partition("\nState:\t")[2].startswith(("Z", "X")):
                found[int(tid)] = int(status.partition("\nTracerPid:\t")[2].split("\n", 1)[0])
    return found


def threads_of(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def read(path: str) -> str:
    """Empty if the task is gone. Called thousands of times: no Path here."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def state_of(pid: int) -> str:
    return read(f"/proc/{pid}/stat").rpartition(") ")[2][:1]


def name_of(pid: int) -> str:
    return read(f"/proc/{pid}/comm").strip()


def wait_until_traced(watch: Watch, inits: list[int], timeout_s: float = 20) -> int:
    """Every task of these containers; how many there are."""
    threads: set[int] = set()
    seen = 0

    def all_traced() -> bool:
        nonlocal seen
        threads.update(watch.tracer_threads())
        seen = 0
        for init in inits:
            found = tracers(init)
            if not found or not threads.issuperset(found.values()):
                return False
            seen += len(found)
        return True

    wait_until("every task to be traced", all_traced, timeout_s, (watch.collector,), pause_s=0.01)
    return seen
