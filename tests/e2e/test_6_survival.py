"""Containers outlive every end of the collector, in whatever state their tasks are, and it copes with many of them.

A Redis and a collector of their own; see watch_under_test.py.
"""

import os
import random
import signal
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from demo_files.process import wait_until
from watch_under_test import (SEGMENT_EXIT, SEGMENT_GAP, SEGMENT_START, Survivor, Watch, state_of, tracers,
                              wait_until_traced)

SURVIVORS = 2
SIGNAL_THREADS = 2  # in each

PROCESSES = 34  # in each container
THREADS = 3  # in each of these, the leader among them
CALLS = 20  # of each thread
MEMORY_MIB = 256
GETPRIORITY = 140  # x86_64
KNOWN = 7777


@dataclass(frozen=True)
class Size:
    kills: int
    containers: int
    forks: int
    """In a storm; a tenth of it in a small one."""


USUAL = Size(kills=25, containers=10, forks=3_000)
FULL = Size(kills=100, containers=30, forks=10_000)


@pytest.fixture(scope="module")
def size(request: pytest.FixtureRequest) -> Size:
    return FULL if request.config.getoption("--full") else USUAL


@pytest.fixture(scope="module")
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    failed_before = request.session.testsfailed
    with Watch(request.config.getoption("--build")) as made:
        yield made
    if request.session.testsfailed == failed_before:
        made.stack.remove_files()
    else:
        sys.stderr.write(f"\nlogs of the failed run: {made.stack.directory}\n")


@pytest.fixture(scope="module")
def survivors(watch: Watch) -> list[Survivor]:
    return [Survivor(watch, number) for number in range(SURVIVORS)]


def start(watch: Watch, survivors: list[Survivor]) -> None:
    watch.collector.start()
    wait_until_traced(watch, [survivor.init for survivor in survivors])


def must_be_free(survivors: list[Survivor]) -> None:
    for survivor in survivors:
        assert set(tracers(survivor.init).values()) == {0}
        survivor.must_stay_stopped()


def test_killed_at_random_moments_it_leaves_every_container_whole(watch: Watch, survivors: list[Survivor],
                                                                  size: Size) -> None:
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    print(f"seed {seed}")
    until_traced = []
    for number in range(size.kills):
        if number % 5 == 0:
            before = [survivor.done() for survivor in survivors]
        begin = time.monotonic()
        start(watch, survivors)
        until_traced.append(time.monotonic() - begin)
        time.sleep(moments.uniform(0, 0.2))
        watch.collector.kill()
        must_be_free(survivors)
        if number % 5 == 4:
            for survivor, done in zip(survivors, before):
                survivor.must_go_on(done)
                survivor.must_be_right()
    print(f"from start to traced: median {statistics.median(until_traced):.2f} s, longest {max(until_traced):.2f} s")
    for survivor in survivors:
        assert survivor.container.running
        lost = {name: survivor.lost(name) for name in ("signals", "group-stop", "epoll_wait")}
        print(lost)
        # What a killed tracer may cost: its signal to a task that is in a signal-delivery-stop.
        assert lost["signals"] <= size.kills * SIGNAL_THREADS
        assert lost["group-stop"] <= size.kills


def test_started_again_it_goes_on_with_a_gap_mark(watch: Watch, survivors: list[Survivor]) -> None:
    watch.forget_batches()
    alive = {tid for survivor in survivors for tid in tracers(survivor.init)}
    start(watch, survivors)
    time.sleep(0.5)
    watch.collector.stop()
    batches = watch.batches()
    assert len({batch["epoch"] for batch in batches}) == 1
    first: dict[int, dict] = {}
    for segment in (segment for batch in batches for segment in batch["segments"]):
        first.setdefault(segment["task"], segment)
    by_mark = Counter(segment["flags"] & (SEGMENT_START | SEGMENT_GAP) for segment in first.values())
    print(f"first segments by mark: {by_mark}")
    # Each task that it met in mid-life; the short ones of the forking role were born under its eyes.
    assert {segment["tid"] for segment in first.values() if segment["flags"] & SEGMENT_GAP} >= {
        tid for tid in alive if os.path.exists(f"/proc/{tid}")}
    assert set(by_mark) == {SEGMENT_START, SEGMENT_GAP}
    for survivor in survivors:
        survivor.must_be_right()


