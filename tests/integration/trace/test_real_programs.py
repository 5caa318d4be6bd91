"""Real programs come to the same verdict, traced or not: stress-ng, make -j, redis-server, threads, a shell's jobs.

Run by ctest with the collector as environment:
    COLLECTOR=build/dev/collector/collector pytest test_real_programs.py
"""

import contextlib
import hashlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import pytest

COLLECTOR = os.environ["COLLECTOR"]

# stress-ng 0.15 of Debian 12, one instance each, a few rounds, all of a line at once. Not here: exec and spawn
# (they refuse root), ptrace and vm-segv (their PTRACE_TRACEME fails in a traced program), mutex (its first thread may
# have done all rounds under SCHED_FIFO before the second is made, traced or not: "could not create any pthreads"), and
# what runs for seconds untraced.
STRESSORS = {
    "processes": "affinity clone daemon exit-group fork kill pidfd pthread session vfork wait zombie",
    "signals": """alarm itimer sigabrt sigchld sigfd sigfpe signal signest sigpending sigpipe sigq sigrt sigsegv sigsuspend
        sigtrap timer""",
    "scheduler": "aio eventfd futex msg mq nanosleep nice poll resched schedpolicy sem-sysv sleep switch",
    "memory": "bad-altstack brk fault memfd mincore mlock mprotect msync munmap shm-sysv userfaultfd vm-splice",
    "files": """access chmod copy-file dir dup fcntl fifo flock getdent hdd lease lockf lockofd open rename seek touch
        utime""",
    "network": "epoll netdev sock sockfd sockmany udp",
    "pipes": "null pipe sendfile splice tee zero",
    "others": "cap clock context env get getrandom kcmp prctl rlimit seal seccomp set usersyscall vdso",
}
ROUNDS = 3


