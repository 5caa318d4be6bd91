"""The processes in a container's control group, the runtime's on their way in among them, as /proc shows them.

    with TracerSampler(container_id) as sampler:
        docker("start", container_id)
    assert sampler.traced == set()
"""

import threading
from pathlib import Path

# Where Docker puts a container's processes, by the driver and the version of control groups.
CGROUPS = ("/sys/fs/cgroup/pids/docker/{}", "/sys/fs/cgroup/docker/{}", "/sys/fs/cgroup/pids/system.slice/docker-{}.scope",
           "/sys/fs/cgroup/system.slice/docker-{}.scope")


def pids_in(container: str) -> list[int]:
    return [int(pid) for group in CGROUPS for pid in read(Path(group.format(container)) / "cgroup.procs").split()]


def status_of(pid: int) -> dict[str, str]:
    """Empty if it is gone."""
    lines = read(Path(f"/proc/{pid}/status")).splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


class TracerSampler:
    """Looks as often as it can at who traces the processes of one container, from before its start."""

    def __init__(self, container: str) -> None:
        self._container = container
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.programs: set[str] = set()
        self.traced: set[str] = set()
        self.samples = 0

    def __enter__(self) -> "TracerSampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.001):
            for pid in pids_in(self._container):
                status = status_of(pid)
                if not status:
                    continue
                self.samples += 1
                self.programs.add(status["Name"])
                if status["TracerPid"] != "0":
                    self.traced.add(f"{status['Name']} by {status['TracerPid']}")


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
