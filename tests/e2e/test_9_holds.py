"""A container's program that waits for Docker's word on the container waits 100 ms at most, and starts within 200 ms
of the moment at which it would have, whatever happens to the collector meanwhile.

Each try starts two containers at the same time: one that Docker keeps silent about, and a twin that is known not to be
watched. Their programs print the time; it counts from Docker's start event, which does not wait for them.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest
from birth_options import IMAGE, LIST
from container_processes import pids_in, status_of
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from docker_proxy import DockerProxy
from recorder import Recorder

PREFIX = f"da-holds-{os.getpid()}"
CLOCK = ("date", "+%s%N")
TRIES = 3
HOLD_LIMIT_MS = 200
UNDESCRIBED = "Docker does not say what a new container is: its first calls are missing"


@dataclass
class Deaf:
    """A collector, and what it hears of Docker."""

    recorder: Recorder
    proxy: DockerProxy


@pytest.fixture(scope="module")
def started(binaries: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deaf]:
    # One tracer thread, so that what keeps it busy is in the way of every container.
    with DockerProxy(tmp_path_factory.mktemp("proxy") / "docker.sock") as proxy, \
            Recorder(binaries, [f"{PREFIX}-*"], exclude=(f"{PREFIX}-twin*",), docker_socket=proxy.path,
                     capture="threads: 1") as recorder:
        yield Deaf(recorder, proxy)


@pytest.fixture
def deaf(started: Deaf) -> Deaf:
    if not started.recorder.collector.running:
        started.recorder.start_collector()
    return started


def test_what_docker_is_silent_about_is_held_for_a_moment(deaf: Deaf) -> None:
    waits = measure(deaf, "silent")
    for container in waits.containers:
        assert deaf.recorder.collector.lines(f"{UNDESCRIBED}.*{container}")
    assert 50 < waits.added_ms < HOLD_LIMIT_MS, waits


def test_nobody_waits_for_a_collector_that_is_stopped_again_and_again(deaf: Deaf) -> None:
    waits = measure(deaf, "stopped", stopped_from_the_birth_on)
    assert waits.added_ms < HOLD_LIMIT_MS, waits
    assert waits.added_in_all_ms < 2 * HOLD_LIMIT_MS, waits  # each step of the runtime may have to wait


def test_nobody_waits_for_a_collector_that_is_stopped_while_it_holds_a_program(deaf: Deaf) -> None:
    waits = measure(deaf, "frozen", stopped_during_the_hold)
    assert waits.added_ms < HOLD_LIMIT_MS, waits


def test_nobody_waits_for_a_collector_that_is_killed(deaf: Deaf) -> None:
    waits = measure(deaf, "killed", killed_during_the_hold)
    assert waits.added_ms < HOLD_LIMIT_MS, waits


def test_nobody_waits_for_a_swamped_collector(deaf: Deaf) -> None:
    forks = ["sh", "-c", "while :; do (:) & (:) & (:) & wait; done"]
    with Container(IMAGE, f"{PREFIX}-storm", forks) as storm:
        deaf.recorder.collector.wait_for_line(f"monitoring container {storm.id}", 10)
        waits = measure(deaf, "swamped")
    assert waits.added_ms < HOLD_LIMIT_MS, waits


def test_what_was_held_in_vain_is_watched_as_soon_as_docker_speaks(deaf: Deaf) -> None:
    with deaf.proxy.silent():
        container = Container(IMAGE, f"{PREFIX}-late", ["sh", "-c", "ls /; while :; do read -r line < /proc/uptime; done"])
        wait_until("its program to run", lambda: "usr" in container.logs(), 5)
    with container:
        deaf.recorder.collector.wait_for_line(f"monitoring container {container.id}", 10)
        wait_until("its program to be traced", lambda: 0 not in container.tracers().values(), 5)
        wait_until("its calls", lambda: deaf.recorder.tasks_of(container.id), 5)
        docker("exec", container.id, *LIST)
        [listed] = deaf.recorder.wait_for_tasks(container.id, 1, program="/ls")
        [shell] = deaf.recorder.tasks_of(container.id, program="/dash")
    # What came before is missing, and marked so.
    assert not shell.is_from_birth and shell.has_gap
    assert listed.is_whole


@dataclass
class Waits:
    """Medians, in ms."""

    containers: list[str]  # the held ones
    held_ms: list[float]
    twin_ms: list[float]
    held_in_all_ms: list[float]  # from the command on
    twin_in_all_ms: list[float]

    @property
    def added_ms(self) -> float:
        return median(self.held_ms) - median(self.twin_ms)

    @property
    def added_in_all_ms(self) -> float:
        return median(self.held_in_all_ms) - median(self.twin_in_all_ms)


@contextmanager
def nothing(_: Deaf, __: str) -> Iterator[None]:
    yield


@contextmanager
def stopped_from_the_birth_on(deaf: Deaf, container: str) -> Iterator[None]:
    """From the moment at which it traces the first process of the runtime's, until its guardian gives up on it."""
    with signalled(deaf, signal.SIGSTOP, lambda: any(is_traced(pid) for pid in pids_in(container))):
        yield
    assert deaf.recorder.collector.lines("guardian: ")


