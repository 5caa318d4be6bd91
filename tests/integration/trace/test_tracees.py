"""Each tracee does and says the same whether it is traced or not.

Run by ctest with the collector and the folder of tracees as environment:
    COLLECTOR=build/dev/collector/collector TRACEES=build/dev/tests/tracees pytest test_tracees.py
"""
import collections
import json
import os
import subprocess

import pytest

COLLECTOR = os.environ["COLLECTOR"]
TRACEES = os.environ["TRACEES"]


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def trace(command, tmp_path):
    output = tmp_path / "trace.json"
    result = run([COLLECTOR, "trace", "--format", "json", "--output", str(output), "--", *command])
    return result, [json.loads(line) for line in output.read_text().splitlines()]


def shell_status(returncode):
    return 128 - returncode if returncode < 0 else returncode


@pytest.mark.parametrize("name", sorted(os.path.basename(p) for p in os.scandir(TRACEES)
                                        if p.is_file() and os.access(p.path, os.X_OK)))
def test_traced_like_untraced(name, tmp_path):
    program = os.path.join(TRACEES, name)
    plain = run([program])
    traced, calls = trace([program], tmp_path)
    assert traced.stdout == plain.stdout
    assert traced.returncode == shell_status(plain.returncode), traced.stderr
    assert calls[0]["call"] == "execve"
    assert calls[0]["result"] == 0


def test_every_call_of_every_thread_is_seen(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "threads")], tmp_path)
    getppids = collections.Counter(call["tid"] for call in calls if call["call"] == "getppid")
    assert sorted(getppids.values()) == [200] * 16
    # A thread is traced from its birth to its end.
    for tid in getppids:
        own = [call["call"] for call in calls if call["tid"] == tid]
        assert own[-1] == "exit", own[-5:]


def test_exec_by_another_thread_goes_on_under_the_leaders_tid(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "exec_from_thread")], tmp_path)
    execs = [call for call in calls if call["call"] == "execve"]
    assert len(execs) == 2
    assert execs[1]["tid"] == execs[1]["pid"] == execs[0]["pid"]
    assert calls[-1]["call"] == "exit_group"
    assert calls[-1]["result"] is None
    assert calls[-1]["tid"] == execs[0]["pid"]


def test_a_failing_exec_is_shown_with_its_error(tmp_path):
    _, calls = trace([os.path.join(TRACEES, "vfork_exec")], tmp_path)
    failed = [call for call in calls if call["call"] == "execve" and call["result"] != 0]
    assert [call["errno"] for call in failed] == ["ENOENT"]
    assert failed[0]["args"][0] == {"name": "filename", "type": "const char *",
                                    "value": "/nonexistent/program"}


@pytest.mark.parametrize("command, status, message", [
    (["/nonexistent/program"], 127, "no such program"),
    (["no-such-program-here"], 127, "not found in PATH"),
])
def test_what_cannot_be_started_is_said(command, status, message):
    result = run([COLLECTOR, "trace", "--", *command])
    assert result.returncode == status
    assert message in result.stderr


def test_an_output_that_cannot_be_written_is_said(tmp_path):
    result = run([COLLECTOR, "trace", "--output", str(tmp_path / "no" / "such"), "--", "true"])
    assert result.returncode == 1
    assert "No such file or directory" in result.stderr
