"""The few things that the demo and the tests ask of Docker, by its command line.

    image = build_victim("docker-anomalies-victim:1")
    with Container(image, "da-demo-1-shop", ["python3", "/srv/shop.py", "8080"]) as shop:
        shop.exec("id")
"""

import subprocess
from pathlib import Path

from .process import StackError

VICTIM = Path(__file__).parent / "victim"


def docker(*arguments: str, timeout_s: float = 60, check: bool = True) -> str:
    """stdout without the last newline. Raises StackError with Docker's own words."""
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, timeout=timeout_s, check=False, text=True,
                              errors="replace", stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise StackError(f"docker {' '.join(arguments)}: no answer in {timeout_s:.0f} s") from error
    if check and done.returncode != 0:
        raise StackError(f"docker {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout.rstrip("\n")


def build_victim(tag: str, variant: str = "demo") -> str:
    """Builds the image of the victim services; a moment when Docker has the layers still. Each variant is an
    image of its own, with profiles of its own."""
    # The host's network: apt must reach its mirror even where Docker has no bridge.
    docker("build", "-q", "--network", "host", "--label", f"variant={variant}", "-t", tag, str(VICTIM), timeout_s=300)
    return tag


class Container:
    """A container that lives as long as the `with` block. Its service listens on the host's loopback only."""

    def __init__(self, image: str, name: str, command: list[str], options: tuple[str, ...] = ()) -> None:
        self.name = name
        self.id = docker("run", "-d", "--network", "host", "--name", name, *options, image, *command)

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @property
    def init(self) -> int:
        """The first process, in the host's pid namespace; 0 if it does not run."""
        return int(docker("inspect", "-f", "{{.State.Pid}}", self.id))

    @property
    def running(self) -> bool:
        return docker("inspect", "-f", "{{.State.Running}}", self.id) == "true"

    def exec(self, *command: str) -> str:
        return docker("exec", self.id, *command)

    def logs(self) -> str:
        return docker("logs", "--tail", "20", self.id, check=False)

    def remove(self) -> None:
        docker("rm", "-f", "-v", self.id, check=False)

    def tracers(self) -> dict[int, int]:
        """TracerPid of every task in the container, by tid; 0 where there is none."""
        result = {}
        for pid in docker("top", self.id, "-eo", "pid").split()[1:]:
            for status in Path(f"/proc/{pid}/task").glob("*/status"):
                try:
                    fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
                except OSError:
                    continue  # it ended meanwhile
                if not fields.get("State", "").startswith(("Z", "X")):
                    result[int(status.parent.name)] = int(fields["TracerPid"])
        return result
