"""Two process trees at once, as of two containers: what a second tracer thread gains.

Each variant is a workload of two getppid loops; what it costs is wall time per call of both together, so that half
the cost is twice the throughput.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from measure.placement import all_cpus
from measure.variants import Programs
from measure.workloads import LIMIT, Cost, RunFailed, children_cpu, wall_of


@dataclass(frozen=True)
class PairVariant:
    key: str
    label: str
    tracer: str  # none, floor, ours
    threads: int
    placement: str  # together, spread, free
    ships: bool = False


PAIR_VARIANTS = (
    PairVariant("untraced", "untraced", "none", 0, "spread"),
    PairVariant("floor_1", "one floor, all on one core", "floor", 1, "together"),
    PairVariant("floor_2", "two floors, a core each", "floor", 2, "spread"),
    PairVariant("ours_1_together", "one thread, all on one core", "ours", 1, "together"),
    PairVariant("ours_1_spread", "one thread, a core for each tree", "ours", 1, "spread"),
    PairVariant("ours_1_free", "one thread, not pinned", "ours", 1, "free"),
    PairVariant("ours_2_spread", "two threads, a core for each with its tree", "ours", 2, "spread"),
    PairVariant("ours_2_free", "two threads, not pinned", "ours", 2, "free"),
    PairVariant("everything_1", "one thread, all on one core, with everything", "ours", 1, "together", True),
    PairVariant("everything_2", "two threads, a core for each, with everything", "ours", 2, "spread", True),
)


def run_pair(programs: Programs, variant: PairVariant, count: int, report: Path, redis: str) -> Cost:
    cpus = all_cpus()
    first, last, every = str(cpus[0]), str(cpus[-1]), ",".join(map(str, cpus))
    trees = {"together": (first, first), "spread": (first, last), "free": (every, every)}[variant.placement]
    work = [programs.work, "getppid", str(max(1, count // 2))]
    if variant.tracer == "none":
        return run_at_once([["taskset", "-c", tree, *work] for tree in trees])
    if variant.tracer == "floor" and variant.threads == 2:
        return run_at_once([[programs.floor, "--tracer-cpus", tree, "--tracee-cpus", tree, "--", *work]
                            for tree in trees])
    tracees = ["--copies", "2", "--tracee-cpus", trees[0], "--tracee-cpus", trees[1]]
    tracers = [word for tree in trees[:variant.threads] for word in ("--tracer-cpus", tree)]
    if variant.tracer == "floor":
        return run_at_once([[programs.floor, *tracers, *tracees, "--", *work]])
    return run_at_once([[programs.ours, "--report", str(report), "--tracer-threads", str(variant.threads), *tracers,
                         *tracees, "--consumer-cpus", every, *(["--redis", redis] if variant.ships else []), "--",
                         *work]])


def run_at_once(commands: list[list[str]]) -> Cost:
    before = children_cpu()
    processes = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  text=True) for command in commands]
    said = ""
    for command, process in zip(commands, processes):
        output, errors = process.communicate(timeout=LIMIT)
        if process.returncode != 0:
            raise RunFailed(f"status {process.returncode} of {' '.join(command)}\n{errors[-2000:]}")
        said += output
    return Cost(wall_of(said), children_cpu() - before)
