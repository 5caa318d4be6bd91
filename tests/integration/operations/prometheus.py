"""What Debian's promtool and a page of metrics say."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families


def promtool(*arguments: str, stdin: str = "") -> str:
    """What it prints; it must have nothing to complain of."""
    assert shutil.which("promtool"), "no promtool: run deploy/setup packages"
    done = subprocess.run(["promtool", *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@dataclass
class Family:
    name: str
    kind: str
    labels: set[str] = field(default_factory=set)  # of its samples, if there are any


def families(page: str) -> dict[str, Family]:
    found = {name: Family(name, kind) for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M)}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found[sample.name].labels |= set(sample.labels)
    return found
