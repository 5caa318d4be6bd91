"""The processes that are harmed: Redis, analyzers and generators, each ended by its pid alone."""

import contextlib
import os
import signal
import struct
import subprocess
import threading
import time
from pathlib import Path

import redis

SHARDS = 16
LEASE_SECONDS = 3.0


class Setting:
    """A number of seconds that a preloaded library reads, of the processes with its environment and of no other."""

    def __init__(self, library: Path, variable: str, file: Path) -> None:
        self._file = file
        self.set(0)
        # A sanitizer wants to be loaded before anything else.
        self.environment = os.environ | {"LD_PRELOAD": str(library), variable: str(file),
                                         "ASAN_OPTIONS": "verify_asan_link_order=0"}

    def set(self, seconds: float) -> None:
        """From now on."""
        self.seconds = seconds
        with open(self._file, "r+b" if self._file.exists() else "w+b") as file:
            file.write(struct.pack("q", int(seconds * 1e9)))


class WallClock(Setting):
    """By how much it is wrong."""

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(library, "CLOCK_LEAP_FILE", folder / "clock-leap")


class SlowDisk(Setting):
    """How long each fdatasync takes."""

    def __init__(self, folder: Path, library: Path) -> None:
        super().__init__(library, "SLOW_SYNC_FILE", folder / "slow-sync")


class RedisServer:
    def __init__(self, folder: Path, fsync: str, clock: WallClock, disk: SlowDisk) -> None:
        self.clock = clock
        self.disk = disk
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.fsync = fsync
        self.process = None
        self.sizes = []  # (time, name of the append-only file, its size), for a power loss
        self._watching = True
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        if not self._watcher.is_alive():
            self._watcher.start()
        log = open(self.folder / "redis.log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder),
             "--appendonly", "yes", "--appendfsync", self.fsync, "--save", "", "--aof-load-truncated", "yes",
             "--auto-aof-rewrite-percentage", "0"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment())
        wait_for(self.answers, "redis-server", 60)

    def _environment(self) -> dict:
        both = f"{self.clock.environment['LD_PRELOAD']}:{self.disk.environment['LD_PRELOAD']}"
        return self.clock.environment | self.disk.environment | {"LD_PRELOAD": both}

    def answers(self) -> bool:
        try:
            return self.client().ping()
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def lose_power(self, seconds: float) -> int:
        """Killed, and what it wrote in the last seconds is gone. How many bytes that is."""
        moment = time.monotonic() - seconds
        self.kill()
        older = [entry for entry in self.sizes if entry[0] <= moment]
        file = self._append_only_file()
        if not older or file is None or older[-1][1] != file.name:
            return 0
        lost = file.stat().st_size - older[-1][2]
        os.truncate(file, older[-1][2])
        return lost

    def stop(self) -> None:
        self._watching = False
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def _append_only_file(self):
        files = sorted(self.folder.glob("appendonlydir/*.incr.aof"))
        return files[-1] if files else None

    def _watch(self) -> None:
        while self._watching:
            file = self._append_only_file()
            with contextlib.suppress(OSError):
                if file is not None:
                    self.sizes.append((time.monotonic(), file.name, file.stat().st_size))
            del self.sizes[:-400]
            time.sleep(0.05)


class Analyzer:
    CONFIG = """\
shards: {shards}
redis: {{ url: "tcp://127.0.0.1:{port}" }}
checkpoint: {{ interval: 500ms }}
log: {{ level: info }}
"""

    def __init__(self, binary: Path, folder: Path, port: int, number: int, clock: WallClock, more: str = "") -> None:
        config = folder / "analyzer.yaml"
        config.write_text(self.CONFIG.format(shards=SHARDS, port=port) + more)
        self.log = folder / f"analyzer-{number}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([binary, "--config", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=clock.environment)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


class Generator:
    def __init__(self, binary: Path, folder: Path, port: int, *, number: int, rate: int, seed: int,
                 retention: int = 64 << 20, intruders: float = 0, execs: bool = True, lz4: bool = False,
                 clock_leaps: bool = False) -> None:
        self.ledger = folder / f"generator-{number}.ledger"
        with open(folder / "generator.log", "ab") as log:
            self.process = subprocess.Popen(
                [binary, "--redis", f"tcp://127.0.0.1:{port}", "--host", "generator", "--shards", str(SHARDS),
                 "--rate", str(rate), "--seed", str(seed), "--ledger", self.ledger, "--retention", str(retention),
                 "--intruders", str(intruders), "--execs", str(int(execs)), "--lz4", str(int(lz4)),
                 "--clock-leaps", str(int(clock_leaps))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def intruders(self) -> list:
        """Those made so far."""
        made = Path(f"{self.ledger}.intruders")
        return made.read_text().split() if made.exists() else []

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=120)


def wait_for(condition, what: str, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.01)
    return time.monotonic() - began
