"""`collector trace` against strace, on real programs: the same calls, in order, with the same results."""

import subprocess
from pathlib import Path

import pytest

COMPARE = Path(__file__).resolve().parents[1] / "support" / "compare_strace.py"
# All threads live before the first one ends, so none finds the stack of another to use again, and all are gone
# before the process ends (join() returns a little earlier).
THREADS = """
import threading
import time
gate = threading.Lock()
gate.acquire()
def work():
    with gate:
        open("/etc/hostname").read()
threads = [threading.Thread(target=work) for number in range(3)]
for thread in threads:
    thread.start()
gate.release()
for thread in threads:
    thread.join()
time.sleep(0.3)
"""
PROGRAMS = {
    "ls": ["ls", "-l", "/"],
    # One arena: where the kernel puts another decides how it is trimmed.
    "threads": ["env", "MALLOC_ARENA_MAX=1", "/usr/bin/python3", "-I", "-S", "-c", THREADS],
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
    # Whether a thread waits for another's lock, and before which call a shell's SIGCHLD arrives, is up to the
    # scheduler: not the same in two runs.
    drop_lines(ours, '"call":"futex"', '"call":"rt_sigreturn"')
    drop_lines(theirs, "futex(", "<... futex resumed>", "rt_sigreturn(")
    print(run(["/usr/bin/python3", "-B", str(COMPARE), str(ours), str(theirs)]))


def drop_lines(file: Path, *with_text: str) -> None:
    lines = file.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
    kept = [line for line in lines if not any(text in line for text in with_text)]
    assert len(kept) > len(lines) / 2
    file.write_text("".join(kept), encoding="utf-8", errors="surrogateescape")


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout
