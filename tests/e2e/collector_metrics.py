"""What a collector serves to Prometheus, as a test reads it.

    assert scrape(port)["containers_traced", ""] == 1
"""

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, str], float]


def scrape(port: int) -> Samples:
    """By name and container; without what all programs have, and without what is split by reason or result."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        page = reply.read().decode()
    samples: Samples = {}
    for family in text_string_to_metric_families(page):
        if not family.name.startswith("docker_anomalies_collector_"):
            continue  # what every program has
        for sample in family.samples:
            name = sample.name.removeprefix("docker_anomalies_collector_")
            if "reason" in sample.labels or "result" in sample.labels:
                continue
            assert ("container_name" in sample.labels) == name.startswith("container_")
            key = (name, sample.labels.get("container_id", ""))
            assert key not in samples, f"twice: {key}"
            samples[key] = sample.value
    return samples
