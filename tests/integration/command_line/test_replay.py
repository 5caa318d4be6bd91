"""analyzer record and replay, on what a generator sends through a real Redis while an analyzer works.

    ANALYZER=... GENERATOR=... pytest test_replay.py
"""
import json
import os
import signal
import subprocess
import time

import pytest

redis = pytest.importorskip("redis")

ANALYZER, GENERATOR = os.environ["ANALYZER"], os.environ["GENERATOR"]
OK, FAILURE, USAGE, CONFIG = 0, 1, 2, 78
LEARNING = """\
learning: { min_time: 0s, min_calls: 2000, recent_calls: 1000, min_episodes: 2, unseen_mass: 0.05, shadow_time: 0s,
            min_runs: 1, unseen_runs: 1, shadow_calls: 500, shadow_runs: 1, shadow_unseen: 1, max_extensions: 0, image_quiet: 0s, start_grace: 0s }
"""


@pytest.fixture(name="site")
def start_site(tmp_path):
    sock = tmp_path / "redis.sock"
    server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(sock), "--dir", str(tmp_path),
                               "--save", ""], stdout=subprocess.DEVNULL)
    client = redis.Redis(unix_socket_path=str(sock))
    for _ in range(100):
        try:
            if client.ping():
                break
        except redis.RedisError:
            time.sleep(0.05)
    config = tmp_path / "analyzer.yaml"
    config.write_text(f"redis: {{url: unix://{sock}}}\n{LEARNING}")
    yield {"url": f"unix://{sock}", "client": client, "config": str(config), "folder": tmp_path}
    server.terminate()
    server.wait()


def replay(*arguments):
    return subprocess.run([ANALYZER, "replay", *map(str, arguments)], capture_output=True, text=True, timeout=120)


def generate(site, seconds, **more):
    generator = subprocess.Popen([GENERATOR, "--redis", site["url"], "--rate", "20000", "--execs", "0", "--ledger",
                                  str(site["folder"] / "ledger"), *(word for pair in more.items() for word in pair)])
    time.sleep(seconds)
    generator.send_signal(signal.SIGTERM)
    assert generator.wait(timeout=60) == 0


def unread(site):
    return sum(site["client"].xlen(f"{{s{shard}}}:q") for shard in range(16))


def test_what_is_recorded_beside_an_analyzer_is_whole(site):
    analyzer = subprocess.Popen([ANALYZER, "--config", site["config"]], stderr=subprocess.DEVNULL)
    recording = site["folder"] / "recording"
    recorder = subprocess.Popen([ANALYZER, "record", "--config", site["config"], str(recording)],
                                stderr=subprocess.PIPE, text=True)
    assert "recording" in recorder.stderr.readline()
    time.sleep(0.5)
    generate(site, 6)  # no intruders: after an alert the analyzer drops what it has read at once
    deadline = time.monotonic() + 30
    while unread(site) and time.monotonic() < deadline:
        time.sleep(0.2)
    recorder.send_signal(signal.SIGTERM)
    told = recorder.communicate(timeout=30)[1]
    assert recorder.returncode == OK, told
    analyzer.terminate()
    analyzer.wait(timeout=30)
    counters = [site["client"].hget(f"{{s{shard}}}:counters", "records") for shard in range(16)]
    records = sum(int(count) for count in counters if count)

    result = json.loads(replay("--config", site["config"], "--json", recording).stdout)
    assert result["batches_lost"] == 0 and result["records"] == records > 10_000
    assert any(step["what"] == "image armed" for step in result["transitions"])
    assert replay("--config", site["config"], recording).stdout == replay("--config", site["config"], recording).stdout

    whole = recording.read_bytes()
    recording.write_bytes(whole[:-10])
    cut = replay("--config", site["config"], recording)
    assert (cut.returncode, "cut off after" in cut.stderr) == (FAILURE, True)
    assert "image armed" in cut.stdout


def test_what_lies_in_redis_can_be_replayed_and_stays_there(site):
    generate(site, 6, **{"--intruders": "2"})
    before = unread(site)
    assert before > 0
    result = json.loads(replay("--config", site["config"], "--json", "--redis").stdout)
    assert result["batches"] == before == unread(site)
    assert result["records"] > 10_000 and result["batches_lost"] == 0
    assert any(alert["container"].startswith("intruder-") for alert in result["alerts"])

    other = site["folder"] / "other.yaml"
    other.write_text(f"redis: {{url: {site['url']}}}\n" + LEARNING.replace("min_calls: 2000", "min_calls: 2000000"))
    difference = json.loads(replay("--config", site["config"], "--against", other, "--json", "--redis").stdout)
    assert difference["both"] == 0 and len(difference["first_only"]) == len(result["alerts"])


def test_errors(site):
    missing = replay("--config", site["config"], site["folder"] / "none")
    assert (missing.returncode, "cannot be read" in missing.stderr) == (FAILURE, True)
    assert replay("--config", site["config"]).returncode == USAGE
    assert replay("--redis").returncode == USAGE
    assert replay("--config", site["config"], "--redis", "x").returncode == USAGE
    assert replay("--config", site["folder"] / "none.yaml", "--redis").returncode == CONFIG
    there = site["folder"] / "there"
    there.write_text("mine")
    refused = subprocess.run([ANALYZER, "record", "--config", site["config"], str(there)], capture_output=True, text=True,
                             timeout=30)
    assert (refused.returncode, "exists already" in refused.stderr) == (FAILURE, True)
    assert there.read_text() == "mine"
    site["client"].shutdown(nosave=True)
    away = replay("--config", site["config"], "--redis")
    assert (away.returncode, "connect" in away.stderr) == (FAILURE, True)
