"""docs/operations.md, as an operator follows it: its commands, section by section, run by one shell.

    with Operator(directory, "shop:1.4") as operator:
        operator.follow("Install")
        operator.run("analyzer profile list")

The shell has a mount namespace of its own in which /etc, /usr/local, /var/lib, /var/log and /run/redis can be written without a
trace on this machine. What it starts in the background ends with it.
"""

import os
import re
import signal
import subprocess
from pathlib import Path

from demo_files.process import wait_until

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/operations.md"
WRITTEN = ("/etc", "/usr/local", "/var/lib", "/var/log")
LIMIT_S = 120  # of one command; the first may install packages


def sections() -> dict[str, list[str]]:
    """The blocks of commands below each heading."""
    parts = re.split(r"^## (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return {title: re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
            for title, text in zip(parts[1::2], parts[2::2], strict=True)}


class Operator:
    def __init__(self, directory: Path, image: str) -> None:
        self.directory = directory
        self.image = image
        self.followed: list[str] = []
        self._count = 0
        self._made_run_redis = not Path("/run/redis").exists()

    def __enter__(self) -> "Operator":
        Path("/run/redis").mkdir(exist_ok=True)
        self._shell = subprocess.Popen(["unshare", "--mount", "bash", "--norc"], stdin=subprocess.PIPE, cwd=ROOT, text=True,
                                       stdout=(self.directory / "shell.log").open("w"), stderr=subprocess.STDOUT,
                                       start_new_session=True)
        # Both layers of an overlay must be of one file system, and not of another overlay.
        self.run(f"mount -t tmpfs layers {self._made('layers')}")
        for path in WRITTEN:
            layer = f"{self.directory}/layers/{path.replace('/', '_')}"
            self.run(f"mkdir -p {layer}/upper {layer}/work && mount -t overlay overlay "
                     f"-o lowerdir={path},upperdir={layer}/upper,workdir={layer}/work {path}")
        self.run("mount -t tmpfs sockets /run/redis")
        return self

    def __exit__(self, *_: object) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._shell.pid, sign)
                self._shell.stdin.close()
                self._shell.wait(20)
            except (ProcessLookupError, BrokenPipeError, subprocess.TimeoutExpired):
                continue
        if self._made_run_redis:
            Path("/run/redis").rmdir()

    def _made(self, name: str) -> Path:
        path = self.directory / name
        path.mkdir()
        return path

    def follow(self, section: str) -> str:
        """Runs what the section says; what it printed."""
        self.followed.append(section)
        return "".join(self.run(block.replace("IMAGE", self.image)) for block in sections()[section])

    def run(self, commands: str, status: int = 0) -> str:
        """What they print, the first that fails being the last; its status must be this."""
        self._count += 1
        script, output, answer = (self.directory / f"{self._count}.{kind}" for kind in ("sh", "out", "status"))
        script.write_text(commands)
        self._shell.stdin.write(f"bash -e {script} > {output} 2>&1 < /dev/null; echo $? > {answer}\n")
        self._shell.stdin.flush()
        wait_until(f"an end of {commands}", lambda: answer.exists() and answer.read_text().endswith("\n"), LIMIT_S)
        printed = output.read_text(errors="replace")
        assert int(answer.read_text()) == status, f"{commands}\nstatus {answer.read_text()}\n{printed}"
        return printed
