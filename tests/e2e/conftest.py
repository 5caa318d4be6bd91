"""One private docker-anomalies with armed services for all end-to-end tests, since arming takes a while.

The tests share it in file order (test_1_..., test_2_...), and each leaves it whole: a part that a test stopped is
started again before the next one. A container is attacked by one test only: its alerts go into one incident,
and follow-ups of an incident are held back for minutes.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "deploy"), str(Path(__file__).resolve().parent)]

from demo_files.docker import build_victim, docker  # noqa: E402
from demo_files.stack import Stack, build_directory  # noqa: E402
from recorder import Recorder  # noqa: E402
from site_under_test import LEARNING, PREFIX, SHOP_IMAGE, WORKER_IMAGE, Site  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--build", default="dev", help="CMake preset whose binaries are tested")
    parser.addoption("--full", action="store_true", help="the tests of survival and scale in full size: minutes more")


def pytest_sessionstart() -> None:
    if shutil.which("docker") is None or not docker("version", "-f", "{{.Server.Version}}", check=False):
        pytest.exit("no Docker daemon answers; run: deploy/setup docker", returncode=1)


@pytest.fixture(scope="session")
def binaries(request: pytest.FixtureRequest) -> Path:
    return build_directory(request.config.getoption("--build"))


@pytest.fixture(scope="session")
def armed_site(request: pytest.FixtureRequest) -> Iterator[Site]:
    # A label each, so that they are two images and not two names of one.
    build_victim(SHOP_IMAGE, "shop")
    build_victim(WORKER_IMAGE, "worker")
    stack = Stack(request.config.getoption("--build"), [f"{PREFIX}-*"], learning=LEARNING)
    site = Site(stack)
    failed_before = request.session.testsfailed
    try:
        with stack:
            site.learn()
            yield site
    finally:
        site.remove()
        if request.session.testsfailed == failed_before and sys.exc_info()[0] is None:
            stack.remove_files()
        else:
            sys.stderr.write(f"\nlogs of the failed run: {stack.directory}\n")


@pytest.fixture
def site(armed_site: Site) -> Site:
    for part in armed_site.stack.parts:
        if not part.running:
            part.start()
    return armed_site


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """A failure is shown with the last log lines of every part, and what was recorded for it is kept."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for value in item.funcargs.values():
        if isinstance(value, Site):
            report.sections += [(part.name, part.tail(25)) for part in value.stack.parts]
        recorder = getattr(value, "recorder", value)
        if isinstance(recorder, Recorder):
            recorder.keeps_logs = True
