"""Redis servers of the benchmark's own: one for our records, and one for each run that serves a benchmark."""

import contextlib
import socket
import subprocess
import time
from pathlib import Path

SHARDS = 16


class RecordsRedis:
    """Takes the records of the variant "ours with everything". As in the field: an append-only file, synced each
    second."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "records.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.path), "--dir", str(folder), "--appendonly",
             "yes", "--appendfsync", "everysec", "--save", "", "--logfile", str(folder / "records.log")],
            stdin=subprocess.DEVNULL)
        wait_for(lambda: ask(self.path, "PING") == "PONG", "the Redis for our records")

    @property
    def address(self) -> str:
        return f"unix://{self.path}"

    @property
    def pid(self) -> int:
        return self.process.pid

    def clear(self) -> None:
        ask(self.path, "FLUSHALL")

    def batches(self) -> int:
        """In the streams now: Redis's own word."""
        return sum(int(ask(self.path, "XLEN", f"{{s{shard}}}:q")) for shard in range(SHARDS))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def ask(path: Path, *words: str) -> str:
    """A short reply of one line, without its type; empty if nobody answers."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(path))
        request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        connection.sendall(request.encode())
        reply = b""
        while not reply.endswith(b"\r\n"):
            part = connection.recv(4096)
            if not part:
                break
            reply += part
        return reply.decode(errors="replace").strip()[1:]
    return ""


def wait_for(condition, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} does not answer")
        time.sleep(0.01)
