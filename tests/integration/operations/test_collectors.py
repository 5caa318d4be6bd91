"""What an operator is told of collectors: one that lives, one that was stopped in order, and one that was killed."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_under_test import Site, wait_until

SILENT_AFTER_S = 10


@pytest.fixture(name="site")
def a_site(tmp_path: Path) -> Iterator[Site]:
    with Site(tmp_path) as site:
        yield site.start()


def collectors(site: Site, *arguments: str) -> str:
    done = subprocess.run([os.environ["ANALYZER"], "--config", str(site.directory / "analyzer.yaml"), "collectors", *arguments],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def row(site: Site) -> dict[str, object]:
    rows = json.loads(collectors(site, "--json"))
    return rows[0] if rows else {}


def wait_for_state(site: Site, state: str) -> dict[str, object]:
    wait_until(f"a collector that is {state}", lambda: row(site).get("state") == state, SILENT_AFTER_S + 10)
    return row(site)


def test_a_collector_tells_of_itself_and_says_goodbye(site: Site) -> None:
    first = wait_for_state(site, "running")
    assert first["host"] == "here" and first["containers_traced"] == 0 and first["records_lost"] == {"queue": 0, "retention": 0}
    assert first["hears_docker"] is False and first["retention_limit_bytes"] == 64 << 20
    assert "it does not hear Docker" in collectors(site)
    site.collector.stop()
    last = row(site)
    assert last["state"] == "stopped" and last["epoch"] == first["epoch"]
    site.collector.start()
    again = wait_for_state(site, "running")
    assert again["epoch"] != first["epoch"]


def test_a_collector_that_is_killed_is_silent(site: Site) -> None:
    wait_for_state(site, "running")
    site.collector.kill()
    silent = wait_for_state(site, "silent")
    assert silent["heard_seconds_ago"] >= SILENT_AFTER_S
    text = collectors(site)
    assert "silent for 1" in text and "nothing heard since 20" in text


def test_redis_that_was_away_is_told_again(site: Site) -> None:
    first = wait_for_state(site, "running")
    site.redis.stop()
    time.sleep(1)
    site.redis.start()
    wait_until("a new row", lambda: row(site).get("heard", "") > str(first["heard"]), 20)