def test_ended_by_sigterm_it_lets_every_task_go(watch: Watch, survivors: list[Survivor]) -> None:
    took = []
    lost = [survivor.lost("signals") for survivor in survivors]
    for _ in range(5):
        start(watch, survivors)
        before = [survivor.done() for survivor in survivors]
        time.sleep(0.1)
        begin = time.monotonic()
        assert watch.collector.stop(timeout_s=10) == 0
        took.append(time.monotonic() - begin)
        must_be_free(survivors)
        for survivor, done in zip(survivors, before):
            survivor.must_go_on(done)
            survivor.must_be_right()
    print("seconds to let go:", [f"{each:.2f}" for each in took])
    # Not even a signal is lost this way.
    assert [survivor.lost("signals") for survivor in survivors] == lost
    for survivor in survivors:
        os.kill(survivor.stopped_pid, signal.SIGCONT)
        wait_until("the stopped process to go on", lambda pid=survivor.stopped_pid: state_of(pid) not in "Tt", 5)
        wait_until("the stopped process to count", lambda s=survivor: s.count("stopped") > 1, 5)
        survivor.container.remove()


@pytest.fixture(name="busy_watch", scope="module")
def with_collector(watch: Watch) -> Watch:
    watch.collector.stop()
    watch.forget_batches()
    watch.collector.start()
    watch.collector.wait_for_line("listening for docker events", 15)
    return watch


class Gate:
    """A FIFO at which the programs wait."""

    def __init__(self, watch: Watch, name: str) -> None:
        self._path = watch.state / name
        os.mkfifo(self._path)
        self.in_container = f"/state/{name}"
        self._fd = -1

    def open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


class Crowd:
    """Many containers of many sleeping tasks each."""

    def __init__(self, watch: Watch, containers: int) -> None:
        self.gate = Gate(watch, "gate-crowd")
        words = (self.gate.in_container, "hold", str(PROCESSES), str(THREADS), str(CALLS))
        with ThreadPoolExecutor(4) as pool:
            self.containers = list(pool.map(lambda number: watch.run(f"crowd-{number}", "storm", *words), range(containers)))
        self.inits = [container.init for container in self.containers]
        self.tasks = containers * PROCESSES * THREADS  # and the first process of each container
        wait_until("all tasks to be there",
                   lambda: sum(len(tracers(init)) for init in self.inits) == self.tasks + containers, 30, pause_s=0.2)


class KnownCalls:
    """What the wire tells of the calls that the program `storm` counted itself; with a container, of its own alone."""

    def __init__(self, watch: Watch, container_id: str | None = None) -> None:
        self.of_task: dict[int, list[int]] = {}
        self.ended = 0
        self.lost = 0
        self.records = 0
        for batch in watch.batches():
            for segment in batch["segments"]:
                if container_id not in (None, batch["origins"][segment["origin"]]["container_id"]):
                    continue
                self.lost += segment["lost"]
                self.records += len(segment["records"])
                self.ended += bool(segment["flags"] & SEGMENT_EXIT)
                numbers = [record["args"][1] for record in segment["records"]
                           if record["call"] == GETPRIORITY and record["args"][0] == KNOWN]
                if numbers:
                    self.of_task.setdefault(segment["task"], []).extend(numbers)

    @property
    def count(self) -> int:
        return sum(map(len, self.of_task.values()))


def wait_for_known(watch: Watch, expected: int, ended: int = 0, container_id: str | None = None) -> KnownCalls:
    found = None

    def complete() -> bool:
        nonlocal found
        found = KnownCalls(watch, container_id)
        return found.count + found.lost >= expected and found.ended >= ended

    try:
        wait_until("all records in Redis", complete, 30, (watch.collector,), pause_s=0.5)
    finally:
        print(f"{found.count} of {expected} known calls on the wire, {found.lost} counted lost, {found.records} records, "
              f"{found.ended} tasks ended")
    return found


