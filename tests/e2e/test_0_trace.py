"""`collector trace` against strace, on real programs: the same calls, in order, with the same results."""

import subprocess
from pathlib import Path

import pytest

COMPARE = Path(__file__).resolve().parents[1] / "support" / "compare_strace.py"
THREADS = """
import threading
for number in range(3):
    thread = threading.Thread(target=lambda: open("/etc/hostname").read())
    thread.start()
    thread.join()
"""
PROGRAMS = {
    "ls": ["ls", "-l", "/"],
    "threads": ["/usr/bin/python3", "-I", "-S", "-c", THREADS],
    "shell": ["sh", "-c", "for i in 1 2 3; do /bin/echo $i; done; (exit 3); cat /etc/hostname"],
    # Not a pipeline: when a shell's SIGCHLD arrives is up to the scheduler.
    "find": ["find", "/etc/apt", "-type", "f", "-exec", "wc", "-c", "{}", "+"],
    "dd": ["dd", "if=/dev/zero", "of=/dev/null", "bs=1024", "count=200", "status=none"],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_trace_agrees_with_strace(name: str, binaries: Path, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.strace"
    command = PROGRAMS[name]
    collector = binaries / "collector" / "collector"
    run([str(collector), "trace", "--format", "json", "--output", str(ours), "--", *command])
    run(["strace", "-f", "-X", "raw", "-ttt", "-s", "300", "-o", str(theirs), *command])
    print(run(["/usr/bin/python3", "-B", str(COMPARE), str(ours), str(theirs)]))


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
