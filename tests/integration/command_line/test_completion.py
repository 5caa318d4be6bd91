"""Completion in bash, by bash itself.

    COLLECTOR=... ANALYZER=... SOURCE=. pytest test_completion.py
"""
import os
import pathlib
import re
import shlex
import subprocess

import pytest

BINARIES = {"collector": os.environ["COLLECTOR"], "analyzer": os.environ["ANALYZER"]}
SCRIPT = pathlib.Path(os.environ["SOURCE"]) / "deploy/completion/docker-anomalies.bash"


def complete(line, folder=None):
    """What bash offers for the line, the cursor at its end. Words are split as bash does, at : and =, too."""
    program = line.split()[0]
    words = [word for part in line.split(" ") for word in (re.split("([:=])", part) if part else [""])]
    words = [word for index, word in enumerate(words) if word or index == len(words) - 1]
    words[0] = BINARIES[program]
    listed = " ".join(shlex.quote(word) for word in words)
    script = f"""
        . {shlex.quote(str(SCRIPT))}
        complete -p {program} >/dev/null || exit 3
        COMP_WORDS=({listed}) COMP_CWORD={len(words) - 1} COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)}
        _docker_anomalies {shlex.quote(BINARIES[program])}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60, cwd=folder)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return sorted(done.stdout.split())


@pytest.mark.parametrize("line, expected", [
    ("collector ", ["trace"]),
    ("collector t", ["trace"]),
    ("collector x", []),
    ("collector --che", ["--check-config"]),
    ("collector trace --f", ["--format"]),
    ("collector trace --format ", ["json", "text"]),
    ("collector --config x.yaml trace --format j", ["json"]),
    ("collector -o capture.b", ["capture.budget="]),
    ("collector --set redis.tls.", ["redis.tls.ca_file=", "redis.tls.certificate_file=", "redis.tls.key_file=",
                                    "redis.tls.server_name="]),
    ("analyzer alert ", ["accept", "list", "reject", "show"]),
    ("analyzer alert l", ["list"]),
    ("analyzer alert list --state ", ["accepted", "open", "rejected", "silenced"]),
    ("analyzer silence ", ["add", "list", "remove"]),
    ("analyzer silence add --c", ["--comment", "--config", "--container"]),
    ("analyzer silence list --ex", ["--expired"]),
    ("analyzer silence remove ", []),
    ("analyzer alert list --js", ["--json"]),
    ("analyzer alert list --conf", ["--config"]),
    ("analyzer --config x.yaml profile exp", ["export"]),
    ("analyzer profile export --si", ["--sign"]),
    ("analyzer test-mail --severity ", ["high", "low", "medium"]),
    ("analyzer test-mail --conf", ["--config"]),
    ("analyzer top --sort ", ["alerts", "calls", "score"]),
    ("analyzer top --interval ", []),
    ("analyzer alert show ", []),  # nobody knows where Redis is
])
def test_commands_options_and_values(line, expected):
    assert complete(line) == expected


def test_every_option_of_the_help_is_offered():
    for line in ("collector", "collector trace", "analyzer", "analyzer evaluate", "analyzer profile import"):
        program, *commands = line.split()
        shown = subprocess.run([BINARIES[program], *commands, "--help"], capture_output=True, text=True, timeout=30, check=True)
        options = set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", shown.stdout, re.MULTILINE))
        assert options and options <= set(complete(line + " --"))


def test_files(tmp_path):
    (tmp_path / "analyzer.yaml").write_text("")
    (tmp_path / "folder").mkdir()
    assert complete("analyzer --config ", tmp_path) == ["analyzer.yaml", "folder"]
    assert complete("analyzer --config an", tmp_path) == ["analyzer.yaml"]
    assert complete("analyzer evaluate --suite ", tmp_path) == ["folder"]
    assert complete("analyzer replay --config x analyzer", tmp_path) == ["analyzer.yaml"]
    assert complete("analyzer profile import a", tmp_path) == ["analyzer.yaml"]


def test_ids_are_asked_of_the_binary_with_the_configuration_of_the_line(tmp_path, monkeypatch):
    """By a stand-in for the binary, which says what it was asked."""
    fake = tmp_path / "analyzer"
    real = BINARIES["analyzer"]
    fake.write_text(f"""#!/bin/bash
case "$*" in
  *--help*) exec {shlex.quote(real)} "$@" ;;
  "--config my.yaml -o redis.url=unix:///x alert list --json")
    printf '[\\n  {{\\n    "docker_anomalies.alert.id": "a1b2-7",\\n    "x": 1\\n  }},\\n  {{\\n    "docker_anomalies.alert.id": "a1c3-1"\\n  }}\\n]\\n' ;;
  "--config my.yaml profile list --json")
    printf '[{{\\n  "id": "image:sha256:12",\\n  "id": "profile:sha256:12:x86_64:/bin/app"\\n}}]\\n' ;;
  "alert list --json")
    printf '[{{\\n  "docker_anomalies.alert.id": "c9d8-2"\\n}}]\\n' ;;
  *) exit 1 ;;
esac
""")
    fake.chmod(0o755)
    monkeypatch.setitem(BINARIES, "analyzer", str(fake))
    assert complete("analyzer --config my.yaml -o redis.url=unix:///x alert show a1b") == ["a1b2-7"]
    assert complete("analyzer --config my.yaml -o redis.url=unix:///x alert accept ") == ["a1b2-7", "a1c3-1"]
    # bash has "profile", ":", "sha256", ":" and "12" as words of their own, and replaces the last only.
    assert complete("analyzer --config my.yaml profile show profile:sha256:1") == ["12:x86_64:/bin/app"]
    assert complete("analyzer --config my.yaml profile show ima") == ["image:sha256:12"]
    assert complete("analyzer --config none.yaml profile show ") == []
    # Without any, by the one that holds by default.
    assert complete("analyzer alert show c") == ["c9d8-2"]