def pass_storm(watch: Watch, name: str, forks: int) -> float:
    """A storm whose every call is accounted for; the processor time it cost the collector for each fork, in ms."""
    watch.forget_batches()
    gate = Gate(watch, f"gate-{name}")
    container = watch.run(name, "storm", gate.in_container, "fork", str(forks), "8")
    wait_until_traced(watch, [container.init])
    cpu, begin = watch.cpu_s(), time.monotonic()
    gate.open()
    wait_until("the storm to pass", lambda: "done" in container.logs(), 120)
    took = time.monotonic() - begin
    known = wait_for_known(watch, forks, forks, container.id)
    cost = (watch.cpu_s() - cpu) / forks * 1e3
    gate.close()
    print(f"{name}: {forks} forks in {took:.1f} s, {cost:.2f} ms CPU each, peak {watch.peak_mib():.0f} MiB")
    if known.lost == 0:
        assert sorted(number for numbers in known.of_task.values() for number in numbers) == list(range(forks))
        assert known.ended == forks
    container.remove()
    return cost


def test_a_fork_storm_is_complete_and_costs_no_more_for_each_process_than_a_small_one(busy_watch: Watch,
                                                                                      size: Size) -> None:
    small = pass_storm(busy_watch, "small-storm", size.forks // 10)
    large = pass_storm(busy_watch, "storm", size.forks)
    assert large < 3 * small
    assert busy_watch.peak_mib() < MEMORY_MIB


@pytest.fixture(name="crowd", scope="module")
def many_containers(busy_watch: Watch, size: Size) -> Iterator[Crowd]:
    crowd = Crowd(busy_watch, size.containers)
    yield crowd
    for container in crowd.containers:
        container.remove()


def test_thousands_of_tasks_are_all_traced_and_nothing_is_lost_uncounted(busy_watch: Watch, crowd: Crowd) -> None:
    watch = busy_watch
    begin = time.monotonic()
    assert wait_until_traced(watch, crowd.inits) == crowd.tasks + len(crowd.containers)
    print(f"{crowd.tasks} tasks traced {time.monotonic() - begin:.1f} s after all were there")
    watch.forget_batches()
    cpu, begin = watch.cpu_s(), time.monotonic()
    crowd.gate.open()
    wait_until("all calls to be made", lambda: all("done" in each.logs() for each in crowd.containers), 90, pause_s=0.3)
    took = time.monotonic() - begin
    expected = crowd.tasks * CALLS
    known = wait_for_known(watch, expected)
    print(f"{expected} calls in {took:.1f} s, {(watch.cpu_s() - cpu) / expected * 1e6:.0f} us CPU each, "
          f"peak {watch.peak_mib():.0f} MiB")
    if known.lost == 0:
        # Each call of each task, in order.
        assert Counter(map(tuple, known.of_task.values())) == {tuple(range(CALLS)): crowd.tasks}
    assert watch.peak_mib() < MEMORY_MIB


def test_a_fork_costs_about_the_same_among_thousands_of_idle_tasks(busy_watch: Watch, crowd: Crowd) -> None:
    """The kernel looks for the next report from the start of a list of all tasks that a thread traces."""
    wait_until_traced(busy_watch, crowd.inits)
    forks = 1000
    among = pass_storm(busy_watch, "storm-among-many", forks)
    begin = time.monotonic()
    assert busy_watch.collector.stop() == 0
    print(f"let go in {time.monotonic() - begin:.2f} s")
    assert {tracer for init in crowd.inits for tracer in tracers(init).values()} == {0}
    for container in crowd.containers:
        container.remove()
    busy_watch.collector.start()
    alone = pass_storm(busy_watch, "storm-alone", forks)
    assert among < 3 * alone
