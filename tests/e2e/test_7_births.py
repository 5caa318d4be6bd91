"""Whatever starts in a watched container is captured from its execve to its exit_group, however it is started, idle
and under load; and its first record already says what the container is."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from birth_options import IMAGE, LIST, Kind, kinds
from call_reference import strace_calls
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from recorder import Recorder, Task

PREFIX = f"da-births-{os.getpid()}"
KINDS = kinds(f"/{PREFIX}")
STARTS, EXECS, AT_ONCE = 50, 30, 4


@dataclass
class Started:
    kind: Kind
    name: str
    id: str


@pytest.fixture(scope="module")
def recorder(binaries: Path) -> Iterator[Recorder]:
    with Recorder(binaries, [f"{PREFIX}-*"]) as recorder:
        yield recorder
    # Docker leaves the parent that it made, in each hierarchy.
    for directory in sorted(Path("/sys/fs/cgroup").glob(f"**/{PREFIX}/**/"), reverse=True):
        directory.rmdir()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, list[str]]:
    """What `ls /` does by strace. Only where its output is a terminal the options make a difference."""
    directory = tmp_path_factory.mktemp("strace")
    plain = strace_calls(KINDS["plain"], f"reference-{PREFIX}-plain", directory)
    terminal = strace_calls(KINDS["terminal"], f"reference-{PREFIX}-terminal", directory)
    assert plain[0] == terminal[0] == "execve" and plain[-1] == terminal[-1] == "exit_group" and plain != terminal
    return {kind: terminal if kind is KINDS["terminal"] else plain for kind in KINDS.values()}


@pytest.mark.parametrize("load", ["idle", "loaded"])
def test_every_start_is_whole(load: str, recorder: Recorder, expected: dict[Kind, list[str]], tmp_path: Path) -> None:
    chosen = [list(KINDS.values())[number % len(KINDS)] for number in range(STARTS)]

    def start(number: int) -> Started:
        name, id_file = f"{PREFIX}-{load}-{number}", tmp_path / f"{number}.id"
        docker("run", "--name", name, "--cidfile", str(id_file), *chosen[number].arguments())
        if not chosen[number].removes_itself:
            docker("rm", name)
        return Started(chosen[number], name, id_file.read_text())

    with busy_processors(load == "loaded"), ThreadPoolExecutor(AT_ONCE) as pool:
        started = list(pool.map(start, range(STARTS)))
    image_id = docker("image", "inspect", "-f", "{{.Id}}", IMAGE)
    ended = [f'finished monitoring container {each.id}' for each in started]
    wait_until("each end in the log", lambda: all(line in recorder.collector.text() for line in ended), 20)
    for each in started:
        recorder.wait_for_tasks(each.id, 1 + len(each.kind.also_runs))
    tasks = recorder.tasks()
    for each in started:
        own = [task for task in tasks if task.container == each.id]
        must_be_whole(own, expected[each.kind], also=each.kind.also_runs)
        for origin in (origin for task in own for origin in task.origins):
            assert (origin["container_name"], origin["image"], origin["image_id"]) == (each.name, IMAGE, image_id)
        assert recorder.log_of(each.id) == [f"monitoring container {each.id}", f"finished monitoring container {each.id}"]
    assert not recorder.collector.lines("level=(warning|error)")


@pytest.mark.parametrize("load", ["idle", "loaded"])
def test_every_docker_exec_is_whole(load: str, recorder: Recorder, expected: dict[Kind, list[str]]) -> None:
    with ExitStack() as containers:
        # Two: one is never left alone by what enters it, and the other one has a tracer of its own.
        ids = [containers.enter_context(Container(IMAGE, f"{PREFIX}-{load}-exec-{number}", ["sleep", "1000"])).id
               for number in range(2)]
        with busy_processors(load == "loaded"), ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda number: docker("exec", ids[number % 2], *LIST), range(EXECS)))
        for container in ids:
            tasks = recorder.wait_for_tasks(container, EXECS // 2, program="/ls")
            assert len(recorder.tasks_of(container)) == EXECS // 2 + 1  # and `sleep`: nothing of the runtime
            for task in tasks:
                must_be_whole([task], expected[KINDS["plain"]])
    assert not recorder.collector.lines("level=(warning|error)")


def test_a_health_check_is_whole(recorder: Recorder, expected: dict[Kind, list[str]]) -> None:
    check = ("--health-cmd", "exec ls /", "--health-interval", "300ms")
    with Container(IMAGE, f"{PREFIX}-health", ["sleep", "1000"], check) as container:
        for task in recorder.wait_for_tasks(container.id, 2, program="/ls")[:2]:
            assert task.is_whole, task
            assert last_program(task) == expected[KINDS["plain"]], task


def must_be_whole(tasks: list[Task], expected: list[str], also: tuple[str, ...] = ()) -> None:
    """`ls`, and the other programs that led to it."""
    shown = "\n".join(map(str, tasks))
    assert sorted(Path(task.program).name for task in tasks) == sorted(["ls", *also]), shown
    for task in tasks:
        assert task.is_whole, shown
        assert task.records[-1]["result"] is None and task.calls[-1] == "exit_group", shown
    # The container's first process begins with the exec of the container's program, not with what the runtime did.
    assert min(tasks, key=lambda task: task.records[0]["time"]).calls[0] == "execve", shown
    [ls] = [task for task in tasks if task.program.endswith("/ls")]
    assert last_program(ls) == expected, shown


def last_program(task: Task) -> list[str]:
    """The calls from the last exec on."""
    calls = task.calls
    return calls[len(calls) - 1 - calls[::-1].index("execve"):]


@contextmanager
def busy_processors(busy: bool) -> Iterator[None]:
    loops = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range((os.cpu_count() or 2) if busy else 0)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
