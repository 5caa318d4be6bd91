"""The pages of metrics of the real binaries: promtool has nothing to complain of, and documentation, rules and
dashboard name what is there."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus import Family, families, promtool
from site_under_test import BINARIES, ROOT, Site, wait_until

# A name, or a recorded one; not a label or a function.
NAME = re.compile(r"\b(?:docker_anomalies|process)[a-z0-9_:]*\b")
RULES = ROOT / "deploy/prometheus/docker-anomalies.rules.yml"
LEARNING = """\
learning: { min_time: 0s, min_calls: 2000, recent_calls: 1000, min_episodes: 2, unseen_mass: 0.05, shadow_time: 0s,
            min_runs: 1, unseen_runs: 1, shadow_calls: 500, shadow_runs: 1, shadow_unseen: 1, max_extensions: 0,
            image_quiet: 0s, start_grace: 0s }
"""


@pytest.fixture(name="pages", scope="module")
def the_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Of an analyzer that has seen much, and a collector that has seen nothing."""
    directory = tmp_path_factory.mktemp("site")
    with Site(directory, LEARNING) as site:
        site.start()
        site.wait_for("analyzer", "/readyz", 200, "ready\n")
        generator = subprocess.Popen([os.environ["GENERATOR"], "--redis", f"unix://{site.redis.socket}", "--rate", "20000",
                                      "--execs", "0", "--intruders", "2", "--ledger", str(directory / "ledger")])
        try:
            wait_until("an alert", lambda: value(site.metrics("analyzer"), "alerts_total") > 0, 60, (site.analyzer,))
        finally:
            generator.send_signal(signal.SIGTERM)
            assert generator.wait(60) == 0
        yield {name: site.metrics(name) for name in BINARIES}


def value(page: str, name: str) -> float:
    """The sum of an analyzer's samples of that name."""
    return sum(float(number) for number in re.findall(rf"^docker_anomalies_analyzer_{name}(?:{{.*}})? (\S+)$", page, re.M))


@pytest.fixture(name="known")
def all_families(pages: dict[str, str]) -> dict[str, Family]:
    known: dict[str, Family] = {}
    for page in pages.values():
        known.update(families(page))
    assert len(known) > 60
    return known


@pytest.mark.parametrize("name", BINARIES)
def test_promtool_has_nothing_to_complain_of(pages: dict[str, str], name: str) -> None:
    assert promtool("check", "metrics", stdin=pages[name]) == ""


def test_promtool_would_complain() -> None:
    with pytest.raises(AssertionError, match="_total"):
        promtool("check", "metrics", stdin="# HELP a_lost Lost.\n# TYPE a_lost counter\na_lost 1\n")


def test_an_analyzer_counts_what_it_saw(pages: dict[str, str]) -> None:
    page = pages["analyzer"]
    assert value(page, "records_received_total") == value(page, "records_judged_total") > 2000
    assert value(page, "shards_held") == value(page, "shards") == 16
    assert value(page, "profiles") > 0 and value(page, "images") > 0 and value(page, "threads") > 0
    # The generator marks some as lost, as a collector with a full queue does.
    assert re.search(r'^docker_anomalies_analyzer_records_lost_total\{reason="told_by_collector"\} [1-9]', page, re.M)
    assert len(re.findall(r"^docker_anomalies_analyzer_stream_lag_seconds\{shard=", page, re.M)) == 16
    assert re.search(r'^docker_anomalies_build_info\{program="analyzer",version="\d', page, re.M)
    assert re.search(r"^process_cpu_seconds_total 0*\.?\d*[1-9]", page, re.M)
    assert value(page, "redis_connected") == value(page, "models_ready") == 1


@pytest.mark.parametrize("name", BINARIES)
def test_the_process_is_told_as_the_kernel_knows_it(tmp_path: Path, name: str) -> None:
    with Site(tmp_path) as site:
        site.start()
        page = site.metrics(name)
        told = {key: float(number) for key, number in re.findall(r"^process_(\w+) (\S+)$", page, re.M)}
        status = Path(f"/proc/{site.parts[name].pid}/status").read_text()
        resident = 1024 * int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.M)[1])  # type: ignore[index]
        assert told["threads"] == int(re.search(r"^Threads:\s+(\d+)", status, re.M)[1])  # type: ignore[index]
        assert 0.5 * resident < told["resident_memory_bytes"] < 2 * resident < told["virtual_memory_bytes"]
        assert 0 < told["cpu_seconds_total"] < 60
        started = Path(f"/proc/{site.parts[name].pid}").stat().st_mtime
        assert abs(told["start_time_seconds"] - started) < 10
        assert 5 < told["open_fds"] < told["max_fds"]


def test_the_documentation_names_each_metric_and_no_other(known: dict[str, Family]) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \| ([a-z_, ]*?) ?\| \S.*\|$", (ROOT / "docs/metrics.md").read_text(), re.M)
    documented = {name: (kind, {label.strip() for label in labels.split(",") if label.strip()})
                  for name, kind, labels in rows}
    assert len(documented) == len(rows), "a metric stands there twice"
    assert documented.keys() == known.keys()
    for name, family in known.items():
        kind, labels = documented[name]
        assert kind == family.kind, name
        assert not family.labels or labels == family.labels, name


def test_rules_and_dashboard_name_what_is_there(known: dict[str, Family]) -> None:
    rules = "\n".join(line for line in RULES.read_text().splitlines() if not line.lstrip().startswith("#"))
    recorded = set(re.findall(r"^\s*- record: (\S+)$", rules, re.M))
    dashboard = json.loads((ROOT / "deploy/grafana/docker-anomalies.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(recorded) >= 4 and len(queries) > 20
    expressions = re.findall(r"^\s*expr: (?:>\n((?:\s{10,}.*\n?)+)|(.*))$", rules, re.M)
    assert len(expressions) == rules.count("expr:")
    for text in [*("".join(parts) for parts in expressions), *queries]:
        for name in NAME.findall(re.sub(r'"[^"]*"', "", text)):
            assert name in known or name in recorded, name
