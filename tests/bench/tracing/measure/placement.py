"""Who runs on which CPU."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Placement:
    """Lists of CPUs as taskset takes them: "0" or "0,1"."""
    name: str
    tracer: str
    tracee: str
    other: str  # who is neither: the client of a server, the consumer of our events, the Redis for our records


def all_cpus() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def placements() -> dict[str, Placement]:
    cpus = all_cpus()
    first, last, every = str(cpus[0]), str(cpus[-1]), ",".join(map(str, cpus))
    return {placement.name: placement for placement in (
        Placement("same core", first, first, last),
        Placement("apart", first, last, every),
        Placement("tracer pinned", first, every, every),
        Placement("free", every, every, every))}


def place_process(pid: int, cpus: str) -> None:
    """All threads of a process that runs already."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {int(cpu) for cpu in cpus.split(",")})
