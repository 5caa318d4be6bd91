"""What Prometheus reads from a collector: of a busy container within a budget, and that it ends with the container."""

import os
import urllib.request
from pathlib import Path

from birth_options import IMAGE
from collector_metrics import scrape
from demo_files.docker import Container
from demo_files.process import wait_until
from demo_files.stack import free_port
from recorder import Recorder

PREFIX = f"da-metrics-{os.getpid()}"
BUSY = ["sh", "-c", "while :; do read -r line < /proc/uptime; done"]
BUDGET = 0.1


def test_the_share_of_time_that_a_container_stood_still_can_be_scraped(binaries: Path) -> None:
    port = free_port()
    with Recorder(binaries, [f"{PREFIX}-*"], capture=f"budget: {BUDGET:.0%}",
                  metrics=f'listen: "127.0.0.1:{port}"') as recorder:
        assert recorder.collector.lines(f'msg="metrics are served" address=127.0.0.1:{port}')
        assert scrape(port)["containers_traced", ""] == 0
        with Container(IMAGE, f"{PREFIX}-busy", BUSY) as container:
            def shown(name: str) -> float:
                return scrape(port).get((f"container_{name}", container.id[:12]), 0)

            # On a machine that gives it little time its stops are within the budget for a while.
            wait_until("some seconds of its tracing, some of them unseen",
                       lambda: shown("traced_seconds_total") > 3 and shown("coverage_ratio") < 0.9, 60,
                       (recorder.collector,))
            now = scrape(port)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as reply:
                assert reply.read().decode().startswith("ready\nok docker\nok redis unix://")
            assert now["containers_traced", ""] == 1
            assert now["docker_connected", ""] == now["redis_connected", ""] == 1
            assert now["records_total", ""] > 100
            assert now["tasks_traced", ""] >= 1
            assert 0 < now["container_coverage_ratio", container.id[:12]] < 0.95
            # Within the budget, but for what is saved up in the beginning.
            assert 0.01 < now["container_stopped_ratio", container.id[:12]] < BUDGET + 0.05
            wait_until("its clock to go on", lambda: all(
                shown(name) > now[f"container_{name}", container.id[:12]]
                for name in ("traced_seconds_total", "stopped_seconds_total", "unseen_seconds_total")), 10)
            container.remove()
            wait_until("it to be shown no more", lambda: scrape(port)["containers_traced", ""] == 0, 5)
            assert shown("traced_seconds_total") == 0

        def all_sent() -> bool:
            now = scrape(port)
            return now["records_waiting", ""] == 0 and now["records_acknowledged_total", ""] == now["records_total", ""]

        wait_until("its records to be in Redis", all_sent, 10)
        assert recorder.collector.stop() == 0
