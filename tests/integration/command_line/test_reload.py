"""SIGHUP: the configuration is read again, and what cannot be read changes nothing.

    COLLECTOR=... ANALYZER=... pytest test_reload.py
"""
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ANALYZER, COLLECTOR = os.environ["ANALYZER"], os.environ["COLLECTOR"]


class Program:
    """A service under test; its log is gathered in a file."""

    def __init__(self, binary, config, log):
        self.log_file = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen([binary, "--config", str(config)], stderr=output, stdout=output)

    def log(self):
        return self.log_file.read_text(errors="replace")

    def wait_for(self, text, count=1, seconds=30):
        deadline = time.monotonic() + seconds
        while self.log().count(text) < count:
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, f"{text}\n{self.log()}"
            time.sleep(0.05)
        return self.log()

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def end(self):
        self.process.terminate()
        return self.process.wait(timeout=30)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture(name="redis")
def start_redis(tmp_path):
    sock = tmp_path / "redis.sock"
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(sock), "--dir", str(tmp_path), "--save", ""],
                              stdout=subprocess.DEVNULL)
    while not sock.exists():
        time.sleep(0.05)
    yield f"unix://{sock}"
    server.terminate()
    server.wait()


def test_the_analyzer_goes_on_with_the_new_configuration(tmp_path, redis):
    config = tmp_path / "analyzer.yaml"
    usual = f"redis: {{url: {redis}}}\n"
    config.write_text(usual)
    analyzer = Program(ANALYZER, config, tmp_path / "log")
    analyzer.wait_for("analyzer starts")
    analyzer.wait_for("shards")

    config.write_text(usual + "score: {margin: many}\n")
    analyzer.hang_up()
    log = analyzer.wait_for("configuration not reloaded: the old one is kept")
    assert "analyzer.yaml:2: score.margin: expected a whole number" in log

    config.write_text(usual + "log: {level: debug}\n")
    analyzer.hang_up()
    log = analyzer.wait_for("msg=\"configuration reloaded\" changed=log.level")
    assert log.count("analyzer starts") == 1

    config.write_text(usual + "log: {level: debug}\nshards: 8\n")
    analyzer.hang_up()
    log = analyzer.wait_for("configuration keys that changed count after a restart only")
    assert re.search(r"level=warning msg=.*restart only.* keys=shards\n", log)
    assert log.count("analyzer starts") == 1

    # Several things at once, and twice in a row: the latest counts, and what needs a restart stays.
    config.write_text(usual + "shards: 8\nscore: {margin: 3}\nnotify: {group_wait: 2s}\n")
    analyzer.hang_up()
    analyzer.hang_up()
    log = analyzer.wait_for("analyzer starts", count=2)
    assert "changed=\"log.level notify.group_wait score.margin\"" in log
    assert all("shards=16" in line for line in log.splitlines() if "analyzer starts" in line)
    time.sleep(1)
    assert analyzer.end() == 0


def test_a_signal_to_end_counts_more_than_a_reload(tmp_path, redis):
    config = tmp_path / "analyzer.yaml"
    config.write_text(f"redis: {{url: {redis}}}\n")
    for round_number in range(5):
        analyzer = Program(ANALYZER, config, tmp_path / f"log{round_number}")
        analyzer.wait_for("analyzer starts")
        config.write_text(f"redis: {{url: {redis}}}\nscore: {{margin: {round_number + 3}}}\n")
        analyzer.hang_up()
        time.sleep(0.02 * round_number)
        assert analyzer.end() == 0


def test_signals_are_the_main_threads(tmp_path, redis):
    """Between two configurations the main thread holds signals back; another thread that took one would lose it."""
    (tmp_path / "analyzer.yaml").write_text(
        f"redis: {{url: {redis}}}\nmetrics: {{listen: 127.0.0.1:{free_port()}}}\npage: {{listen: 127.0.0.1:{free_port()}}}\n"
        "smtp: {host: 127.0.0.1, port: 1, security: none, from: a@b.test, to: [c@d.test]}\n")
    analyzer = Program(ANALYZER, tmp_path / "analyzer.yaml", tmp_path / "log")
    analyzer.wait_for("the status page is served")
    blocked = {}
    for task in Path(f"/proc/{analyzer.process.pid}/task").iterdir():
        mask = int(re.search(r"SigBlk:\s*(\w+)", (task / "status").read_text())[1], 16)
        blocked[int(task.name)] = {number for number in (signal.SIGTERM, signal.SIGHUP) if mask & 1 << number - 1}
    assert analyzer.end() == 0
    assert blocked.pop(analyzer.process.pid) == set()
    # The outputs' two, the mails', the metrics', the page's two.
    assert len(blocked) >= 6 and set(map(len, blocked.values())) == {2}, blocked


def test_the_collector_reloads_and_counts_it(tmp_path):
    port = free_port()
    config = tmp_path / "collector.yaml"
    usual = f"metrics: {{listen: 127.0.0.1:{port}}}\ndocker: {{socket: {tmp_path}/none.sock}}\n"
    config.write_text(usual)
    collector = Program(COLLECTOR, config, tmp_path / "log")
    collector.wait_for("collector starts")

    def metrics():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
            return dict(re.findall(r"^docker_anomalies_collector_(config\S+) (\d+)$", page.read().decode(), re.MULTILINE))

    def wait_for(success, failure, last):
        """The page is made at most once in a while."""
        wanted = {'config_reloads_total{result="success"}': success, 'config_reloads_total{result="failure"}': failure,
                  "config_last_reload_successful": last}
        deadline = time.monotonic() + 10
        while metrics() != wanted:
            assert time.monotonic() < deadline, metrics()
            time.sleep(0.1)

    wait_for(success="0", failure="0", last="1")
    config.write_text(usual + "capture: {budget: 200%}\n")
    collector.hang_up()
    collector.wait_for("configuration not reloaded: the old one is kept")
    wait_for(success="0", failure="1", last="0")
    config.write_text(usual + "capture: {budget: 20%, threads: 3}\ncontainers: {exclude: {names: [x]}}\n")
    collector.hang_up()
    log = collector.wait_for("changed=\"capture.budget containers.exclude.names\"")
    collector.wait_for("keys=capture.threads")
    assert "level=error" in log
    wait_for(success="1", failure="1", last="1")
    assert collector.end() == 0
