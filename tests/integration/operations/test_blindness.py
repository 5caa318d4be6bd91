"""An operator is told by mail when nobody looks any more: a collector is killed, records are lost; once, and once when it is
over, whatever happens to the analyzers meanwhile. On a real Redis, with a real mail server."""

import email.message
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_under_test import Site, wait_until

from demo_files.process import Process
from demo_files.stack import Smtp, mail_text

AFTER_S = 10
MAIL = """\
smtp: {{ host: 127.0.0.1, port: {port}, security: none, from: docker-anomalies@localhost, to: [admins@localhost] }}
notify: {{ blindness: {{ after: {after}s, calm: 5s }} }}
"""


class Watched(Site):
    """With a mail server, and a second analyzer."""

    def __init__(self, directory: Path) -> None:
        self.smtp = Smtp(directory)
        super().__init__(directory, MAIL.format(port=self.smtp.port, after=AFTER_S))
        config = directory / "other.yaml"
        text = (directory / "analyzer.yaml").read_text()
        config.write_text("\n".join(line for line in text.splitlines() if not line.startswith("metrics:")))
        self.other = Process("other", [os.environ["ANALYZER"], "--config", str(config)], directory / "other.log")

    def __exit__(self, *_: object) -> None:
        self.other.stop()
        super().__exit__()
        self.smtp.stop()

    def mails(self, kind: str) -> list[email.message.EmailMessage]:
        """Those whose subject has that; not those of a collector without Docker, which here is all of them."""
        return [mail for mail in self.smtp.mails() if kind in mail["Subject"] and "hear Docker" not in mail["Subject"]]

    def wait_for_mail(self, kind: str, timeout_s: float = 40) -> email.message.EmailMessage:
        wait_until(f"a mail: {kind}", lambda: self.mails(kind), timeout_s, (self.smtp,))
        return self.mails(kind)[0]


@pytest.fixture(name="site")
def a_site(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as site:
        site.smtp.start()
        site.start()
        site.other.start()
        site.wait_for("analyzer", "/readyz", 200, "ready\n")
        yield site


def test_a_killed_collector_is_told_once_and_so_is_its_return(site: Watched) -> None:
    assert isinstance(site, Watched)
    wait_for_collector(site, "running")
    killed = time.time()
    site.collector.kill()
    first = site.wait_for_mail("BLIND on here: nothing heard from its collector")
    assert time.time() - killed >= AFTER_S - 3  # it was heard up to two seconds before
    text = words(first)
    assert "was killed, the host is down, or it does not reach Redis" in text and "analyzer collectors" in text

    # Whoever has shard 0 goes, and comes again; then the other.
    for process in (site.analyzer, site.other):
        process.kill()
        time.sleep(AFTER_S + 5)
        process.start()
    site.wait_for("analyzer", "/readyz", 200, "ready\n")
    assert len(site.mails("BLIND on here: nothing heard")) == 1

    site.collector.start()
    back = site.wait_for_mail("seeing again on here: its collector was silent for")
    assert first["Message-ID"] in back["References"] and back["In-Reply-To"] == first["Message-ID"]
    assert "started anew" in words(back)
    time.sleep(5)
    assert len(site.mails("seeing again on here: its collector")) == 1 and len(site.mails("nothing heard")) == 1


def test_one_that_ends_in_order_is_not_told(site: Watched) -> None:
    wait_for_collector(site, "running")
    site.collector.stop()
    time.sleep(AFTER_S + 15)
    assert site.mails("BLIND") == []


def test_losses_are_told_with_their_size(site: Watched) -> None:
    """Of a host whose batches a generator drops, since Redis is away for longer than it keeps them."""
    wait_for_collector(site, "running")
    directory = site.directory
    generator = subprocess.Popen([os.environ["GENERATOR"], "--redis", f"unix://{site.redis.socket}", "--rate", "20000", "--host", "here",
                                  "--execs", "0", "--retention", str(1 << 20), "--ledger", str(directory / "ledger")])
    try:
        time.sleep(5)
        site.redis.stop()
        time.sleep(12)
        site.redis.start()
        first = site.wait_for_mail("BLIND on here", 60)
    finally:
        generator.send_signal(signal.SIGTERM)
        assert generator.wait(60) == 0
    assert "records lost so far" in first["Subject"]
    assert "never came" in words(first)
    over = site.wait_for_mail("seeing again on here", 60)
    assert "records were lost" in over["Subject"] and first["Message-ID"] in over["References"]
    assert len(site.mails("BLIND on here")) == 1


def test_analyzers_without_redis_tell_it_each_for_itself(site: Watched) -> None:
    """There is no store to agree by, and no ledger."""
    away = time.time()
    site.redis.stop()
    wait_until("a mail of each", lambda: len(site.mails("has had no Redis")) == 2, 40, (site.smtp,))
    assert time.time() - away >= AFTER_S - 1
    first = site.mails("has had no Redis")
    assert all("redis.sock" in words(mail) and "Nothing of what that Redis holds is judged" in words(mail) for mail in first)
    assert len({mail["Message-ID"] for mail in first}) == 2
    time.sleep(5)
    site.redis.start()
    wait_until("the end of it", lambda: len(site.mails("has Redis again")) == 2, 40, (site.smtp,))
    assert {mail["In-Reply-To"] for mail in site.mails("has Redis again")} == {mail["Message-ID"] for mail in first}
    time.sleep(5)
    assert len(site.mails("has had no Redis")) == 2 and len(site.mails("has Redis again")) == 2


def words(mail: email.message.EmailMessage) -> str:
    return " ".join(mail_text(mail).split())


def wait_for_collector(site: Watched, state: str) -> None:
    def told() -> bool:
        done = subprocess.run([os.environ["ANALYZER"], "--config", str(site.directory / "analyzer.yaml"), "collectors", "--json"],
                              capture_output=True, text=True, timeout=60)
        return done.returncode == 0 and [row["state"] for row in json.loads(done.stdout)] == [state]

    wait_until(f"a collector that is {state}", told, 20)
