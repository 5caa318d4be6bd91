"""The configuration as an operator meets it: its layers, what is printed of it, its schema, its reference.

    COLLECTOR=... ANALYZER=... SOURCE=. pytest test_configuration.py
"""
import json
import os
import pathlib
import subprocess
import sys

import jsonschema
import pytest
import yaml

BINARIES = {"collector": os.environ["COLLECTOR"], "analyzer": os.environ["ANALYZER"]}
SOURCE = pathlib.Path(os.environ["SOURCE"])
OK, USAGE, CONFIG = 0, 2, 78
PREFIX = "DOCKER_ANOMALIES__"


def run(binary, *arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_ANOMALIES")}
    return subprocess.run([BINARIES[binary], *map(str, arguments)], capture_output=True, text=True, timeout=30,
                          env={**environment, **variables})


def in_force(binary, file, *arguments, **variables):
    printed = run(binary, "--config", file, "--print-config", *arguments, **variables)
    assert printed.returncode == OK, printed.stderr
    return yaml.safe_load(printed.stdout), printed.stdout


@pytest.mark.parametrize("binary", BINARIES)
def test_every_layer_counts_and_is_named(binary, tmp_path):
    file = tmp_path / f"{binary}.yaml"
    file.write_text("shards: 2\nredis: {url: unix:///main, username: bob, password: x}\n")
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/10.yaml").write_text("# both\nredis:\n  url: unix:///conf.d\n")
    (tmp_path / f"{binary}.d").mkdir()
    values, text = in_force(binary, file)
    assert (values["shards"], values["redis"]["url"], values["redis"]["username"]) == (2, "unix:///conf.d", "bob")
    assert f"url: \"unix:///conf.d\"  # {tmp_path}/conf.d/10.yaml:3\n" in text
    assert f"shards: 2  # {file}:1\n" in text
    assert "level: info  # default\n" in text

    (tmp_path / f"{binary}.d/10.yaml").write_text("redis: {url: unix:///own}\n")
    assert in_force(binary, file)[0]["redis"]["url"] == "unix:///own"
    variable = {PREFIX + "REDIS__URL": "unix:///variable"}
    assert in_force(binary, file, **variable)[0]["redis"]["url"] == "unix:///variable"
    option = ["-o", "redis.url=unix:///option", "-o", "log.level=debug"]
    values, text = in_force(binary, file, *option, **variable)
    assert values["redis"]["url"] == "unix:///option" and values["log"]["level"] == "debug"
    assert "# \"-o redis.url\"" in text


@pytest.mark.parametrize("binary", BINARIES)
def test_errors_of_every_layer_are_found_by_check_config(binary, tmp_path):
    file = tmp_path / f"{binary}.yaml"
    file.write_text("shards: 2\n")
    (tmp_path / "conf.d").mkdir()
    extra = tmp_path / "conf.d/10.yaml"
    extra.write_text("\nshards: many\n")

    def error(*arguments, **variables):
        result = run(binary, "--config", file, "--check-config", *arguments, **variables)
        assert result.returncode == CONFIG
        return result.stderr

    assert f"{extra}:2: shards: expected a whole number" in error()
    extra.write_text("shards: 4\n")
    assert f"environment variable {PREFIX}SHARD: shard: unknown key; did you mean shards?" in error(**{PREFIX + "SHARD": "1"})
    assert "-o shards: shards: expected a whole number from 1 to 1024, got \\\"0\\\"" in error("-o", "shards=0")
    assert "expected KEY=VALUE" in error("-o", "shards")
    secret = error("-o", "redis.password=[hunter2")
    assert "-o redis.password: the value is not valid YAML" in secret and "hunter2" not in secret
    assert run(binary, "--config", file, "-o").returncode == USAGE
    assert run(binary, "--config", file, "--check-config", "-o", "shards=3").returncode == OK


def test_secrets_are_not_printed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    file = tmp_path / "analyzer.yaml"
    file.write_text(f"redis: {{password_file: {secret}}}\n"
                    "smtp: {host: localhost, from: a@b.example, to: [c@d.example], username: u, password: hunter2}\n")
    values, text = in_force("analyzer", file)
    assert "hunter2" not in text
    assert values["smtp"]["password"] == "***" and values["redis"]["password_file"] == str(secret)
    values, text = in_force("analyzer", file, **{PREFIX + "SMTP__PASSWORD": "hunter2", PREFIX + "SMTP__TO": "[x@y.example]"})
    assert "hunter2" not in text and values["smtp"]["to"] == ["x@y.example"]


def test_commands_read_the_same_layers(tmp_path):
    file = tmp_path / "analyzer.yaml"
    file.write_text("redis: {url: unix:///nobody/main.sock}\n")
    for arguments in (["alert", "list"], ["profile", "list"], ["top", "--once"]):
        asked = run("analyzer", "--config", file, "-o", "redis.url=unix:///nobody/option.sock", *arguments)
        assert asked.returncode == 1 and "option.sock" in asked.stderr, asked.stderr
        asked = run("analyzer", *arguments, "--config", file, **{PREFIX + "REDIS__URL": "unix:///nobody/variable.sock"})
        assert asked.returncode == 1 and "variable.sock" in asked.stderr, asked.stderr
    replayed = run("analyzer", "replay", "--config", file, "-o", "redis.url=unix:///nobody/option.sock", "--redis")
    assert "option.sock" in replayed.stderr


def schema_of(binary):
    schema = json.loads((SOURCE / f"docs/{binary}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("file", ["config/{}.example.yaml", "docker/config/{}.yaml"])
@pytest.mark.parametrize("binary", BINARIES)
def test_the_examples_fit_the_schema(binary, file):
    schema_of(binary).validate(yaml.safe_load((SOURCE / "deploy" / file.format(binary)).read_text()))


@pytest.mark.parametrize("binary", BINARIES)
def test_the_example_shows_the_defaults(binary, tmp_path):
    """What it shows as a default is one: with and without the example the same is in force."""
    example = SOURCE / f"deploy/config/{binary}.example.yaml"
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    shown, usual = in_force(binary, example)[0], in_force(binary, empty)[0]
    shown.pop("smtp", None)  # without the section nothing is mailed
    assert shown.pop("metrics") == {"listen": ""}
    if binary == "collector":
        shown["capture"]["threads"] = usual["capture"]["threads"]
        assert shown["containers"]["exclude"].pop("labels") == ["docker-anomalies.ignore"]
        usual["containers"]["exclude"].pop("labels")
    assert shown == usual


@pytest.mark.parametrize("binary, text", [
    ("analyzer", "shards: 0"), ("analyzer", "shards: many"), ("analyzer", "shard: 1"),
    ("analyzer", "learning: {min_time: 5}"), ("analyzer", "learning: {min_time: 5 parsecs}"),
    ("analyzer", "score: {method: lstm}"), ("analyzer", "habits: {reads: maybe}"),
    ("analyzer", "smtp: {host: a.example}"), ("analyzer", "exec: {exceptions: [{starts: learn}]}"),
    ("collector", "capture: {budget: 10}"), ("collector", "capture: {queue: 1}"),
    ("collector", "containers: {include: {name: [a]}}"), ("collector", "redis: {nodes: [{url: a}]}"),
])
def test_what_the_binary_refuses_the_schema_refuses(binary, text, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(text)
    assert run(binary, "--config", file, "--check-config").returncode == CONFIG
    assert list(schema_of(binary).iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize("binary, text", [
    ("analyzer", "shards: 1\nlearning: {min_time: 0, forget_after: 10d}\nsmtp:\n"),
    ("analyzer", "redis: {nodes: [{url: 'tcp://a', shards: 0-7}, {url: 'tcp://b', shards: 8-15}]}"),
    ("collector", "capture: {budget: 12.5%, queue: 2097152}\ncontainers: {own: , include: {names: [a, 7]}}"),
])
def test_what_the_binary_takes_the_schema_takes(binary, text, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(text)
    checked = run(binary, "--config", file, "--check-config")
    assert checked.returncode == OK, checked.stderr
    schema_of(binary).validate(yaml.safe_load(text))


def test_the_docs_are_what_the_binaries_read():
    checked = subprocess.run([sys.executable, SOURCE / "tools/config_docs.py", "--check", "--analyzer", BINARIES["analyzer"],
                              "--collector", BINARIES["collector"]], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr
