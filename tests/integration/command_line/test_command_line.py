"""What a person meets first: --help, --version, --check-config, and errors that name file, line and key.

    COLLECTOR=... ANALYZER=... EXAMPLES=deploy/config pytest test_command_line.py
"""
import os
import re
import shlex
import socket
import subprocess

import pytest

BINARIES = {"collector": os.environ["COLLECTOR"], "analyzer": os.environ["ANALYZER"]}
EXAMPLES = os.environ["EXAMPLES"]
OK, FAILURE, USAGE, CONFIG = 0, 1, 2, 78


def run(binary, *arguments, **options):
    return subprocess.run([BINARIES[binary], *arguments], capture_output=True, text=True, timeout=30, **options)


def check(binary, tmp_path, text):
    file = tmp_path / f"{binary}.yaml"
    file.write_text(text)
    return run(binary, "--config", str(file), "--check-config")


@pytest.mark.parametrize("binary", BINARIES)
def test_help_and_version(binary):
    shown = run(binary, "--help")
    assert shown.returncode == OK
    assert "--check-config" in shown.stdout and "78 configuration" in shown.stdout
    version = run(binary, "--version")
    assert version.returncode == OK
    assert re.fullmatch(binary + r" \d+\.\d+\.\d+(\+[0-9a-f]+)?\n", version.stdout)


@pytest.mark.parametrize("binary", BINARIES)
def test_the_examples_of_help_are_no_usage_errors(binary):
    shown = run(binary, "--help").stdout
    examples = re.findall(rf"^  {binary} (.+?)(?:  .*)?$", shown.partition("Examples:")[2], re.MULTILINE)
    assert len(examples) >= 4
    nowhere = ["--config", f"{EXAMPLES}/{binary}.example.yaml", "-o", "redis.url=unix:///nonexistent/redis.sock"]
    for words in map(shlex.split, examples):
        if words[0] == "trace":
            words = ["trace", "--", "true"]
        if words[0] == "-o":
            words.append("--check-config")  # else it would watch this machine
        done = run(binary, *(nowhere if words[0] != "trace" else []), *words)
        assert done.returncode in (OK, FAILURE), (words, done.stderr)


@pytest.mark.parametrize("binary", BINARIES)
def test_the_example_is_valid(binary):
    checked = run(binary, "--config", f"{EXAMPLES}/{binary}.example.yaml", "--check-config")
    assert checked.returncode == OK, checked.stderr
    assert checked.stdout.endswith(": ok\n")


def test_each_key_of_the_examples_is_known(tmp_path):
    for binary in BINARIES:
        with open(f"{EXAMPLES}/{binary}.example.yaml", encoding="utf-8") as file:
            text = file.read()
        keys = set(re.findall(r"^\s*#?\s?([a-z_]+):", text, re.MULTILINE))
        assert len(keys) > 15
        for key in sorted(keys):
            renamed, count = re.subn(rf"^(\s*){key}:", rf"\1{key}x:", text, count=1, flags=re.MULTILINE)
            if count == 0:
                continue  # shown as a comment
            result = check(binary, tmp_path, renamed)
            assert result.returncode == CONFIG, key
            # The new name is unknown, or the old one is missed.
            assert f"{key}x" in result.stderr or f".{key}:" in result.stderr, (key, result.stderr)


