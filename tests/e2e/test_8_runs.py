"""Runs of one container after another, many at once, other names, and containers that nobody wants watched."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from birth_options import IMAGE, LIST
from container_processes import TracerSampler
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from recorder import Recorder, Task

PREFIX = f"da-runs-{os.getpid()}"
EXCLUDED = f"{PREFIX}-excluded"
RESTARTS = 5
# Calls all the time: whatever lets the second run go for a moment leaves a gap.
BUSY = ["sh", "-c", "while :; do read -r line < /proc/uptime; done"]


@pytest.fixture(scope="module")
def recorder(binaries: Path) -> Iterator[Recorder]:
    with Recorder(binaries, [f"{PREFIX}-*"], exclude=(f"{EXCLUDED}*",)) as recorder:
        yield recorder


@pytest.mark.parametrize("way", ["restart", "kill and start"])
def test_each_run_of_a_restarted_container_is_captured_from_its_birth(way: str, recorder: Recorder) -> None:
    with Container(IMAGE, f"{PREFIX}-{way.split()[0]}", BUSY) as container:
        recorder.collector.wait_for_line(f"monitoring container {container.id}", 10)
        for number in range(RESTARTS):
            if way == "restart":
                docker("restart", "-t", "0", container.id)
            else:
                docker("kill", container.id)
                docker("start", container.id)
            # Not only in between: also for as long as Docker's word about the last run may come late.
            wait_until("calls of the next run", lambda: len(runs_of(recorder, container.id)) == number + 2, 10)
        wait_until("its first process to be traced", lambda: 0 not in container.tracers().values(), 5)
        container.remove()
        runs = recorder.wait_for_tasks(container.id, RESTARTS + 1)
    assert len(runs) == RESTARTS + 1
    for run in runs:
        assert run.is_whole and run.calls[0] == "execve", run
    must_tell_runs(recorder, container.id, RESTARTS + 1)


def test_a_short_lived_container_that_starts_again_and_again(recorder: Recorder) -> None:
    container = docker("create", "--name", f"{PREFIX}-again", "--network", "none", IMAGE, *LIST)
    try:
        for _ in range(RESTARTS):
            docker("start", "-a", container)
        runs = recorder.wait_for_tasks(container, RESTARTS)
    finally:
        docker("rm", "-f", container)
    assert len({run.pid for run in runs}) == len(runs) == RESTARTS
    for run in runs:
        assert run.is_whole and run.calls[0] == "execve" and run.calls == runs[0].calls, run
    must_tell_runs(recorder, container, RESTARTS)


def test_ten_containers_at_once(recorder: Recorder) -> None:
    create = ("create", "--network", "none", "--name")
    with ThreadPoolExecutor(10) as pool:
        containers = list(pool.map(lambda number: docker(*create, f"{PREFIX}-{number}-of-ten", IMAGE, *LIST), range(10)))
    try:
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda container: docker("start", "-a", container), containers))
        runs = [recorder.wait_for_tasks(container, 1) for container in containers]
    finally:
        docker("rm", "-f", *containers)
    for container, [run] in zip(containers, runs, strict=True):
        assert run.is_whole and run.calls == runs[0][0].calls, run
        must_tell_runs(recorder, container, 1)


def test_another_name_in_mid_life(recorder: Recorder) -> None:
    with Container(IMAGE, f"{PREFIX}-before", BUSY) as container:
        recorder.collector.wait_for_line(f"monitoring container {container.id}", 10)
        docker("rename", container.id, f"{PREFIX}-after")
        docker("exec", container.id, *LIST)
        [listed] = recorder.wait_for_tasks(container.id, 1, program="/ls")
        assert listed.is_whole and not runs_of(recorder, container.id)[0].has_gap
        # To a name that is not to be watched, and back.
        docker("rename", container.id, f"other-{PREFIX}")
        recorder.collector.wait_for_line(f"finished monitoring container {container.id}", 10)
        wait_until("it to be let go", lambda: set(container.tracers().values()) == {0}, 5)
        docker("rename", container.id, f"{PREFIX}-again-watched")
        wait_until("it to be attached to again", lambda: 0 not in container.tracers().values(), 5)
        # Which begins with a gap.
        wait_until("its calls", lambda: len(runs_of(recorder, container.id)) == 2, 5)
        again = runs_of(recorder, container.id)[1]
        assert again.has_gap and again.origins[-1]["container_name"] == f"{PREFIX}-again-watched"
    must_tell_runs(recorder, container.id, 2)


def test_nothing_of_an_excluded_container_is_ever_attached_to(recorder: Recorder) -> None:
    container = docker("create", "--network", "none", "--name", EXCLUDED, IMAGE, "sleep", "100")
    with TracerSampler(container) as sampler:
        for _ in range(2):
            docker("start", container)
            docker("exec", container, "sleep", "0.2")
            docker("restart", "-t", "0", container)
        docker("rm", "-f", container)
    # The runtime's own processes among them, on their way into the container.
    assert {"sleep", "runc:[2:INIT]"} <= sampler.programs, sampler.programs
    assert sampler.samples > 100
    assert sampler.traced == set()
    assert recorder.tasks_of(container) == []
    assert not [line for line in recorder.collector.text().splitlines() if container[:12] in line]


def runs_of(recorder: Recorder, container: str) -> list[Task]:
    return recorder.tasks_of(container, "/dash")


def must_tell_runs(recorder: Recorder, container: str, count: int) -> None:
    story = [f"monitoring container {container}", f"finished monitoring container {container}"] * count
    recorder.wait_for_log(container, len(story))
    assert recorder.log_of(container) == story
