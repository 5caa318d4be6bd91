"""What was measured on, and how much else was going on there."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path


def describe(build: Path, root: Path) -> dict:
    return {
        "kernel": platform.release(),
        "system": first_match("/etc/os-release", "PRETTY_NAME=").strip('"'),
        "cpu": first_match("/proc/cpuinfo", "model name").lstrip("\t: "),
        "cpus": len(os.sched_getaffinity(0)),
        "date": time.strftime("%Y-%m-%d"),
        "build": first_match(build / "CMakeCache.txt", "CMAKE_BUILD_TYPE:STRING="),
        "commit": first_line("git", "-C", str(root), "describe", "--always", "--dirty"),
        "strace": first_line("strace", "-V"),
        "redis": first_line("redis-server", "--version"),
        "python3-ptrace": first_line("dpkg-query", "-W", "-f=${Version}", "python3-ptrace"),
    }


def build_release(root: Path) -> Path:
    """Builds what the benchmarks run; the folder."""
    for command in (["cmake", "--preset", "release", "--log-level=WARNING"],
                    ["cmake", "--build", "--preset", "release", "--target", "bench_tracing", "--", "--quiet"]):
        subprocess.run(command, cwd=root, check=True, stdout=sys.stderr)
    return root / "build/release"


def busy_share(seconds: float) -> float:
    """How much of all CPUs is in use while we do nothing, 0 to 1; time stolen by the host counts as used."""
    before = cpu_times()
    time.sleep(seconds)
    after = cpu_times()
    idle, total = after[0] - before[0], after[1] - before[1]
    return 1 - idle / total if total else 0.0


def cpu_times() -> tuple[int, int]:
    numbers = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return numbers[3] + numbers[4], sum(numbers)


def first_match(file: str | Path, prefix: str) -> str:
    try:
        for line in Path(file).read_text(errors="replace").splitlines():
            if line.startswith(prefix):
                return line[len(prefix):]
    except OSError:
        pass
    return "unknown"


def first_line(*command: str) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "none"
    return result.stdout.split("\n", 1)[0] if result.returncode == 0 else "none"
