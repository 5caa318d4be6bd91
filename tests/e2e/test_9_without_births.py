"""Where the births of containers, or of what enters them, cannot be seen: the log says what may be missed, and Docker's
word and looks at the control groups find what lives long enough."""

import os
from pathlib import Path

from birth_options import IMAGE, LIST
from demo_files.docker import Container, docker
from demo_files.process import wait_until
from recorder import Recorder

PREFIX = f"da-unborn-{os.getpid()}"
# The process connector speaks in the host's network namespace only. (Before Linux 6.6 it asks for NET_ADMIN, too.)
NO_FORK_EVENTS = ("unshare", "--net", "--")
NO_CGROUPS = ("unshare", "--mount", "sh", "-c", 'umount --recursive --lazy /sys/fs/cgroup && exec "$@"', "sh")
# Long enough to be found by a look every 20 ms, on a busy machine as well.
ENTERING = ("perl", "-e", "select undef, undef, undef, 0.5")
SERVICE = ["sh", "-c", "while :; do sleep 0.1; done"]


def test_without_fork_events(binaries: Path) -> None:
    with Recorder(binaries, [f"{PREFIX}-*"], wrapper=NO_FORK_EVENTS) as recorder:
        [warning] = recorder.collector.lines("level=warning")
        assert "what enters a container (docker exec, health checks) cannot be seen before it runs" in warning
        assert "needs the host's network namespace" in warning
        with Container(IMAGE, f"{PREFIX}-forks", SERVICE) as container:
            docker("exec", container.id, *ENTERING)
            wait_until("what entered", lambda: recorder.tasks_of(container.id, program="/perl"), 10)
            # Starts are seen all the same.
            [shell] = recorder.tasks_of(container.id, program="/dash")
            assert shell.is_from_birth and shell.calls[0] == "execve" and not shell.has_gap


def test_without_control_groups(binaries: Path) -> None:
    with Recorder(binaries, [f"{PREFIX}-*"], wrapper=NO_CGROUPS) as recorder:
        [warning] = recorder.collector.lines("level=warning")
        assert "containers cannot be seen before they start: the calls until Docker reports them are missing" in warning
        with Container(IMAGE, f"{PREFIX}-cgroups", SERVICE) as container:
            line = recorder.collector.wait_for_line(f"monitoring container {container.id}", 10)
            assert "from=attach" in line
            recorder.collector.wait_for_line(f"no control group found for the container.*{container.id}", 5)
            wait_until("its children", lambda: recorder.tasks_of(container.id, program="/sleep"), 10)
            [shell] = recorder.tasks_of(container.id, program="/dash")
            assert shell.has_gap and not shell.is_from_birth
            # What enters a known container is seen by its fork all the same.
            docker("exec", container.id, *LIST)
            [listed] = recorder.wait_for_tasks(container.id, 1, program="/ls")
            assert listed.is_whole and listed.calls[0] == "execve"
