"""Services that people really run, learned in a minute or so: the short form of tests/services/run.

What must hold after so short a learning is asserted: that each image is armed, that no mail came while it learned, that
the services work as before, that the attacks work, and that those marked reliable are mailed: programs never seen, and of
attacks with no new program and no new call those by what they read, change and reach. The rest is printed: false
alarms in ordinary load, and which other attacks were found. docs/benchmarks/services.md has the figures of the long form.
"""

import sys
import threading
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "services"))

from harness import report  # noqa: E402
from harness.campaign import Options  # noqa: E402
from harness.results import ServiceResult  # noqa: E402
from harness.run_all import SERVICES, run_all  # noqa: E402

LATENCY_LIMIT_MS = 10_000  # as in test_2_attacks: this machine is busy with all of them at the same time
USUAL = ("web", "redis", "nginx")  # all of them with --full


def chosen(config: pytest.Config) -> tuple[str, ...]:
    return tuple(SERVICES) if config.getoption("--full") else USUAL


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", chosen(metafunc.config))


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> dict[str, ServiceResult]:
    names = chosen(request.config)
    options = Options(build=request.config.getoption("--build"), learn_s=30, ordinary_s=10, program_limit_s=0,
                      doubtful_s=3)
    found = run_all(list(names), options, at_once=len(names), stop=threading.Event())
    return {result.service: result for result in found}


def test_a_real_service_is_learned_and_attacks_on_it_are_mailed(
        results: dict[str, ServiceResult], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = results[name]
    with capsys.disabled():
        print(f"\n{report.table([result])}\n{report.summary(result)}")
    assert result.error == ""
    assert result.armed_after_s is not None
    assert [alarm.finding for alarm in result.false_alarms if alarm.phase == "learn"] == []
    # A client may come while a container starts again.
    assert result.requests > 0 and result.failed_requests <= result.requests / 100, result.last_error
    assert [(attack.name, attack.note) for attack in result.attacks if attack.outcome == "failed"] == []
    must = [attack for attack in result.attacks if attack.reliable]
    assert must and [attack.name for attack in must if attack.outcome != "detected"] == []
    assert max(attack.milliseconds or 0 for attack in must) < LATENCY_LIMIT_MS
