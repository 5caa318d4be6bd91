"""Two Redis share the shards: one that is away holds up its own shards alone, and nothing is lost."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from birth_options import IMAGE
from collector_metrics import scrape
from demo_files.docker import Container
from demo_files.process import Process, wait_until
from demo_files.stack import Redis, free_port

SHARDS = {"a": range(8), "b": range(8, 16)}
NAME = f"da-nodes-{os.getpid()}"
# A process each time: they come to all shards.
WORK = ["sh", "-c", "while :; do ls / > /dev/null; done"]


@dataclass
class Site:
    redis: dict[str, Redis]
    collector: Process
    analyzer: Process
    port: int

    def counted(self, node: str, what: str) -> int:
        with redis.Redis(unix_socket_path=str(self.redis[node].socket)) as client:
            return sum(int(client.hget(f"{{s{shard}}}:counters", what) or 0) for shard in SHARDS[node])


@pytest.fixture
def site(binaries: Path, tmp_path: Path) -> Iterator[Site]:
    servers = {}
    for name in SHARDS:
        (tmp_path / name).mkdir()
        servers[name] = Redis(tmp_path / name)
    nodes = "".join(f'    - {{url: "unix://{server.socket}", shards: "{SHARDS[name][0]}-{SHARDS[name][-1]}"}}\n'
                    for name, server in servers.items())
    port = free_port()
    parts = {}
    for part, more in (("collector", f'host: nodes\ncontainers: {{ include: {{ names: ["{NAME}-*"] }} }}\n'
                                     f'metrics: {{ listen: "127.0.0.1:{port}" }}\n'), ("analyzer", "")):
        config = tmp_path / f"{part}.yaml"
        config.write_text(f"redis:\n  nodes:\n{nodes}{more}")
        config.chmod(0o600)
        parts[part] = Process(part, [str(binaries / part / part), "--config", str(config)], tmp_path / f"{part}.log")
    started = [*servers.values(), parts["analyzer"], parts["collector"]]
    try:
        for each in started:
            each.start()
        parts["collector"].wait_for_line('msg="listening for docker events"', 15)
        yield Site(servers, parts["collector"], parts["analyzer"], port)
    finally:
        for each in reversed(started):
            each.stop()


def test_a_redis_that_is_away_holds_up_its_own_shards_alone(site: Site) -> None:
    with Container(IMAGE, f"{NAME}-1", WORK) as container:
        for node in SHARDS:
            wait_until(f"records in {node}", lambda node=node: site.counted(node, "records") > 1000, 20,
                       (site.collector, site.analyzer))
        site.redis["b"].kill()
        before = site.counted("a", "records")
        wait_until("records in the other", lambda: site.counted("a", "records") > before + 1000, 20, (site.collector,))
        assert scrape(site.port)["redis_connected", ""] == 0
        site.redis["b"].start()
        container.remove()

    def all_counted() -> bool:
        made = scrape(site.port)["records_total", ""]
        return made == sum(site.counted(node, "records") for node in SHARDS)

    wait_until("all that was captured to be counted", all_counted, 30, (site.collector, site.analyzer))
    assert sum(site.counted(node, "records_lost") for node in SHARDS) == 0
    for part in (site.collector, site.analyzer):
        assert part.stop() == 0
        assert part.lines('msg="redis is back"')