@pytest.mark.parametrize("binary, text, line, message", [
    ("collector", "shards: many\n", 1, "shards: expected a whole number"),
    ("collector", "redis:\n  url: unix:///r.sock\n  pasword: x\n", 3, "redis.pasword: unknown key"),
    ("collector", "shipping:\n  max_age: 5\n", 2, "shipping.max_age"),
    ("collector", "capture: {queue: 12 parsecs}\n", 1, "capture.queue"),
    ("collector", "redis: {url: ftp://x}\n", 1, "redis.url"),
    ("collector", "containers:\n  include:\n    name: [x]\n", 3, "containers.include.name: unknown key"),
    ("collector", "containers:\n  labels: [team=web]\n", 2, "containers.labels: expected names of labels"),
    ("collector", "metrics:\n  listen: localhost:9464\n", 2, "metrics.listen: expected ADDRESS:PORT"),
    ("collector", "metrics: {port: 9464}\n", 1, "metrics.port: unknown key"),
    ("analyzer", "metrics:\n  listen: localhost:9465\n", 2, "metrics.listen: expected ADDRESS:PORT"),
    ("analyzer", "learning:\n  min_calls: 100\n  recent_calls: 1000\n", 3, "learning.recent_calls"),
    ("analyzer", "score:\n  ngram: 600\n", 2, "score.ngram"),
    ("analyzer", "exec:\n  starts: allow\n", 2, "exec.starts: expected one of alert, learn, ignore"),
    ("analyzer", "exec:\n  exceptions:\n    - {images: 'build-*', starts: no}\n", 3, "exec.exceptions"),
    ("analyzer", "exec:\n  exceptions:\n    - {starts: ignore}\n", 3, "images: expected a pattern"),
    ("analyzer", "score:\n  method: lstm\n", 2, "score.method"),
    ("analyzer", "score:\n  method: stide\n  budget: 2\n", 3, "score.budget"),
    ("analyzer", "score:\n  rare: 0.001\n", 2, "score.rare"),
    ("analyzer", "habits:\n  min_time: 1h\n  recent: 0s\n", 3, "habits.recent"),
    ("analyzer", "habits:\n  reads: maybe\n", 2, "habits.reads: expected true or false"),
    ("analyzer", "habits:\n  writes: false\n", 2, "habits.writes: unknown key"),
    ("analyzer", "smtp:\n  host: mail.example.org\n  from: x@example.org\n", None, "smtp.to"),
    ("analyzer", "smtp:\n  host: mail.example.org\n  security: none\n  from: x@example.org\n  to: [y@example.org]\n",
     3, "smtp.security"),
    ("analyzer", "log: [info]\n", 1, "log"),
    ("analyzer", "a: {b\n", None, "yaml"),
])
def test_errors_name_file_line_and_key(binary, text, line, message, tmp_path):
    result = check(binary, tmp_path, text)
    assert result.returncode == CONFIG
    assert f"{binary}.yaml:" in result.stderr
    assert message in result.stderr
    if line is not None:
        assert f"{binary}.yaml:{line}:" in result.stderr, result.stderr


@pytest.mark.parametrize("binary", BINARIES)
def test_a_missing_file_is_a_configuration_error(binary, tmp_path):
    result = run(binary, "--config", str(tmp_path / "none.yaml"), "--check-config")
    assert result.returncode == CONFIG
    assert "none.yaml" in result.stderr


@pytest.mark.parametrize("binary", BINARIES)
def test_metrics_on_a_port_in_use_are_an_error_at_the_start(binary, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        file = tmp_path / "config.yaml"
        file.write_text(f"metrics: {{listen: {address}}}\nredis: {{url: unix://{tmp_path}/none.sock}}\n")
        result = run(binary, "--config", str(file))
    assert result.returncode == FAILURE
    assert f"metrics.listen: listen on {address}: Address already in use" in result.stderr
    assert " starts" not in result.stderr


@pytest.mark.parametrize("binary", BINARIES)
@pytest.mark.parametrize("arguments", [["--no-such-option"], ["--config"], []])
def test_wrong_usage(binary, arguments):
    assert run(binary, *arguments).returncode == USAGE


def test_a_secret_comes_from_a_file_or_the_environment_not_from_both_keys(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    good = f"redis: {{url: unix:///r.sock, username: c, password_file: {secret}}}\n"
    assert check("collector", tmp_path, good).returncode == OK
    both = f"redis: {{url: unix:///r.sock, password: x, password_file: {secret}}}\n"
    result = check("collector", tmp_path, both)
    assert result.returncode == CONFIG
    assert "hunter2" not in result.stderr
