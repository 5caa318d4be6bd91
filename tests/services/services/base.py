"""What each service is to the campaign: an image, its ordinary life, and the attacks it is open to.

    class Web(Service):
        name = "web"
        def is_ready(self, instance): ...
        def visit(self, instance, chance): ...
"""

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demo_files.docker import Container, docker
from demo_files.process import wait_until
from demo_files.stack import free_port

IMAGES = Path(__file__).resolve().parents[1] / "images"


class AttackFailed(Exception):
    """The attack itself did not get what it wanted, so that nothing is shown by it."""


@dataclass
class Instance:
    """One container of a service."""

    container: Container
    port: int

    @property
    def name(self) -> str:
        return self.container.name

    def exec(self, *command: str) -> str:
        """As a health check, a cron job or an operator does."""
        return docker("exec", self.container.id, *command, check=False)

    def read(self, path: str) -> bytes:
        """A file of the container, unseen by it; empty if there is none."""
        try:
            return Path(f"/proc/{self.container.init}/root{path}").read_bytes()
        except OSError:
            return b""

    def restart(self) -> None:
        docker("restart", "-t", "10", self.container.id)


@dataclass(frozen=True)
class Chore:
    """Work in the background, again and again after a pause of `least` to `most` seconds."""

    name: str
    least: float
    most: float
    work: Callable[[Instance, random.Random], object]


@dataclass(frozen=True)
class Attack:
    """`mail_says`: a mail with one of these words is about this attack (Mail.says). `reliable`: must be found even after
    the shortest learning, so that a test may ask for it."""

    name: str
    does: str
    run: Callable[[Instance], object]
    mail_says: tuple[str, ...]
    reliable: bool = False


@dataclass
class Service:
    """`program`: what the kernel runs for the server, as profiles name it."""

    name: str
    program: str
    attacks: tuple[Attack, ...] = ()
    chores: tuple[Chore, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def image(self) -> str:
        return f"docker-anomalies-services-{self.name}:1"

    def build(self) -> None:
        self.build_from(IMAGES / self.name)

    def build_from(self, context: Path) -> None:
        docker("build", "-q", "--network", "host", "-t", self.image, str(context), timeout_s=600)

    def start(self, name: str) -> Instance:
        return self.start_with(name, {})

    def start_with(self, name: str, own_settings: dict[str, str]) -> Instance:
        port = free_port()
        settings = {"PORT": str(port)} | self.environment | own_settings
        options = [part for key, value in settings.items() for part in ("-e", f"{key}={value}")]
        command = [part.format(port=port) for part in self.command]
        return Instance(Container(self.image, name, command, tuple(options)), port)

    def wait_until_ready(self, instance: Instance, timeout_s: float = 30) -> None:
        wait_until(f"{instance.name} to serve", lambda: self._is_ready(instance), timeout_s)

    def visit(self, instance: Instance, chance: random.Random) -> int:
        """One client comes and goes; how many requests it made. OSError if the service fails it."""
        raise NotImplementedError

    def _is_ready(self, instance: Instance) -> bool:
        try:
            self.ping(instance)
        except OSError:
            return False
        return True

    def ping(self, instance: Instance) -> None:
        with socket.create_connection(("127.0.0.1", instance.port), timeout=2):
            pass
