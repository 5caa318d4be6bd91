"""Alerts go to a file, to syslog and to a webhook as well, as JSON, and none is lost or held up when one of them fails. On the
real analyzer, with a real HTTP server, plain and with TLS, and a real datagram socket."""

import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from site_under_test import Site, wait_until

from demo_files.process import Process

LEARNING = """\
learning: { min_time: 0s, min_calls: 2000, recent_calls: 1000, min_episodes: 2, unseen_mass: 0.05, shadow_time: 0s,
            min_runs: 1, unseen_runs: 1, shadow_calls: 500, shadow_runs: 1, shadow_unseen: 1, max_extensions: 0,
            image_quiet: 0s, start_grace: 0s }
checkpoint: { interval: 200ms }
"""


class Receiver:
    """An HTTP server that answers what it is told to, and keeps what it took."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []  # before it takes any
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == 204:
                    receiver.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def alerts(self) -> list[dict[str, object]]:
        return [json.loads(body) for _, body in self.posts]

    def keys(self) -> list[str]:
        return [headers["x-idempotency-key"] for headers, _ in self.posts]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Told(Site):
    def __init__(self, directory: Path, outputs: str) -> None:
        super().__init__(directory, LEARNING + "outputs:\n" + outputs)
        self.generator: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        self.redis.start()
        self.analyzer.start()
        self.wait_for("analyzer", "/readyz", 200, "ready\n")
        self.attack()

    def attack(self, intruders: int = 2) -> None:
        self.generator = subprocess.Popen(
            [os.environ["GENERATOR"], "--redis", f"unix://{self.redis.socket}", "--rate", "20000", "--execs", "0", "--intruders",
             str(intruders), "--ledger", str(self.directory / "ledger")])

    def end_attack(self) -> None:
        if self.generator:
            self.generator.send_signal(signal.SIGTERM)
            assert self.generator.wait(60) == 0
            self.generator = None

    def __exit__(self, *_: object) -> None:
        if self.generator:
            self.generator.kill()
            self.generator.wait()
        super().__exit__()

    def count(self, output: str, outcome: str) -> int:
        name = f'docker_anomalies_analyzer_output_events_total{{output="{output}",outcome="{outcome}"}} '
        line = next((line for line in self.metrics("analyzer").splitlines() if line.startswith(name)), name + "0")
        return int(float(line.removeprefix(name)))


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_file_has_a_line_for_each_alert_and_decision_and_can_be_rotated(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    with Told(tmp_path, f"  file: {{ path: {path} }}\n") as site:
        site.begin()
        wait_until("alerts in the file", lambda: len(lines(path)) >= 3, 60, (site.analyzer,))
        first = lines(path)[0]
        assert path.stat().st_mode & 0o007 == 0
        for number in (signal.SIGHUP, signal.SIGUSR1):
            rotated = path.with_suffix(f".{number}")
            path.rename(rotated)
            site.analyzer.send_signal(number)
            wait_until("a new file", lambda: lines(path), 30, (site.analyzer,))
            assert lines(rotated)
        site.end_attack()
        alert_id = str(first["docker_anomalies.alert.id"])
        subprocess.run([os.environ["ANALYZER"], "--config", str(tmp_path / "analyzer.yaml"), "alert", "accept", alert_id,
                        "--comment", "it was us"], check=True, timeout=30)
        wait_until("the decision", lambda: [line for line in lines(path) if line.get("event.name") == "docker_anomalies.decision"], 20)
        decision = next(line for line in lines(path) if line.get("event.name") == "docker_anomalies.decision")
        assert decision["docker_anomalies.alert.id"] == alert_id and decision["docker_anomalies.verdict"]["state"] == "accepted"
        assert decision["docker_anomalies.verdict"]["comment"] == "it was us"
        assert site.count("file", "failed") == 0 and site.count("file", "sent") >= 4


def test_a_file_that_cannot_be_written_is_told_and_holds_nobody_up(tmp_path: Path) -> None:
    with Told(tmp_path, "  file: { path: /dev/full }\n") as site:
        site.begin()
        wait_until("failures", lambda: site.count("file", "failed") > 3, 60, (site.analyzer,))
        assert len(site.analyzer.lines('msg="an output fails')) == 1
        site.wait_for("analyzer", "/livez", 200, "")


def test_syslog_has_a_message_for_each_alert(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as daemon:
        daemon.bind(str(path))
        daemon.settimeout(60)
        with Told(tmp_path, f"  syslog: {{ socket: {path}, facility: local1 }}\n") as site:
            site.begin()
            message = daemon.recv(65536).decode("ascii")
    head, _, text = message.partition(" - ")
    assert head.startswith(f"<{17 * 8 + 4}>1 20") and " docker-anomalies " in head
    alert = json.loads(text)
    assert alert["docker_anomalies.alert.id"] and "docker_anomalies.evidence.calls" not in alert


def test_a_webhook_gets_each_alert_though_it_was_away(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answers = [503, 429, 500]
    token = tmp_path / "token"
    token.write_text("secret-token\n")
    token.chmod(0o600)
    with Told(tmp_path, f'  webhook: {{ url: "http://127.0.0.1:{receiver.port}/x", token_file: {token} }}\n') as site:
        site.begin()
        wait_until("posts", lambda: len(receiver.posts) >= 3, 90, (site.analyzer,))
        site.end_attack()
        headers, body = receiver.posts[0]
        alert = json.loads(body)
        assert headers["content-type"] == "application/json" and headers["authorization"] == "Bearer secret-token"
        assert headers["x-idempotency-key"] == f'{alert["docker_anomalies.alert.id"]}.open'
        assert alert["docker_anomalies.evidence.calls"]
        assert len(set(receiver.keys())) == len(receiver.keys())
        assert site.count("webhook", "failed") == 3
        assert "secret-token" not in site.analyzer.text()
    receiver.stop()


def test_what_a_webhook_refuses_is_told_and_the_next_is_posted(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answers = [400]
    with Told(tmp_path, f'  webhook: {{ url: "http://127.0.0.1:{receiver.port}/" }}\n') as site:
        site.begin()
        wait_until("posts", lambda: len(receiver.posts) >= 2, 60, (site.analyzer,))
        assert site.count("webhook", "dead") == 1
        assert site.analyzer.lines('msg="the webhook refused an event for good".*HTTP status 400')
    receiver.stop()


def test_what_waits_is_posted_by_the_next_analyzer(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.answers = [503] * 10_000
    with Told(tmp_path, f'  webhook: {{ url: "http://127.0.0.1:{receiver.port}/" }}\n') as site:
        site.begin()
        wait_until("events that wait", lambda: site.analyzer.lines('msg="the webhook did not take an event'), 60, (site.analyzer,))
        event = site.analyzer.lines('msg="the webhook did not take an event')[0].split("event=")[1].split()[0]
        site.end_attack()
        wait_until("a commit", lambda: stored(site), 10)
        site.analyzer.kill()
        receiver.answers = []
        other = Process("other", site.analyzer.command, tmp_path / "other.log")
        other.start()
        wait_until("the post", lambda: event in receiver.keys(), 30, (other,))
        wait_until("the rows to be gone", lambda: not stored(site), 20, (other,))
        other.stop()
        assert len(set(receiver.keys())) == len(receiver.keys())
    receiver.stop()


def stored(site: Site) -> list[str]:
    keys = []
    for shard in range(16):
        done = subprocess.run(["redis-cli", "-s", str(site.redis.socket), "hkeys", f"{{s{shard}}}:outbox"], capture_output=True,
                              text=True, timeout=10, check=True)
        keys += [key for key in done.stdout.splitlines() if key.startswith("webhook/")]
    return keys


@pytest.fixture(name="certificate", scope="module")
def a_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("certificate")
    both = directory / "both.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(both), "-out",
                    str(directory / "cert.pem")], check=True, capture_output=True)
    both.write_text(both.read_text() + (directory / "cert.pem").read_text())
    yield both


@pytest.mark.parametrize(("host", "trusts", "comes"), [("localhost", True, True), ("localhost", False, False), ("127.0.0.1", True, False)],
                         ids=["verified", "unknown authority", "another name"])
def test_https_is_verified(tmp_path: Path, certificate: Path, host: str, trusts: bool, comes: bool) -> None:
    receiver = Receiver(certificate)
    ca_file = f", ca_file: {certificate.parent / 'cert.pem'}" if trusts else ""
    with Told(tmp_path, f'  webhook: {{ url: "https://{host}:{receiver.port}/"{ca_file} }}\n') as site:
        site.begin()
        if comes:
            wait_until("posts", lambda: receiver.posts, 60, (site.analyzer,))
        else:
            wait_until("a failure", lambda: site.count("webhook", "failed") > 0, 60, (site.analyzer,))
            assert receiver.posts == []
            assert site.analyzer.lines('msg="the webhook did not take an event.*(certificate|SSL)')
    receiver.stop()
