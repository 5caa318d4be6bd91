"""A whole private docker-anomalies on this machine: Redis, an SMTP server, collector and analyzer.

    with Stack(build="release", include=["da-demo-*"]) as stack:
        stack.wait_until_armed("docker-anomalies-victim:1", timeout_s=90)
        mails = stack.smtp.wait_for_mails(1, timeout_s=10)

Everything lives in one directory: configurations, logs, the Redis data, the mails as received.
"""

import email
import email.message
import email.policy
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from .process import Process, StackError, wait_until

ROOT = Path(__file__).resolve().parents[2]

# So short that a person can watch it; what a real installation should use is in the example.
FAST_LEARNING = {"min_time": "15s", "min_calls": "10000", "recent_calls": "10000", "min_episodes": "20",
                 "min_runs": "10", "shadow_time": "10s", "shadow_calls": "5000", "shadow_runs": "5", "image_quiet": "10s"}
# Habits of services that repeat themselves were quiet after 20 s of learning (docs/model.md).
FAST_HABITS = {"min_time": "30s", "recent": "20s"}
# As in a real deployment: it needs no privilege.
ANALYZER_USER = "nobody"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Redis(Process):
    def __init__(self, directory: Path) -> None:
        self.socket = directory / "redis.sock"
        if len(str(self.socket)) > 100:
            raise StackError(f"too long for a Unix socket, choose a shorter directory: {self.socket}")
        config = directory / "redis.conf"
        data = directory / "redis-data"
        data.mkdir(exist_ok=True)
        config.write_text(f"port 0\nunixsocket {self.socket}\nunixsocketperm 700\ndir {data}\nappendonly yes\n"
                          "appendfsync everysec\nsave \"\"\nmaxmemory 512mb\nmaxmemory-policy noeviction\n"
                          "daemonize no\n")
        super().__init__("redis", ["redis-server", str(config)], directory / "redis.log")

    def start(self) -> None:
        super().start()
        wait_until("redis to answer", self._answers, 15, (self,))
        shutil.chown(self.socket, user=ANALYZER_USER)

    def _answers(self) -> bool:
        done = subprocess.run(["redis-cli", "-s", str(self.socket), "ping"], capture_output=True, timeout=5, check=False)
        return done.stdout.strip() == b"PONG"


class Smtp(Process):
    """The SMTP server of tests/support; keeps its port over a restart. Each start has a folder of its own for mails,
    since the server counts them from 1."""

    def __init__(self, directory: Path) -> None:
        self.mails_directory = directory / "mails"
        self.port = free_port()
        self._starts = 0
        super().__init__("smtp server", [], directory / "smtp.log")

    def start(self) -> None:
        self._starts += 1
        self.command = ["/usr/bin/python3", str(ROOT / "tests/support/smtp_server.py"), "--port", str(self.port),
                        "--store", str(self.mails_directory / str(self._starts))]
        super().start()
        self.wait_for_line(r"^ready\b", 15)

    def mails(self) -> list[email.message.EmailMessage]:
        """In the order of arrival."""
        # The envelope, N.json, is written last.
        complete = sorted(self.mails_directory.glob("*/*.json"), key=lambda file: (int(file.parent.name), int(file.stem)))
        return [email.message_from_bytes(file.with_suffix(".eml").read_bytes(), policy=email.policy.default)
                for file in complete]

    def wait_for_mails(self, count: int, timeout_s: float, watched: tuple[Process, ...] = ()):
        """The mails as soon as there are `count` of them or more."""
        return wait_until(f"{count} mail(s)", lambda: len(self.mails()) >= count and self.mails(), timeout_s, watched)


def mail_text(mail: email.message.EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""


class Stack:
    """Starts everything on entry (or on start()), stops it in reverse order on exit."""

    def __init__(self, build: str, include: list[str], directory: Path | None = None,
                 learning: dict[str, str] | None = None, budget: str | None = None,
                 notify: dict[str, str] | None = None, habits: dict[str, str] | None = None) -> None:
        binaries = build_directory(build)
        self.own_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="da-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        os.chmod(self.directory, 0o711)  # the analyzer's user reaches its own files only
        for parent in self.directory.resolve().parents:
            if not parent.stat().st_mode & 0o001:
                raise StackError(f"{parent} is closed to the analyzer's user, {ANALYZER_USER}: choose another directory")
        self.include = include
        self.budget = budget
        self.learning = FAST_LEARNING | (learning or {})
        self.habits = FAST_HABITS | (habits or {})
        self.notify = {"group_wait": "1s"} | (notify or {})
        self.redis = Redis(self.directory)
        self.smtp = Smtp(self.directory)
        self.collector = self._binary("collector", binaries, self._collector_yaml())
        self.analyzer = self._binary("analyzer", binaries, self._analyzer_yaml(), user=ANALYZER_USER)

    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def parts(self) -> tuple[Process, ...]:
        return (self.redis, self.smtp, self.analyzer, self.collector)

    def start(self) -> None:
        for part in self.parts:
            part.start()
        self.collector.wait_for_line('msg="listening for docker events"', 15)

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()

    def remove_files(self) -> None:
        """Only a directory that was made here."""
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def wait_until_watched(self, container_id: str, timeout_s: float = 15) -> None:
        self.collector.wait_for_line(f"monitoring container {container_id}", timeout_s)

    def is_armed(self, image: str) -> bool:
        return bool(self.analyzer.lines(f'msg="image armed".*image="?{re.escape(image)}'))

    def wait_until_armed(self, image: str, timeout_s: float) -> None:
        wait_until(f"{image} to be armed", lambda: self.is_armed(image), timeout_s, self.parts)

    def _binary(self, name: str, binaries: Path, config: str, user: str | None = None) -> Process:
        config_file = self.directory / f"{name}.yaml"
        config_file.write_text(config)
        config_file.chmod(0o600)
        binary = binaries / name / name
        if user is not None:
            # A clone may lie where other users do not come, /root say.
            binary = Path(shutil.copy(binary, self.directory / name))
            shutil.chown(config_file, user=user)
        return Process(name, [str(binary), "--config", str(config_file)], self.directory / f"{name}.log", user)

    def _collector_yaml(self) -> str:
        names = ", ".join(f'"{name}"' for name in self.include)
        capture = f"capture:\n  budget: {self.budget}\n" if self.budget else ""
        return f"""\
host: {socket.gethostname()}
containers:
  include: {{ names: [{names}] }}
  exclude: {{ labels: [docker-anomalies.ignore] }}
{capture}\
redis:
  url: "unix://{self.redis.socket}"
"""

    def _analyzer_yaml(self) -> str:
        learning, habits, notify = ("".join(f"  {key}: {value}\n" for key, value in section.items())
                                    for section in (self.learning, self.habits, self.notify))
        return f"""\
redis:
  url: "unix://{self.redis.socket}"
learning:
{learning}\
habits:
{habits}\
smtp:
  host: 127.0.0.1
  port: {self.smtp.port}
  security: none
  from: docker-anomalies@localhost
  to: [admins@localhost]
notify:
{notify}"""


def build_directory(build: str) -> Path:
    """Where the binaries of a preset, or of a build in another folder, are; raises StackError if they are not built."""
    directory = Path(build) if "/" in build else ROOT / "build" / build
    for name in ("collector", "analyzer"):
        if not (directory / name / name).exists():
            raise StackError(f"{name} is not built in {directory}; run: cmake --preset {build} && "
                             f"cmake --build --preset {build}")
    return directory
