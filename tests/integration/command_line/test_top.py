"""analyzer top, from figures in a real Redis: those of an analyzer at work, and hostile ones.

    ANALYZER=... GENERATOR=... pytest test_top.py
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

redis = pytest.importorskip("redis")

ANALYZER, GENERATOR = os.environ["ANALYZER"], os.environ["GENERATOR"]
OK, FAILURE, USAGE = 0, 1, 2


@pytest.fixture(name="site")
def start_site(tmp_path):
    sock = tmp_path / "redis.sock"
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(sock), "--dir", str(tmp_path),
                               "--save", ""], stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=str(sock))
    for _ in range(200):
        try:
            if client.ping():
                break
        except redis.RedisError:
            time.sleep(0.05)
    config = tmp_path / "analyzer.yaml"
    config.write_text(f"redis: {{url: unix://{sock}}}\n")
    yield {"client": client, "config": str(config), "url": f"unix://{sock}", "folder": tmp_path}
    server.terminate()
    server.wait()


def top(site, *arguments, **variables):
    return subprocess.run([ANALYZER, "--config", site["config"], "top", *arguments], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **variables})


def tell(site, shard, *rows, **other):
    """As an analyzer tells the figures of a shard."""
    usual = {"host": "h", "container_id": "c" * 64, "container": "web", "image": "shop:1", "image_id": "sha256:1",
             "executable": "/bin/app", "arch": "x86_64", "profile": "profile:x", "state": "armed", "calls_per_second": 10.0,
             "calls": 100, "highest_score": 1, "threshold": 4, "alerts": 0}
    text = json.dumps({"version": 1, "rows": [{**usual, **row} for row in rows], **other})
    site["client"].set(f"{{s{shard}}}:live", text, px=60_000)


def test_into_a_pipe_it_prints_once_and_plain(site):
    tell(site, 3, {}, {"executable": "/bin/other", "calls_per_second": 5.0})
    tell(site, 9, {"alerts": 2})
    shown = top(site)
    assert shown.returncode == OK, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("containers 1, programs 2 (learning 0, shadow 0, armed 2)")
    assert re.match(r"web +/bin/app +20 +1/4 +armed +2$", lines[2]) and "\x1b" not in shown.stdout
    narrow = top(site, COLUMNS="40").stdout
    assert max(map(len, narrow.splitlines())) <= 40 and "web" in narrow
    rows = json.loads(top(site, "--json").stdout)
    assert [row["executable"] for row in rows] == ["/bin/app", "/bin/other"]
    assert (rows[0]["calls_per_second"], rows[0]["alerts"], rows[0]["state"]) == (20.0, 2, "armed")
    assert json.loads(top(site, "--json", "--sort", "alerts").stdout)[0]["alerts"] == 2


def test_what_containers_and_others_chose_is_escaped_or_passed_over(site):
    hostile = "\x1b[2J\n<script>\u202eé"
    tell(site, 0, {"container": hostile, "executable": hostile, "image": hostile, "state": hostile})
    site["client"].set("{s1}:live", b"\xff not json")
    site["client"].set("{s2}:live", json.dumps({"version": 99, "rows": []}))
    for arguments in ([], ["--json"]):
        shown = top(site, *arguments, COLUMNS="200")
        assert shown.returncode == OK
        assert all(c == "\n" or " " <= c <= "~" for c in shown.stdout)
        assert "script" in shown.stdout
    site["client"].hset("{s4}:live", "a", "b")  # of another type: Redis refuses to read it
    assert top(site).returncode == FAILURE


def test_with_nothing_to_show_and_without_redis(site):
    assert "no analyzer has told" in top(site).stdout
    assert top(site, "--json").stdout == "[]\n"
    site["client"].shutdown(nosave=True)
    away = top(site)
    assert (away.returncode, "connect" in away.stderr) == (FAILURE, True)
    for wrong in (["--interval", "0"], ["--sort", "name"], ["--no-such"], ["extra"]):
        assert top(site, *wrong).returncode == USAGE


class Terminal:
    def __init__(self, site, columns, lines, *arguments, **variables):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        self.process = subprocess.Popen([ANALYZER, "--config", site["config"], "top", "--interval", "0.2", *arguments],
                                        stdin=slave, stdout=slave, stderr=slave, close_fds=True,
                                        env={**environment, "TERM": "xterm", **variables})
        os.close(slave)
        self.text = ""

    def read_until(self, wanted, seconds=20):
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, repr(self.text)
            if select.select([self.master], [], [], 0.2)[0]:
                self.text += os.read(self.master, 65536).decode()
        return self.text

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.read_until("\x1b[?1049l")
        return self.process.wait(timeout=20)


def test_a_terminal_is_drawn_anew_and_left_as_it_was(site):
    for shard in range(16):
        tell(site, shard, *({"executable": f"/bin/p{shard}-{i}", "alerts": i} for i in range(2)))
    terminal = Terminal(site, 70, 20)
    screen = terminal.read_until("more")
    assert screen.startswith("\x1b[?1049h") and "\x1b[1;31m" in screen
    tell(site, 0, {"container": "newcomer", "calls_per_second": 1e6})
    terminal.read_until("newcomer")
    frames = terminal.text.split("\x1b[H")[1:]
    assert all(frame.count("\n") <= 20 for frame in frames)
    assert terminal.end() == OK
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = Terminal(site, 70, 20, **variables)
        assert "\x1b[1;31m" not in plain.read_until("more") and "\x1b[0m" not in plain.text
        assert plain.end() == OK


def test_the_figures_of_an_analyzer_at_work(site):
    config = site["folder"] / "analyzer.yaml"
    analyzer = subprocess.Popen([ANALYZER, "--config", str(config)], stderr=subprocess.DEVNULL)
    generator = subprocess.Popen([GENERATOR, "--redis", site["url"], "--rate", "5000", "--execs", "0", "--ledger",
                                  str(site["folder"] / "ledger")])
    try:
        deadline = time.monotonic() + 60
        rows = []
        while not rows or sum(row["calls_per_second"] for row in rows) < 500:
            assert time.monotonic() < deadline, rows
            time.sleep(0.5)
            rows = json.loads(top(site, "--json").stdout)
        assert all(row["state"] == "learning" and row["container"] and row["profile"] for row in rows)
        assert 0 < site["client"].pttl(next(site["client"].scan_iter("*:live"))) <= 5000
    finally:
        generator.terminate()
        generator.wait(timeout=60)
        analyzer.terminate()
        assert analyzer.wait(timeout=30) == OK
    deadline = time.monotonic() + 20
    while json.loads(top(site, "--json").stdout):
        assert time.monotonic() < deadline
        time.sleep(0.5)
