"""The ways to run a workload: under no tracer, and under each."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from measure.placement import Placement

STRACE_PY = Path("/usr/share/doc/python3-ptrace/examples/strace.py")


@dataclass(frozen=True)
class Variant:
    key: str
    label: str
    tracer: str  # none, floor, strace, python, ours
    pinned: bool = True  # placed as is fastest for the floor; else where the scheduler likes
    ships: bool = False


VARIANTS = (
    Variant("untraced", "untraced", "none"),
    Variant("floor", "the floor", "floor"),
    Variant("strace_pinned", "strace, pinned as ours", "strace"),
    Variant("ours", "ours without shipping", "ours"),
    Variant("everything", "ours with everything", "ours", ships=True),
    Variant("python", "python-ptrace", "python"),
    Variant("floor_free", "the floor, not pinned", "floor", pinned=False),
    Variant("strace", "strace as people run it", "strace", pinned=False),
    Variant("ours_free", "ours without shipping, not pinned", "ours", pinned=False),
    Variant("everything_free", "ours with everything, not pinned", "ours", pinned=False, ships=True),
)


@dataclass(frozen=True)
class Programs:
    floor: str
    work: str
    ours: str

    @staticmethod
    def of_build(build: Path) -> "Programs":
        folder = build / "tests/bench/tracing"
        return Programs(*(str(folder / f"bench_tracing_{name}") for name in ("floor", "work", "ours")))


def can_run(variant: Variant) -> bool:
    if variant.tracer == "strace":
        return shutil.which("strace") is not None
    return variant.tracer != "python" or STRACE_PY.exists()


def wrap(programs: Programs, variant: Variant, command: list[str], place: Placement, report: Path,
         redis: str) -> list[str]:
    """The command line that runs `command` in this way."""
    inner = command if place.tracee == place.tracer else ["taskset", "-c", place.tracee, *command]
    if variant.tracer == "none":
        return ["taskset", "-c", place.tracee, *command]
    if variant.tracer == "floor":
        return [programs.floor, "--tracer-cpus", place.tracer, "--tracee-cpus", place.tracee, "--", *command]
    if variant.tracer == "strace":
        return ["taskset", "-c", place.tracer, "strace", "-f", "-o", "/dev/null", *inner]
    if variant.tracer == "python":
        return ["taskset", "-c", place.tracer, "/usr/bin/python3", str(STRACE_PY), "-f", "--trace-clone", "-o",
                "/dev/null", "--", *inner]
    return [programs.ours, "--report", str(report), "--tracer-cpus", place.tracer, "--tracee-cpus", place.tracee,
            "--consumer-cpus", place.other, *(["--redis", redis] if variant.ships else []), "--", *command]
