"""The example rules for Prometheus: they are valid, and each alert is raised by what it is for."""

import re
import shutil
from pathlib import Path

from prometheus import promtool
from site_under_test import ROOT

RULES = ROOT / "deploy/prometheus/docker-anomalies.rules.yml"
TESTS = Path(__file__).with_name("rules_test.yml")


def test_the_rules_are_valid() -> None:
    found = promtool("check", "rules", str(RULES))
    assert re.search(r"SUCCESS: [1-9]\d* rules found", found), found


def test_each_alert_is_raised_by_what_it_is_for(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    tests = Path(shutil.copy(TESTS, tmp_path))
    assert "SUCCESS" in promtool("test", "rules", str(tests))
    alerts = set(re.findall(r"^\s*- alert: (\w+)$", RULES.read_text(), re.M))
    assert len(alerts) > 10
    tested = set(re.findall(r'alertname="(\w+)", instance|alertname="(\w+)"', tests.read_text()))
    assert alerts == {name for pair in tested for name in pair if name}
