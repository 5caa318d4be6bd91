"""A collector and its Redis, without an analyzer: what was captured of each task, as it went over the wire.

    with Recorder(binaries, include=["da-births-*"]) as recorder:
        docker("run", "--rm", "--name", "da-births-1", "debian:bookworm-slim", "ls", "/")
        tasks = recorder.tasks()          # what has arrived
        assert tasks[0].is_whole and tasks[0].calls[0] == "execve"
"""

import re
import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import redis
from demo_files.process import Process, StackError, wait_until
from demo_files.stack import Redis

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))

import wire_reader  # noqa: E402

SHARDS = 16
START, EXEC, EXIT, GAP = 1, 2, 4, 8
UNISTD = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
CALLS = {int(number): name for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", UNISTD.read_text())}


@dataclass
class Task:
    """One thread, from its first segment to its last."""

    tid: int
    pid: int
    container: str
    flags: list[int] = field(default_factory=list)
    origins: list[dict] = field(default_factory=list)
    records: list[dict] = field(default_factory=list)
    lost: int = 0

    @property
    def program(self) -> str:
        """The last one it ran."""
        return self.origins[-1]["executable"]

    @property
    def calls(self) -> list[str]:
        return [CALLS.get(record["call"], str(record["call"])) for record in self.records]

    @property
    def is_from_birth(self) -> bool:
        return bool(self.flags[0] & START)

    @property
    def has_ended(self) -> bool:
        return bool(self.flags[-1] & EXIT)

    @property
    def has_gap(self) -> bool:
        return self.lost != 0 or any(flags & GAP for flags in self.flags)

    @property
    def is_whole(self) -> bool:
        return self.is_from_birth and self.has_ended and not self.has_gap

    def __str__(self) -> str:
        shown = self.calls if len(self.calls) <= 6 else [*self.calls[:3], "...", *self.calls[-3:]]
        return (f"{self.origins[-1]['container_name']}: pid {self.pid} tid {self.tid} {self.program} flags {self.flags} "
                f"lost {self.lost}, {len(self.calls)} calls: {' '.join(shown)}")


class Recorder:
    """`wrapper` goes before the collector's command line, `capture` and `metrics` into its configuration. Its logs are
    kept if its context ends in an error, or with keeps_logs."""

    def __init__(self, binaries: Path, include: list[str], *, exclude: tuple[str, ...] = (), wrapper: tuple[str, ...] = (),
                 docker_socket: Path | None = None, capture: str = "", metrics: str = "") -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="da-rec-"))
        self.keeps_logs = False
        self.redis = Redis(self.directory)
        self._positions = [b"0"] * SHARDS
        self._batches: dict[tuple[int, int], int] = defaultdict(int)  # by shard and epoch
        self._tasks: dict[tuple[int, int], Task] = {}  # by epoch and serial number
        config = self.directory / "collector.yaml"
        config.write_text(f"""\
host: births
docker: {{ socket: "{docker_socket or '/var/run/docker.sock'}" }}
containers:
  include: {{ names: [{", ".join(f'"{name}"' for name in include)}] }}
  exclude: {{ names: [{", ".join(f'"{name}"' for name in exclude)}] }}
capture: {{ {capture} }}
metrics: {{ {metrics} }}
redis: {{ url: "unix://{self.redis.socket}" }}
""")
        config.chmod(0o600)
        command = [*wrapper, str(binaries / "collector" / "collector"), "--config", str(config)]
        self.collector = Process("collector", command, self.directory / "collector.log")

    def __enter__(self) -> "Recorder":
        try:
            self.redis.start()
            self.start_collector()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.collector.stop()
        self.redis.stop()
        if error[0] is None and not self.keeps_logs:
            shutil.rmtree(self.directory, ignore_errors=True)
        else:
            sys.stderr.write(f"\nlogs of the failed run: {self.directory}\n")

    def start_collector(self) -> None:
        self.collector.start()
        self.collector.wait_for_line('msg="listening for docker events"', 15)

    def tasks(self) -> list[Task]:
        """All that has arrived, in the order of the first appearance in each shard. Raises if a batch is missing."""
        with redis.Redis(unix_socket_path=str(self.redis.socket)) as client:
            for shard in range(SHARDS):
                for position, fields in client.xrange(f"{{s{shard}}}:q", min=b"(" + self._positions[shard]):
                    self._positions[shard] = position
                    batch = wire_reader.decode(fields[b"b"])
                    self._batches[shard, batch["epoch"]] += 1
                    assert batch["seq"] == self._batches[shard, batch["epoch"]], f"a batch of shard {shard} is missing"
                    take_segments(batch, self._tasks)
        return list(self._tasks.values())

    def tasks_of(self, container: str, program: str = "") -> list[Task]:
        """`program`: how its path ends."""
        return [task for task in self.tasks() if task.container == container and task.program.endswith(program)]

    def wait_for_tasks(self, container: str, count: int, program: str = "", timeout_s: float = 15) -> list[Task]:
        """`count` of them or more that have ended."""

        def ended() -> list[Task] | None:
            found = [task for task in self.tasks_of(container, program) if task.has_ended]
            return found if len(found) >= count else None

        return wait_until(f"{count} task(s) of {container[:12]} {program}", ended, timeout_s, (self.collector,),
                          pause_s=0.1)  # type: ignore[return-value]

    def log_of(self, container: str) -> list[str]:
        """The lines of the log that tell that it begins, ends, or was missed: without time and level."""
        told = (f"monitoring container {container}", "container ended before it could be monitored")
        lines = [line.split('msg="', 1)[-1] for line in self.collector.text().splitlines()
                 if container in line and any(part in line for part in told)]
        return [re.split(r'"| name=', line, maxsplit=1)[0] for line in lines]

    def wait_for_log(self, container: str, lines: int) -> None:
        def told() -> bool:
            return len(self.log_of(container)) >= lines

        try:
            wait_until(f"{lines} lines of the log", told, 10)
        except StackError as error:
            raise StackError(f"{error}\n" + "\n".join(self.collector.lines(container[:12]))) from None


def take_segments(batch: dict, tasks: dict[tuple[int, int], Task]) -> None:
    for segment in batch["segments"]:
        origin = batch["origins"][segment["origin"]]
        key = (batch["epoch"], segment["task"])
        task = tasks.setdefault(key, Task(segment["tid"], segment["pid"], origin["container_id"]))
        task.flags.append(segment["flags"])
        task.origins.append(origin)
        task.records += segment["records"]
        task.lost += segment["lost"]