@contextmanager
def stopped_during_the_hold(deaf: Deaf, container: str) -> Iterator[None]:
    with signalled(deaf, signal.SIGSTOP, lambda: is_held(container)):
        yield
    assert deaf.recorder.collector.lines("guardian: ")


@contextmanager
def killed_during_the_hold(deaf: Deaf, container: str) -> Iterator[None]:
    with signalled(deaf, signal.SIGKILL, lambda: is_held(container)):
        yield
    assert not deaf.recorder.collector.running


def is_traced(pid: int) -> bool:
    return status_of(pid).get("TracerPid", "0") != "0"


def is_held(container: str) -> bool:
    """Its program is the container's by then, and has yet to make its first call."""
    return any(status_of(pid).get("Name") == CLOCK[0] and is_traced(pid) for pid in pids_in(container))


def measure(deaf: Deaf, name: str, fault: Callable[[Deaf, str], AbstractContextManager[None]] = nothing) -> Waits:
    waits = Waits([], [], [], [], [])
    with ThreadPoolExecutor(TRIES) as pool:
        twins = list(pool.map(create, (f"{PREFIX}-twin-{name}-{number}" for number in range(TRIES))))
    time.sleep(0.2)  # for the collector to hear of them
    for number, twin in enumerate(twins):
        if not deaf.recorder.collector.running:
            deaf.recorder.start_collector()
        with deaf.proxy.silent():
            held = create(f"{PREFIX}-{name}-{number}")
            with fault(deaf, held), ThreadPoolExecutor(2) as pool:
                of_held, of_twin = pool.map(start, (held, twin))
        waits.containers.append(held)
        waits.held_ms.append(of_held[0])
        waits.held_in_all_ms.append(of_held[1])
        waits.twin_ms.append(of_twin[0])
        waits.twin_in_all_ms.append(of_twin[1])
    docker("rm", *twins, *waits.containers)
    print(f"{name}: {waits.added_ms:.0f} ms added after Docker's start event, {waits.added_in_all_ms:.0f} ms in all; {waits}")
    return waits


def create(name: str) -> str:
    return docker("create", "--network", "none", "--name", name, IMAGE, *CLOCK)


def start(container: str) -> tuple[float, float]:
    """How long after Docker's start event, and after the command to start it, its program ran."""
    begin = time.time_ns()
    ran = int(docker("start", "-a", container))
    since, until = str(begin // 1_000_000_000 - 1), str(time.time_ns() // 1_000_000_000 + 1)
    event = docker("events", "--since", since, "--until", until, "--filter", f"container={container}", "--filter",
                   "event=start", "--format", "{{.TimeNano}}")
    return (ran - int(event)) / 1e6, (ran - begin) / 1e6


@contextmanager
def signalled(deaf: Deaf, number: int, condition: Callable[[], bool]) -> Iterator[None]:
    """The collector, every few milliseconds, while the condition holds."""
    end = threading.Event()

    def send() -> None:
        while not end.wait(0.003):
            if condition() and deaf.recorder.collector.running:
                deaf.recorder.collector.send_signal(number)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        # It may have been stopped with nothing to guard any more.
        if deaf.recorder.collector.running:
            deaf.recorder.collector.send_signal(signal.SIGCONT)
