"""analyzer evaluate, as a person or a program calls it, on small traces made here.

    ANALYZER=... pytest test_evaluate.py
"""
import gzip
import json
import os
import random
import subprocess

import pytest

ANALYZER = os.environ["ANALYZER"]
OK, FAILURE, USAGE = 0, 1, 2
HABITS = (["openat", "read", "read", "close"], ["socket", "connect", "sendto", "recvfrom", "close"], ["3", "4", "5"])


def evaluate(*arguments):
    return subprocess.run([ANALYZER, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=60)


def lines(count, kind, seed):
    rng = random.Random(seed)
    for number in range(count):
        calls = [call for _ in range(rng.randint(2, 6)) for call in rng.choice(HABITS)]
        if kind != "normal":
            calls += ["ptrace", "setuid", "execve"] * 3
        yield f"{kind}-{number}\t{kind}\t{' '.join(calls)}\n"


def write_set(folder, train=400):
    folder.mkdir(parents=True)
    for name, content in (("train", lines(train, "normal", 1)), ("normal", lines(200, "normal", 2)),
                          ("attack", list(lines(10, "shell", 3)) + list(lines(5, "upload", 4)))):
        with gzip.open(folder / f"{name}.tsv.gz", "wt", encoding="ascii") as file:
            file.writelines(content)
    return ["--train", folder / "train.tsv.gz", "--normal", folder / "normal.tsv.gz",
            "--attack", folder / "attack.tsv.gz"]


@pytest.mark.parametrize("method", [[], ["--method", "three"], ["--method", "stide:n=4,frame=10"],
                                    ["--method", "t-stide"]])
def test_json_has_the_keys_and_finds_the_attacks(method, tmp_path):
    result = evaluate(*write_set(tmp_path / "set"), "--json", *method)
    assert result.returncode == OK, result.stderr
    report = json.loads(result.stdout)
    assert {"auc", "detection_at", "own_threshold", "calls_per_second", "model_bytes", "by_type"} == set(report)
    assert report["auc"] > 0.95
    assert list(report["detection_at"]) == ["0.01", "0.05", "0.1", "0.15", "0.2"]
    assert [own["budget"] for own in report["own_threshold"]] == [0.01, 0.05]
    for own in report["own_threshold"]:
        assert set(own) == {"budget", "certified", "false_alarm_rate", "detection_rate"}
        assert own["certified"] is True
        assert own["false_alarm_rate"] <= 3 * own["budget"]
    assert set(report["by_type"]) == {"shell", "upload"}
    assert report["model_bytes"] > 0 and report["calls_per_second"] > 0


def test_text_and_plain_files(tmp_path):
    files = write_set(tmp_path / "set", train=50)
    for path in files[1::2]:
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    plain = [item if index % 2 == 0 else item.with_suffix("") for index, item in enumerate(files)]
    shown = evaluate(*plain)
    assert shown.returncode == OK, shown.stderr
    assert "AUC " in shown.stdout and "not certified" in shown.stdout and "shell (10)" in shown.stdout
    packed = json.loads(evaluate(*files, "--json").stdout)
    assert packed["auc"] == json.loads(evaluate(*plain, "--json").stdout)["auc"]


def test_a_suite_is_every_folder_with_the_three_files(tmp_path):
    write_set(tmp_path / "suite/one")
    write_set(tmp_path / "suite/of/two")
    (tmp_path / "suite/other").mkdir()
    (tmp_path / "suite/other/train.tsv.gz").write_bytes(b"")
    report = json.loads(evaluate("--suite", tmp_path / "suite", "--json").stdout)
    assert list(report["sets"]) == ["of/two", "one"]
    assert report["mean"]["auc"] == pytest.approx(sum(s["auc"] for s in report["sets"].values()) / 2)
    shown = evaluate("--suite", tmp_path / "suite")
    assert shown.returncode == OK
    assert [line.split()[0] for line in shown.stdout.splitlines()[1:4]] == ["of/two", "one", "mean"]


@pytest.mark.parametrize("line", ["x\tnormal", "x normal 1 2 3", "", "x\tnormal\t", "\tnormal\t1", "x\tnormal\t1\x00"])
def test_a_malformed_line_is_an_error_with_file_and_number(line, tmp_path):
    files = write_set(tmp_path / "set")
    bad = tmp_path / "bad.tsv"
    bad.write_text("a\tnormal\t1 2 3\n" + line + "\n")
    for option in ("--train", "--normal", "--attack"):
        arguments = [bad if index > 0 and files[index - 1] == option else item for index, item in enumerate(files)]
        result = evaluate(*arguments)
        assert result.returncode == FAILURE
        assert f"{bad}:2: " in result.stderr
        assert result.stdout == ""


def test_files_that_cannot_be_read(tmp_path):
    files = write_set(tmp_path / "set")
    missing = evaluate(*files[:-1], tmp_path / "none")
    assert (missing.returncode, "No such file" in missing.stderr) == (FAILURE, True)
    cut = tmp_path / "cut.gz"
    cut.write_bytes(files[1].read_bytes()[:-40])
    assert evaluate("--train", cut, *files[2:]).returncode == FAILURE
    (tmp_path / "empty").mkdir()
    for suite in ("empty", "none"):
        result = evaluate("--suite", tmp_path / suite)
        assert (result.returncode, str(tmp_path / suite) in result.stderr) == (FAILURE, True)


def test_wrong_usage(tmp_path):
    files = write_set(tmp_path / "set")
    for arguments in ([], files[:2], files[2:], [*files, "--suite", tmp_path], ["--suite"], [*files, "--method", "magic"],
                      ["--suite", tmp_path, "--config", "x"], [*files, "--no-such-option"]):
        result = evaluate(*arguments)
        assert result.returncode == USAGE, arguments
        assert result.stderr
    assert evaluate("--help").returncode == OK
