"""docs/operations.md holds: each of its commands, in its order, by one who has only that page. What the test adds is a mail
server, a container and less patience: learning takes seconds."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_files.docker import Container, build_victim, docker
from demo_files.process import wait_until
from demo_files.stack import FAST_HABITS, FAST_LEARNING, Smtp, free_port, mail_text
from demo_files.traffic import Traffic, shop_request
from operations_page import Operator, sections

IMAGE = "docker-anomalies-e2e-operations:1"


@pytest.fixture
def directory() -> Iterator[Path]:
    # Not pytest's, which other users may not enter.
    path = Path(tempfile.mkdtemp(prefix="da-operations-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def impatience(smtp: Smtp) -> str:
    learning, habits = (", ".join(f"{key}: {value}" for key, value in keys.items())
                        for keys in (FAST_LEARNING, FAST_HABITS))
    return (f"learning: {{{learning}}}\nhabits: {{{habits}}}\n"
            f"smtp: {{host: 127.0.0.1, port: {smtp.port}, security: none}}\n")


def test_the_page_leads_from_installation_to_the_first_accepted_alert(directory: Path, binaries: Path) -> None:
    assert binaries.name == "release", "the page builds and installs this preset: tests/run --preset release"
    assert docker("ps", "-aq", "--filter", "name=^web$") == "", "there is a container web on this machine already"
    build_victim(IMAGE, "operations")
    smtp = Smtp(directory)
    smtp.start()
    port = free_port()
    with Operator(directory, IMAGE) as operator:
        try:
            operator.follow("Install")
            operator.follow("Redis")
            # It is the last of analyzer.d/, so that the page's own file is read as well.
            operator.run(f"cat > /etc/docker-anomalies/analyzer.d/test.yaml <<'END'\n{impatience(smtp)}END\n")
            assert "ok" in operator.follow("Analyzer")
            assert len(smtp.wait_for_mails(1, 10)) == 1, "test-mail"
            operator.run("echo 'containers: {include: {names: [web]}}' > /etc/docker-anomalies/collector.d/test.yaml")
            operator.follow("Collector")
            with Container(IMAGE, "web", ["python3", "/srv/shop.py", str(port)]) as web, \
                    Traffic(shop_request(port), clients=3, seed=1):
                log = "/var/log/docker-anomalies/analyzer.log"
                wait_until("the collector to be ready", lambda: is_ready(9464) and is_ready(9465), 20)
                operator.run("for i in $(seq 50); do analyzer top --once | grep -q web && exit; sleep 0.2; done; exit 1")
                assert re.search(r"web .*python3", operator.follow("Does it work?"))
                operator.run("for i in $(seq 50); do analyzer profile list | grep -q operations && exit; sleep 0.2; done; exit 1")
                assert "learning" in operator.follow("While it learns")
                operator.run(f"for i in $(seq 100); do grep -q 'image armed' {log} && exit; sleep 1; done; tail {log}; exit 1")
                first = follow_first_alert(operator, smtp, web)
                assert "accepted" in first
            assert operator.followed == list(sections()), "a section of the page was left out"
        finally:
            smtp.stop()


def follow_first_alert(operator: Operator, smtp: Smtp, web: Container) -> str:
    operator.followed.append("The first alert")
    ask, look, answer, again = sections()["The first alert"]
    mails = len(smtp.mails())
    operator.run(ask)
    mail = smtp.wait_for_mails(mails + 1, 20)[-1]
    assert "/id" in str(mail["Subject"]) and web.name in str(mail["Subject"])
    text = mail_text(mail)
    alert = re.findall(r"analyzer alert accept (\S+)", text)[0]
    assert f"analyzer alert reject {alert}" in text
    shown = operator.run(look.replace("ALERT", alert))
    assert shown.count(alert) >= 2
    operator.run(answer.replace("ALERT", alert))
    printed = operator.run(again.replace("ALERT", alert))
    wait_until("uname to be an alert", lambda: "uname" in operator.run("analyzer alert list"), 10)
    for later in smtp.mails()[mails + 1:]:
        assert "uname" not in mail_text(later), "it was silenced"
        assert "/id" not in str(later["Subject"]), "it was accepted"
    return printed


def is_ready(port: int) -> bool:
    return os.system(f"curl -fsS -o /dev/null http://127.0.0.1:{port}/readyz 2>/dev/null") == 0
