"""Silences, end to end: an analyzer that has learned a program, an operator's commands, a mail server.

    ANALYZER=... PAGE_FEEDER=... pytest test_silences.py
"""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.append(str(ROOT / "deploy"))

from demo_files.process import Process, wait_until  # noqa: E402
from demo_files.stack import Redis, Smtp, free_port, mail_text  # noqa: E402

ANALYZER, FEEDER = os.environ["ANALYZER"], os.environ["PAGE_FEEDER"]
SHARDS = 4
OK, FAILURE, USAGE = 0, 1, 2


class Site:
    def __init__(self, directory: Path, more: str = ""):
        self.redis, self.smtp = Redis(directory), Smtp(directory)
        self.metrics = free_port()
        self.config = directory / "analyzer.yaml"
        self.config.write_text(f"""
redis: {{url: "unix://{self.redis.socket}"}}
shards: {SHARDS}
learning: {{min_time: 60s, min_calls: 600, min_episodes: 2, episode_calls: 100, recent_calls: 300, unseen_mass: 0.05,
  shadow_time: 30s, shadow_calls: 200, shadow_unseen: 0.1, image_quiet: 20s, from_predecessor: false}}
checkpoint: {{interval: 200ms}}
metrics: {{listen: "127.0.0.1:{self.metrics}"}}
smtp: {{host: 127.0.0.1, port: {self.smtp.port}, security: none, from: a@mail.test, to: [ops@mail.test]}}
notify: {{group_wait: 200ms, resolve_after: 2h}}
{more}""")
        self.analyzer = Process("analyzer", [ANALYZER, "--config", str(self.config)], directory / "analyzer.log")
        self.feeder = None

    def __enter__(self):
        for process in (self.redis, self.smtp, self.analyzer):
            process.start()
        self.analyzer.wait_for_line('msg="metrics are served"', 20)
        self.feeder = wait_until("a feeder", self._feeder, 20)
        return self

    def __exit__(self, *_):
        if self.feeder is not None:
            self.feeder.stdin.close()
            self.feeder.wait(20)
        for process in (self.analyzer, self.smtp, self.redis):
            process.stop()

    def _feeder(self):
        feeder = subprocess.Popen([FEEDER, f"unix://{self.redis.socket}", str(SHARDS)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        feeder.stdin.write("live\n")
        feeder.stdin.flush()
        return feeder if feeder.stdout.readline() else feeder.wait() and None

    def feed(self, command: str) -> None:
        self.feeder.stdin.write(command + "\n")
        self.feeder.stdin.flush()
        assert self.feeder.stdout.readline().strip() == f"done {command}"

    def learn(self) -> None:
        def armed():
            self.feed("learn")
            images = self.json("profile", "list")
            return len(images) == 2 and all(image["state"] == "armed" for image in images)
        wait_until("both images to be armed", armed, 60, (self.analyzer,), 0.5)

    def command(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([ANALYZER, *words, "--config", str(self.config)], capture_output=True, text=True, timeout=60)

    def json(self, *words: str):
        done = self.command(*words, "--json")
        assert done.returncode == OK, done.stderr
        return json.loads(done.stdout)

    def metric(self, name: str) -> float:
        page = subprocess.run(["curl", "-sS", f"http://127.0.0.1:{self.metrics}/metrics"], capture_output=True, text=True,
                              timeout=20, check=True).stdout
        return sum(float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"docker_anomalies_analyzer_{name}"))

    def states(self) -> list[str]:
        return [alert["docker_anomalies.verdict"]["state"] for alert in self.json("alert", "list")]


@pytest.fixture(name="site")
def start_site(tmp_path):
    with Site(tmp_path) as site:
        yield site


def test_a_silence_keeps_mails_back_through_a_restart_and_what_goes_on_is_mailed_at_its_end(site):
    site.learn()
    made = site.json("silence", "add", "--container", "we?", "--image", "shop:*", "--for", "24h", "--author", "anna",
                     "--comment", "release 1.5")
    assert (made["state"], made["container"], made["author"]) == ("active", "we?", "anna")
    asked = time.monotonic()
    wait_until("the silence to be in force", lambda: site.metric("silences ") == 1, 10)
    assert time.monotonic() - asked < 5

    site.feed("break-in")
    wait_until("silenced alerts", lambda: "silenced" in site.states(), 20, (site.analyzer,))
    count = len(site.states())
    assert set(site.states()) == {"silenced"} and count >= 2
    wait_until("the metric", lambda: site.metric("alerts_silenced_total") == count, 10)
    assert site.command("alert", "list", "--state", "open").stdout == "no alerts\n"
    alert = site.json("alert", "list")[0]
    assert alert["docker_anomalies.silence.id"] == made["id"]
    assert f"by {made['id']}" in site.command("alert", "show", alert["docker_anomalies.alert.id"]).stdout

    # Another container is not covered.
    site.feed("hostile")
    mails = site.smtp.wait_for_mails(1, 20, (site.analyzer,))
    assert "host9" in mail_text(mails[0]) and "host7" not in mail_text(mails[0])

    site.analyzer.kill()
    site.analyzer.start()
    site.analyzer.wait_for_line('msg="a silence is in force"', 20)
    time.sleep(2)
    assert len(site.smtp.mails()) == 1

    removed = site.command("silence", "remove", made["id"], "--author", "bert")
    assert removed.returncode == OK and "removed by bert" in removed.stdout, removed
    mails = site.smtp.wait_for_mails(2, 40, (site.analyzer,))
    assert "host7" in mail_text(mails[1])
    wait_until("they are open", lambda: "silenced" not in site.states() or site.states().count("open") >= 2, 10)
    assert site.command("silence", "list").stdout == "no silences\n"
    listed = site.json("silence", "list", "--expired")
    assert [(one["id"], one["state"], one["removed_by"]) for one in listed] == [(made["id"], "removed", "bert")]
    assert "is over already" in site.command("silence", "remove", made["id"]).stderr


def test_a_silence_ends_by_itself(site):
    site.learn()
    assert site.command("silence", "add", "--executable", "*", "--for", "6s").returncode == OK
    wait_until("the silence to be in force", lambda: site.metric("silences ") == 1, 10)
    site.feed("break-in")
    wait_until("silenced alerts", lambda: "silenced" in site.states(), 20, (site.analyzer,))
    assert not site.smtp.mails()
    assert "host7" in mail_text(site.smtp.wait_for_mails(1, 20, (site.analyzer,))[0])


def test_what_is_refused(site):
    for words, status, reason in [
        (["--for", "1h"], USAGE, "--image, --container or --executable"),
        (["--container", "a"], USAGE, "--for or --until"),
        (["--container", "", "--for", "1h"], USAGE, "is empty"),
        (["--container", "a", "--for", "1h", "--until", "2199-01-01"], USAGE, "excludes"),
        (["--container", "a", "--for", "-1h"], FAILURE, "--for is no time"),
        (["--container", "a", "--for", "400d"], FAILURE, "--for is no time"),
        (["--container", "a", "--until", "2020-01-01"], FAILURE, "no time to come"),
        (["--container", "a", "--until", "2199-01-01"], FAILURE, "more than 366 days"),
        (["--container", "a\x1bb", "--for", "1h"], FAILURE, "control characters"),
        (["--container", "a" * 300, "--for", "1h"], FAILURE, "longer than 256"),
    ]:
        done = site.command("silence", "add", *words)
        assert done.returncode == status and reason in done.stderr, (words, done)
    assert "no silence s-1" in site.command("silence", "remove", "s-1").stderr
    assert site.command("silence", "list", "--expired").stdout == "no silences\n"


def test_rows_that_make_no_sense_silence_nothing(site):
    def row(**other):
        subprocess.run(["redis-cli", "-s", str(site.redis.socket), "HSET", "{s0}:silences", "s-1",
                        json.dumps({"v": 1, "id": "s-1", "ends": 4_000_000_000_000, **other})], check=True, capture_output=True)
    row()  # without any pattern it would cover everything
    site.analyzer.wait_for_line("silences that cannot be read", 10)
    listed = site.command("silence", "list")
    assert listed.stdout == "no silences\n" and "1 silences cannot be read" in listed.stderr
    assert site.metric("silences ") == 0
    row(container="*")
    wait_until("it to be in force", lambda: site.metric("silences ") == 1, 10)
