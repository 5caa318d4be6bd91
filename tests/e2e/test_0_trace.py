"""`collector trace` against strace, on real programs: the same calls, in order, with the same results.

Each program runs twice, in the same new folder with the same environment and without address space randomisation
(what malloc asks of the kernel depends on it). What differs between any two runs all the same is said with each
program, and in compare_strace.py for all.
"""

import dataclasses
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
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
FOLDER = r"""
mkdir -p d/sub && ln -s d link && seq 3000 >numbers
for i in 1 2 3 4 5; do echo "line $i of a file" >d/$i.txt; done
printf '#include <stdio.h>\nint main(void) { return puts("built") < 0; }\n' >a.c
printf 'all: one two\none:\n\techo one >one\ntwo: one\n\tcp one two\n' >Makefile
tar -czf d.tgz d
"""


def nothing(_folder: Path) -> None:
    """The program ends by itself."""


def shut_redis_down(folder: Path) -> None:
    """Between its timer's first ring, just after the start, and the second one, a second later."""
    deadline = time.monotonic() + 30
    while not (folder / "socket").exists():
        assert time.monotonic() < deadline, "redis-server does not start"
        time.sleep(0.01)
    time.sleep(0.3)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "socket"))
        connection.sendall(b"SHUTDOWN NOSAVE\r\n")
        connection.recv(100)


@dataclasses.dataclass
class Program:
    command: list[str]
    # Whether a thread waits for another's lock, and before which call a SIGCHLD arrives, is up to the scheduler.
    skip: str = "futex,rt_sigreturn"
    any_result: str = ""
    alike: list[str] = dataclasses.field(default_factory=list)
    meanwhile: Callable[[Path], None] = nothing
    tries: int = 1


def shell(name: str, script: str) -> Program:
    """When a child's end is told to the shell, and how often it asks, is up to the scheduler."""
    return Program([name, "-c", script], skip="rt_sigreturn,wait4", any_result="read")


# mkstemp asks for random bytes once more if it dislikes the first.
MKSTEMP = "futex,rt_sigreturn,getrandom"
TEMPORARY = ["/cc[A-Za-z0-9]{6}", "/t[A-Za-z0-9]{6}$", "/tmp_obj_[A-Za-z0-9]{6}"]
PROGRAMS = {
    "ls": Program(["ls", "-laR", "."]),
    "cat": Program(["cat", "numbers", "d/1.txt", "no-such-file"]),
    "cp": Program(["cp", "-a", "d", "copy"]),
    "mv": Program(["mv", "d", "moved"]),
    "rm": Program(["rm", "-rf", "d"]),
    "grep": Program(["grep", "-rn", "line", "d"]),
    "sed": Program(["sed", "-i", "-e", "s/1/one/", "numbers"], skip=MKSTEMP,
                   alike=["/sed[A-Za-z0-9]{6}$"]),
    "awk": Program(["awk", "{n += $1} END {print n}", "numbers"]),
    "find": Program(["find", "/etc/apt", ".", "-type", "f", "-exec", "wc", "-c", "{}", "+"]),
    "tar": Program(["tar", "-cf", "d.tar", "d"]),
    "gzip": Program(["gzip", "-k", "numbers"]),
    "sort": Program(["sort", "-r", "numbers"]),
    "diff": Program(["diff", "-r", "d", "link"]),
    "dd": Program(["dd", "if=/dev/zero", "of=zeros", "bs=1024", "count=200", "status=none"]),
    "id": Program(["id", "-a"]),
    # In a namespace of its own, since other processes come and go; the lengths of /proc's files still change.
    "ps": Program(["unshare", "-p", "-f", "--mount-proc", "ps", "-ef"], any_result="read"),
    "install": Program(["install", "-D", "-m", "755", "numbers", "a/b/numbers"]),
    "python3": Program(["/usr/bin/python3", "-c", "import json, os, subprocess; print(json.dumps(os.listdir('d')))"]),
    # One arena: where the kernel puts another decides how it is trimmed.
    "threads": Program(["env", "MALLOC_ARENA_MAX=1", "/usr/bin/python3", "-I", "-S", "-c", THREADS]),
    "perl": Program(["perl", "-ne", "print if /77/", "numbers"]),
    "sh": shell("sh", "for i in 1 2 3; do /bin/echo $i; done; (exit 3); cat numbers | head -n 2"),
    "bash": shell("bash", "seq 10 | sort -r | tail -n 1; x=$(cat d/1.txt); [[ $x == line* ]] && echo $x"),
    "make": Program(["make"]),
    "gcc": Program(["gcc", "-O1", "a.c", "-o", "a"], skip=MKSTEMP, alike=TEMPORARY),
    "tar and gzip": Program(["tar", "-xzf", "d.tgz", "-C", "d/sub"], any_result="read"),
    "git": Program(["git", "init", "-q", "repository"], skip=MKSTEMP, alike=TEMPORARY),
    "openssl": Program(["openssl", "dgst", "-sha256", "numbers"]),
    "redis-cli": Program(["redis-cli", "-s", "no-such-socket", "ping"]),
    # hz 1: its timer rings every second, so that what it does is the same unless the machine is very slow.
    "redis-server": Program(
        ["redis-server", "--port", "0", "--unixsocket", "socket", "--save", "", "--hz", "1", "--dynamic-hz", "no"],
        skip="futex,epoll_wait", any_result="read,write", meanwhile=shut_redis_down, tries=3),
}
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_trace_agrees_with_strace(name: str, binaries: Path, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    collector = binaries / "collector" / "collector"
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.strace"
    difference = ""
    for _ in range(program.tries):
        mine = run([str(collector), "trace", "--format", "json", "--output", str(ours), "--"], program, tmp_path)
        other = run(["strace", "-f", "-X", "raw", "-ttt", "-s", "300", "-o", str(theirs)], program, tmp_path)
        assert mine == other
        done = subprocess.run(["/usr/bin/python3", "-B", str(COMPARE), str(ours), str(theirs), *options_of(program)],
                              capture_output=True, text=True, check=False)
        difference = done.stdout + done.stderr
        if done.returncode == 0:
            print(difference)
            return
    pytest.fail(difference)


def options_of(program: Program) -> list[str]:
    return [f"--skip={program.skip}", f"--any-result={program.any_result}", *(f"--alike={p}" for p in program.alike)]


def run(tracer: list[str], program: Program, tmp_path: Path) -> int:
    """The exit status of the program under this tracer."""
    folder = tmp_path / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(["sh", "-c", FOLDER], cwd=folder, check=True)
    command = [*tracer, "setarch", "-R", *program.command]
    with subprocess.Popen(command, cwd=folder, env=ENVIRONMENT | {"TMPDIR": str(folder)}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        program.meanwhile(folder)
        try:
            return process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
