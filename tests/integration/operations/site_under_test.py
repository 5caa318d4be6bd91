"""A Redis, a collector without Docker and an analyzer, as their monitor meets them.

    with Site(tmp_path) as site:
        site.redis.start(); site.analyzer.start()
        status, text = site.get("analyzer", "/readyz")
"""

import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "deploy"))

from demo_files.process import Process, wait_until  # noqa: E402
from demo_files.stack import Redis, free_port  # noqa: E402

BINARIES = ("collector", "analyzer")


class Site:
    def __init__(self, directory: Path, more: str = "") -> None:
        self.directory = directory
        self.redis = Redis(directory)
        self.ports = {name: free_port() for name in BINARIES}
        redis_config = f'redis: {{ url: "unix://{self.redis.socket}" }}\n'
        self.parts: dict[str, Process] = {}
        own = {"collector": f'host: here\ndocker: {{ socket: "{directory}/none.sock" }}\n', "analyzer": more}
        for name in BINARIES:
            config = directory / f"{name}.yaml"
            config.write_text(f'{redis_config}metrics: {{ listen: "127.0.0.1:{self.ports[name]}" }}\n{own[name]}')
            self.parts[name] = Process(name, [os.environ[name.upper()], "--config", str(config)], directory / f"{name}.log")
        self.collector, self.analyzer = self.parts["collector"], self.parts["analyzer"]

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.parts.values(), self.redis):
            process.stop()

    def start(self) -> "Site":
        self.redis.start()
        for name, process in self.parts.items():
            process.start()
            process.wait_for_line(f'msg="metrics are served" address=127.0.0.1:{self.ports[name]}', 20)
        return self

    def get(self, name: str, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self, name: str) -> str:
        status, page = self.get(name, "/metrics")
        assert status == 200, page
        return page

    def wait_for(self, name: str, path: str, status: int, text: str, timeout_s: float = 20) -> str:
        """The answer, once it has this status and text in it."""
        self.parts[name].wait_for_line('msg="metrics are served"', 20)

        def answer() -> str | None:
            got, body = self.get(name, path)
            return body if got == status and text in body else None

        return wait_until(f"{path} of the {name} to be {status} with {text!r}, not {self.get(name, path)}", answer,
                          timeout_s, (self.parts[name],))  # type: ignore[return-value]