@contextlib.contextmanager
def started(command, traced, folder, **options):
    """The command, under the collector or not; killed with all that it started if it has not ended by then."""
    prefix = [COLLECTOR, "trace", "--output", str(folder / "trace.txt"), "--"] if traced else []
    with subprocess.Popen([*prefix, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
                          **options) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def run(command, traced, folder, timeout=60):
    """Exit status and output."""
    with started(command, traced, folder) as process:
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output


def calls_in(folder):
    with open(folder / "trace.txt", encoding="ascii") as trace:
        return sum(1 for _ in trace)


def need(program):
    if shutil.which(program) is None:
        pytest.skip(f"SKIPPED: no {program}")


def folder_of(tmp_path, traced):
    folder = tmp_path / ("traced" if traced else "untraced")
    folder.mkdir()
    return folder


def both(tmp_path, work):
    """The work done untraced and traced; what it returns must be equal."""
    untraced = work(False, folder_of(tmp_path, False))
    folder = folder_of(tmp_path, True)
    traced = work(True, folder)
    assert traced == untraced
    return traced, calls_in(folder)


@pytest.mark.parametrize("name", STRESSORS)
def test_stress_ng_passes_and_fails_the_same(name, tmp_path):
    need("stress-ng")
    stressors = STRESSORS[name].split()

    def stress(traced, folder):
        chosen = [word for stressor in stressors
                  for word in (f"--{stressor}", "1", f"--{stressor}-ops", str(ROUNDS))]
        status, output = run(["stress-ng", "--verify", "--timeout", "60", "--no-rand-seed", "--metrics", "--yaml",
                              "verdict.yaml", "--temp-path", str(folder), *chosen], traced, folder, timeout=90)
        complaints = sorted({re.sub(r"\d+", "N", line.partition("] ")[2]) for line in output.splitlines()
                             if re.search("fail|skip|error|unsuccessful", line)})
        # A stressor that did nothing has no rounds; some look at their limit now and then and make a few more.
        rounds = re.findall(r"stressor: (\S+)\n +bogo-ops: (\d+)", (folder / "verdict.yaml").read_text())
        return status, complaints, sorted((stressor, int(count) >= ROUNDS) for stressor, count in rounds)

    (status, complaints, rounds), calls = both(tmp_path, stress)
    assert status == 0 and complaints == []
    assert rounds == sorted((stressor, True) for stressor in stressors)
    assert calls > 100 * len(stressors)


def test_there_are_at_least_sixty_stressors():
    stressors = " ".join(STRESSORS.values()).split()
    assert len(stressors) == len(set(stressors)) >= 60


MAKEFILE = """
objects := $(patsubst %.c,%.o,$(wildcard part*.c))
program: main.o libparts.a
\tgcc -o $@ main.o libparts.a
libparts.a: $(objects)
\tar rcsD $@ $(sort $^)
%.o: %.c parts.h
\tgcc -O1 -c -o $@ $<
"""


def test_a_parallel_build_makes_the_same_files(tmp_path):
    need("make")
    parts = 16

    def build(traced, folder):
        (folder / "Makefile").write_text(MAKEFILE)
        (folder / "parts.h").write_text("".join(f"int part{n}(int);\n" for n in range(parts)))
        for n in range(parts):
            (folder / f"part{n}.c").write_text(f'#include "parts.h"\nint part{n}(int x) {{ return x + {n}; }}\n')
        calls = "".join(f" sum = part{n}(sum);" for n in range(parts))
        (folder / "main.c").write_text('#include <stdio.h>\n#include "parts.h"\n'
                                       f'int main(void) {{ int sum = 0;{calls} printf("%d\\n", sum); return 3; }}\n')
        status, output = run(["make", "-j4"], traced, folder)
        files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.[oa]")}
        (folder / "part3.c").write_text("no C at all\n")
        failed, _ = run(["make", "-j4"], False, folder) if not traced else run(["make", "-j4"], True, folder)
        (folder / "part3.o").write_bytes(b"")
        return status, sorted(output.splitlines()), files, run(["./program"], False, folder), failed

    (status, _, files, program, failed), _ = both(tmp_path, build)
    assert status == 0 and len(files) == parts + 2
    assert program == (3, f"{sum(range(parts))}\n")
    assert failed == 2


def ask_redis(path, *commands):
    """One reply line for each inline command."""
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("r") as replies:
        connection.connect(path)
        for command in commands:
            connection.sendall(command.encode() + b"\r\n")
            yield replies.readline().strip()


def test_redis_server_survives_its_benchmark(tmp_path):
    need("redis-server")
    need("redis-benchmark")
    requests = 800

    def serve(traced, folder):
        # A path of a socket may not be long.
        path = f"/tmp/da-redis-{os.getpid()}-{int(traced)}"
        with started(["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "yes",
                      "--dir", str(folder), "--io-threads", "2"], traced, folder) as server:
            deadline = time.monotonic() + 30
            while not os.path.exists(path):
                assert time.monotonic() < deadline and server.poll() is None
                time.sleep(0.02)
            benchmark = subprocess.run(["redis-benchmark", "-s", path, "-q", "--csv", "-n", str(requests), "-c", "10", "-t", "ping_inline,set,get,incr,lpush,mset"],
                                       capture_output=True, text=True, timeout=90, check=False)
            tests = re.findall(r'^"([^"]+)"', benchmark.stdout, re.M)
            # A child that saves, and a rewrite: both fork.
            asked = list(ask_redis(path, "PING", "DBSIZE", "LLEN mylist", "SAVE", "BGREWRITEAOF", "SET a b"))
            while next(ask_redis(path, "BGSAVE")) != "+Background saving started":
                time.sleep(0.02)
            list(ask_redis(path, "SHUTDOWN SAVE"))
            output, _ = server.communicate(timeout=30)
            return benchmark.returncode, tests, asked, server.returncode, "bye bye" in output

    (benchmark, tests, asked, status, said_bye), calls = both(tmp_path, serve)
    assert (benchmark, status, said_bye) == (0, 0, True)
    assert len(tests) >= 7  # and the headline
    assert asked[0] == "+PONG" and asked[2] == f":{requests}" and asked[-1] == "+OK"
    assert calls > requests


THREADED_PYTHON = """
import concurrent.futures, hashlib, os, queue, signal, subprocess, sys, threading, time
results = queue.Queue()
def produce(number):
    for item in range(50):
        results.put((number, item))
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    list(pool.map(produce, range(8)))
print("queue", len({results.get() for _ in range(400)}))
with concurrent.futures.ThreadPoolExecutor(6) as pool:
    outputs = pool.map(lambda n: subprocess.run(["sh", "-c", f"echo {n}; exit {n}"], capture_output=True), range(6))
    print("children", [(o.stdout, o.returncode) for o in outputs])
with concurrent.futures.ProcessPoolExecutor(3) as pool:
    print("processes", list(pool.map(abs, range(-5, 0))))
seen = []
signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
barrier = threading.Barrier(5)
threads = [threading.Thread(target=lambda: [barrier.wait() for _ in range(20)]) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
while len(seen) < 5: time.sleep(0.001)
signal.setitimer(signal.ITIMER_REAL, 0)
print("signals", set(seen) == {signal.SIGALRM})
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, hashlib.sha256(b"x" * 10**6).hexdigest().encode()); os._exit(9)
print("fork among threads", os.read(read, 100), os.waitstatus_to_exitcode(os.wait()[1]))
sys.exit(42)
"""


def test_a_threaded_python_program(tmp_path):
    (status, output), _ = both(tmp_path, lambda traced, folder: run(["/usr/bin/python3", "-c", THREADED_PYTHON], traced,
                                                                    folder))
    assert status == 42
    assert "queue 400" in output and "signals True" in output


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command):
        self.output = ""
        self.shell_group = 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="ready$ ", TERM="dumb", HISTFILE="")
            os.execvp(command[0], command)

    def wait_for(self, pattern):
        """What came until then."""
        deadline = time.monotonic() + 30
        while not (match := re.search(pattern, self.output)):
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no {pattern!r} in {self.output!r}"
            with contextlib.suppress(OSError):
                self.output += os.read(self.master, 4096).decode(errors="replace").replace("\r", "")
        seen, self.output = self.output[:match.end()], self.output[match.end():]
        return seen

    def wait_for_job_in_front(self):
        """Until the terminal is another process group's than now: what is typed before would be the shell's."""
        deadline = time.monotonic() + 30
        while os.tcgetpgrp(self.master) == self.shell_group:
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def send(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """Its exit status; it is killed if it does not end."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == self.pid:
                os.close(self.master)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)
        return "killed"


PROMPT = r"ready\$ "


def test_a_shell_controls_its_jobs(tmp_path):
    def session(traced, folder):
        prefix = [COLLECTOR, "trace", "--output", str(folder / "trace.txt"), "--"] if traced else []
        shell = Terminal([*prefix, "bash", "--norc", "--noprofile", "--noediting", "-i"])
        seen = []

        def say(line):
            """A line, and what is said by the next prompt."""
            shell.send(line + "\n")
            seen.append((line, re.findall(r"said: [^\n]*", shell.wait_for(PROMPT))))

        shell.wait_for(PROMPT)
        shell.shell_group = os.tcgetpgrp(shell.master)
        say("stty -echo")
        # A job in the foreground, stopped from the keyboard, put into the background and back, and interrupted.
        shell.send("sh -c 'echo begun; exec sleep 1000'\n")
        shell.wait_for("begun\n")
        shell.send("\x1a")
        shell.wait_for(PROMPT)
        # Not the shell's own notices: when it gives them is up to the scheduler.
        for line in ("echo said: $(jobs)", "bg", "echo said: $(jobs)"):
            say(line)
        shell.send("fg\n")
        shell.wait_for_job_in_front()
        shell.send("\x03")
        shell.wait_for(PROMPT)
        say("echo said: $?")
        # One that reads from the terminal in the background stops by itself; killed while stopped.
        say("cat & until [[ $(jobs -s) ]]; do sleep 0.01; done; echo said: $(jobs)")
        say("kill -KILL %1; while [[ $(jobs -s) ]]; do sleep 0.01; done; echo said: killed")
        say("(exit 4) & wait $!; echo said: $?")
        say("sleep 0.05 | cat & wait; echo said: all done")
        # Stopped by SIGSTOP, continued by fg to its end.
        say("sh -c 'kill -STOP $$; echo said: it goes on'; echo said: $?")
        say("fg")
        shell.send("exit 6\n")
        return seen, shell.end()

    (seen, status), _ = both(tmp_path, session)
    assert status == 6
    states = " ".join(line for _, lines in seen for line in lines)
    said = ("Stopped", "Running", "said: 130", "said: killed", "said: 4", "said: all done", "said: it goes on")
    assert [words for words in said if words not in states] == []


def test_a_trace_of_a_program_can_be_read_back(tmp_path):
    output = tmp_path / "trace.json"
    subprocess.run([COLLECTOR, "trace", "--format", "json", "--output", str(output), "--", "sh", "-c", "ls / | cat"],
                   check=True, capture_output=True, timeout=60)
    calls = [json.loads(line) for line in output.read_text().splitlines()]
    assert [call["args"][1]["value"] for call in calls if call["call"] == "execve"][0] == ["sh", "-c", "ls / | cat"]
